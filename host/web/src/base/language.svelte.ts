/**
 * The language of the pages: which one, and texts that are loaded when it is chosen.
 *
 * A catalogue's English form is its type, so a key that is missing in another language, or takes other values, does not
 * compile. Texts with values in them are functions; plurals are theirs to form.
 */
import { stored } from './stored';

export const LANGUAGES = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof LANGUAGES;

const choice = stored<Language | null>('language', null);

function preferred(): Language {
  const known = (tag: string): tag is Language => tag in LANGUAGES;
  const chosen = choice.get();
  if (chosen && known(chosen)) return chosen;
  return navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase()).find(known) ?? 'en';
}

let current = $state<Language>('en');
const catalogues: ((language: Language) => Promise<void>)[] = [];

/** The language that is shown. */
export function language(): Language {
  return current;
}

/** Texts of one part of the client, as a function so that what is shown follows a change of language. */
export function catalogue<T>(loaders: Record<Language, () => Promise<{ default: T }>>): () => T {
  let texts = $state.raw<T | null>(null);
  catalogues.push(async (language) => {
    texts = (await loaders[language]()).default;
  });
  return () => {
    if (texts === null) throw new Error('texts are used before loadTexts()');
    return texts;
  };
}

/** Loads the texts of all catalogues. Call it before anything is shown. */
export async function loadTexts(wanted: Language = preferred()): Promise<void> {
  await Promise.all(catalogues.map((load) => load(wanted)));
  current = wanted;
  document.documentElement.lang = wanted;
}

/** Shows everything in another language, now and at the next visit. */
export async function chooseLanguage(wanted: Language): Promise<void> {
  await loadTexts(wanted);
  choice.set(wanted);
}

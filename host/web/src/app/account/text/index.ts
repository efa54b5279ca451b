import { catalogue, language, loadTexts } from '../../../base/language.svelte';

/** Texts of the pages about one's own account. */
export const text = catalogue({ en: () => import('./en'), de: () => import('./de') });

// These pages are loaded when somebody opens them, after the other texts: they are not there before their own texts are.
await loadTexts(language());

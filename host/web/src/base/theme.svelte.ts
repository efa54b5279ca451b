/** Light or dark: as the system wishes, or as somebody chose here. */
import { stored } from './stored';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const choice = stored<Theme>('theme', 'system');
let current = $state<Theme>('system');

/** The theme that was chosen. */
export function theme(): Theme {
  return current;
}

/** Shows it now, and at the next visit. */
export function chooseTheme(wanted: Theme): void {
  choice.set(wanted);
  show(wanted);
}

function show(wanted: Theme): void {
  current = wanted;
  if (wanted === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = wanted;
}

choice.onChange(() => show(choice.get()));
show(choice.get());

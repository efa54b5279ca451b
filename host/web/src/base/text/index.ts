import { catalogue } from '../language.svelte';

/** Texts of what both entries use. */
export const text = catalogue({ en: () => import('./en'), de: () => import('./de') });

import { catalogue } from '../../base/language.svelte';

/** Texts of the admin's pages. */
export const text = catalogue({ en: () => import('./en'), de: () => import('./de') });

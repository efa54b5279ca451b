import { catalogue } from '../../base/language.svelte';

/** Texts of the chat app. */
export const text = catalogue({ en: () => import('./en'), de: () => import('./de') });

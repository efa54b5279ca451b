import { createContext } from 'svelte';
import type { Chat } from './chat.svelte';

/** The chat, for every component within `Main`. */
export const [useChat, provideChat] = createContext<Chat>();

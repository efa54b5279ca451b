/** What somebody began to write, by conversation; kept by the browser. */
import { SvelteMap } from 'svelte/reactivity';
import { StoredMap } from '../../base/stored';
import { conversation, type Target } from './outbox.svelte';

export class Drafts {
  readonly #saved: StoredMap<string>;
  readonly #texts: SvelteMap<string, string>;

  constructor(me: string) {
    this.#saved = new StoredMap(`draft.${me}`);
    this.#texts = new SvelteMap(this.#saved.entries());
  }

  of(target: Target): string {
    return this.#texts.get(conversation(target)) ?? '';
  }

  /** Leaves nothing on this browser. */
  forget(): void {
    this.#texts.clear();
    this.#saved.clear();
  }

  keep(target: Target, text: string): void {
    const key = conversation(target);
    if (text.trim() === '') {
      this.#texts.delete(key);
      this.#saved.delete(key);
    } else {
      this.#texts.set(key, text);
      this.#saved.set(key, text);
    }
  }
}

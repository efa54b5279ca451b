/** People's names for admins, whatever their status: asked for when first shown, many at once. */
import { SvelteMap } from 'svelte/reactivity';
import { api, call } from '../base/api';
import type { Account } from '../wire';

/** How many the server answers at once. */
const AT_ONCE = 100;

class Names {
  readonly #known = new SvelteMap<string, Account>();
  readonly #wanted = new Set<string>();
  readonly #asked = new Set<string>();

  /** The account, once the server has told; asks it if need be. */
  find(id: string): Account | undefined {
    const known = this.#known.get(id);
    if (!known && !this.#asked.has(id)) this.#ask(id);
    return known;
  }

  /** The server told of them in passing. */
  learn(accounts: Account[]): void {
    for (const account of accounts) this.#known.set(account.user_id, account);
  }

  #ask(id: string): void {
    if (this.#wanted.size === 0) setTimeout(() => void this.#fetch(), 0);
    this.#asked.add(id);
    this.#wanted.add(id);
  }

  async #fetch(): Promise<void> {
    const ids = [...this.#wanted];
    this.#wanted.clear();
    for (let start = 0; start < ids.length; start += AT_ONCE) {
      const some = ids.slice(start, start + AT_ONCE);
      try {
        const query = { ids: some.join(','), limit: AT_ONCE };
        this.learn((await call(api.GET('/api/v1/admin/users', { params: { query } }))).users);
      } catch {
        // Asked again when they are next shown.
        for (const id of some) this.#asked.delete(id);
      }
    }
  }
}

export const names = new Names();

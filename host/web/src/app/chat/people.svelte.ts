/** Other people's names: asked for when first needed, many at once, and remembered. */
import { SvelteMap } from 'svelte/reactivity';
import { api, call } from '../../base/api';
import type { Profile } from '../../wire';

/** How many the server answers at once. */
const AT_ONCE = 100;

export class People {
  readonly #known = new SvelteMap<string, Profile>();
  readonly #wanted = new Set<string>();
  readonly #unknown = new Set<string>();

  /** The person, once the server has told; asks it if need be. */
  find(id: string): Profile | undefined {
    const known = this.#known.get(id);
    if (!known && !this.#unknown.has(id)) this.#ask(id);
    return known;
  }

  /** What to call somebody; empty until it is known. */
  name(id: string): string {
    return this.find(id)?.display_name ?? '';
  }

  /** The server told of them in passing. */
  learn(profiles: Profile[]): void {
    for (const profile of profiles) this.#known.set(profile.user_id, profile);
  }

  /** Active people whose user name or display name begins so. */
  async search(query: string, limit = 20): Promise<Profile[]> {
    const { users } = await call(api.GET('/api/v1/users', { params: { query: { query, limit } } }));
    this.learn(users);
    return users;
  }

  #ask(id: string): void {
    if (this.#wanted.size === 0) setTimeout(() => void this.#fetch(), 0);
    this.#wanted.add(id);
  }

  async #fetch(): Promise<void> {
    const ids = [...this.#wanted];
    this.#wanted.clear();
    for (let start = 0; start < ids.length; start += AT_ONCE) {
      const some = ids.slice(start, start + AT_ONCE);
      try {
        const { users } = await call(api.GET('/api/v1/users', { params: { query: { ids: some.join(',') } } }));
        this.learn(users);
        for (const id of some) if (!this.#known.has(id)) this.#unknown.add(id);
      } catch {
        // Asked again when they are next shown.
      }
    }
  }
}

/** Other people's names: asked for when first needed, many at once, and remembered. */
import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import { api, call } from '../../base/api';
import type { Profile } from '../../wire';

/** How many the server answers at once. */
const AT_ONCE = 100;

export class People {
  readonly #known = new SvelteMap<string, Profile>();
  readonly #wanted = new Set<string>();
  readonly #unknown = new SvelteSet<string>();
  /** Who could not be asked for. */
  readonly #failed = new Set<string>();

  /** The person, once the server has told; asks it if need be. */
  find(id: string): Profile | undefined {
    const known = this.#known.get(id);
    if (!known && !this.#unknown.has(id) && !this.#failed.has(id)) this.#ask(id);
    return known;
  }

  /** Whether the server knows nobody of this id. */
  isUnknown(id: string): boolean {
    return this.#unknown.has(id);
  }

  /** Asks again for those who could not be asked for: the connection is back. */
  resume(): void {
    const failed = [...this.#failed];
    this.#failed.clear();
    for (const id of failed) this.#ask(id);
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
        for (const id of some) this.#failed.add(id);
      }
    }
  }
}

/** A search for people that follows what is typed. */
import { explain } from '../../base/attempt.svelte';
import { apiError, type ApiError } from '../../base/errors';
import type { Profile } from '../../wire';
import type { People } from './people.svelte';

/** Typing on within it asks nothing. Chosen, not standard. */
const PAUSE_MS = 200;

export class PeopleSearch {
  query = $state('');
  found = $state.raw<Profile[]>([]);
  busy = $state(false);
  error = $state.raw<ApiError | null>(null);

  constructor(people: People) {
    $effect(() => {
      const query = this.query.trim();
      this.found = [];
      this.error = null;
      this.busy = query !== '';
      if (query === '') return;
      let isStale = false;
      const ask = async (): Promise<void> => {
        try {
          const found = await people.search(query);
          if (!isStale) this.found = found;
        } catch (error) {
          const failure = apiError(error);
          if (!isStale) this.error = failure;
        }
        if (!isStale) this.busy = false;
      };
      const timer = setTimeout(() => void ask(), PAUSE_MS);
      return () => {
        isStale = true;
        clearTimeout(timer);
      };
    });
  }

  /** Why nobody was found, where that is not for the name. */
  get message(): string | null {
    return this.error && explain(this.error);
  }
}

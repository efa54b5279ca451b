/** A search for people that follows what is typed. */
import type { Profile } from '../../wire';
import type { People } from './people.svelte';

/** Typing on within it asks nothing. Chosen, not standard. */
const PAUSE_MS = 200;

export class PeopleSearch {
  query = $state('');
  found = $state.raw<Profile[]>([]);
  busy = $state(false);

  constructor(people: People) {
    $effect(() => {
      const query = this.query.trim();
      this.found = [];
      this.busy = query !== '';
      if (query === '') return;
      let isStale = false;
      const ask = async (): Promise<void> => {
        const found = await people.search(query).catch(() => []);
        if (isStale) return;
        this.found = found;
        this.busy = false;
      };
      const timer = setTimeout(() => void ask(), PAUSE_MS);
      return () => {
        isStale = true;
        clearTimeout(timer);
      };
    });
  }
}

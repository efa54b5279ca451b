/** Where this person may not write for a while, as far as the server has told since the connection was made. */
import { SvelteMap } from 'svelte/reactivity';
import type { MuteChanged } from '../../wire';

export interface Muted {
  until: string;
  /** Why, where somebody said. */
  reason: string | null;
}

/** The longest that browsers wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** Everywhere, in place of a room's id. */
const EVERYWHERE = '';

export class Mutes {
  readonly #known = new SvelteMap<string, Muted>();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();

  /** What keeps this person from writing in a room, or to a person with whom there is none yet. */
  of(roomId: string | undefined): Muted | undefined {
    return this.#known.get(EVERYWHERE) ?? this.#known.get(roomId ?? EVERYWHERE);
  }

  /** The server says that something changed, or refused a message for it. */
  take({ room_id, until, reason }: MuteChanged): void {
    const where = room_id ?? EVERYWHERE;
    this.#end(where);
    if (!until) return;
    this.#known.set(where, { until, reason: reason ?? null });
    const leftMs = Math.max(Date.parse(until) - Date.now(), 0);
    this.#timers.set(where, setTimeout(() => this.#end(where), Math.min(leftMs, MAX_TIMER_MS)));
  }

  /** What changed without a connection is not known: the next message tells. */
  forget(): void {
    for (const where of [...this.#known.keys()]) this.#end(where);
  }

  #end(where: string): void {
    clearTimeout(this.#timers.get(where));
    this.#timers.delete(where);
    this.#known.delete(where);
  }
}

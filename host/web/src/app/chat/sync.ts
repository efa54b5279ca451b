/** Asks what was missed, until nothing has more: the one way back after any interruption. */
import { apiError } from '../../base/errors';
import { session } from '../../base/session.svelte';
import type { Socket } from '../../base/socket.svelte';
import type { RoomSync } from '../../wire';
import type { Rooms } from './rooms.svelte';

/** Rooms that one request may list. */
const ROOMS_AT_ONCE = 1_000;
const CHANGES_AT_ONCE = 500;
const RETRY_MS = 2_000;

type Cursor = { room_id: string; rev: number };

export class Sync {
  #userRev = 0;
  #inSync = false;
  #running = false;
  #again = false;

  constructor(
    readonly socket: () => Socket,
    readonly rooms: () => Rooms,
  ) {}

  /** Whether every push since the last answer was applied, so that the next one follows. */
  get inSync(): boolean {
    return this.#inSync;
  }

  /** Brings everything up to date; true once it is, false if the connection was lost on the way, or if it is being done. */
  async run(): Promise<boolean> {
    this.#inSync = false;
    this.#again = true;
    if (this.#running) return false;
    this.#running = true;
    try {
      while (this.#again) {
        this.#again = false;
        const retryMs = await this.#try();
        // The next connection begins anew.
        if (this.socket().state !== 'online') return false;
        if (retryMs === null) continue;
        this.#again = true;
        await new Promise((resolve) => setTimeout(resolve, retryMs));
      }
      this.#inSync = true;
      return true;
    } finally {
      this.#running = false;
    }
  }

  /** Answers how long to wait before the next try, if it needs one. */
  async #try(): Promise<number | null> {
    try {
      await this.#catchUp();
      return null;
    } catch (error) {
      return apiError(error).retryAfterMs ?? RETRY_MS;
    }
  }

  async #catchUp(): Promise<void> {
    let behind = this.rooms().cursors();
    do {
      const next: Cursor[] = [];
      let hasMore = false;
      for (let start = 0; start === 0 || start < behind.length; start += ROOMS_AT_ONCE) {
        const rooms = behind.slice(start, start + ROOMS_AT_ONCE);
        const request = { user_rev: this.#userRev, rooms, limit: CHANGES_AT_ONCE };
        const answer = await this.socket().emit('sync', request);
        session.update(answer.account);
        for (const part of answer.rooms) {
          this.rooms().sync(part);
          if (hasMoreOf(part)) next.push({ room_id: part.room_id, rev: part.rev });
        }
        this.#userRev = answer.user_rev;
        hasMore ||= answer.has_more;
      }
      behind = next;
      if (!hasMore && next.length === 0) return;
    } while (true);
  }
}

function hasMoreOf(part: RoomSync): part is Extract<RoomSync, { state: 'changes' }> {
  return part.state === 'changes' && part.has_more;
}

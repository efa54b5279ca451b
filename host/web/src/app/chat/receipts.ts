/** Tells the server what this device has, and what its person saw; each room's newest word, a few times a second at most. */
import { apiError } from '../../base/errors';
import type { Socket } from '../../base/socket.svelte';
import type { Room } from './room.svelte';

/** Chosen, not standard: nobody sees a tick turn faster. */
const PAUSE_MS = 250;
const RETRY_MS = 2_000;

/** Up to which message; 0 where there is nothing to tell. */
interface Marks {
  delivered: number;
  read: number;
}

export class Receipts {
  /** What the server has not answered yet. */
  readonly #due = new Map<Room, Marks>();
  readonly #onTheirWay = new Set<Marks>();
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(readonly socket: () => Socket) {}

  /** This device has the room's messages so far. */
  delivered(room: Room): void {
    if (room.lastSeq > room.watermarks.own.delivered_seq) this.#note(room, { delivered: room.lastSeq, read: 0 });
  }

  /** The person saw messages up to this one. */
  read(room: Room, seq: number): void {
    if (seq <= room.watermarks.own.read_seq) return;
    room.readUpTo(seq);
    this.#note(room, { delivered: 0, read: seq });
  }

  /** The connection is back: what could not be told is told. */
  resume(): void {
    if (this.#due.size > 0) this.#later();
  }

  #note(room: Room, more: Marks): void {
    const due = this.#due.get(room) ?? { delivered: 0, read: 0 };
    this.#due.set(room, {
      delivered: Math.max(due.delivered, more.delivered),
      read: Math.max(due.read, more.read),
    });
    this.#later();
  }

  #later(afterMs = PAUSE_MS): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#tell();
    }, afterMs);
  }

  #tell(): void {
    if (this.socket().state !== 'online') return;
    for (const [room, marks] of this.#due) {
      if (!this.#onTheirWay.has(marks)) void this.#tellOf(room, marks);
    }
  }

  /** What gets no answer stays due: the connection may have been dead for a while before anybody noticed. */
  async #tellOf(room: Room, marks: Marks): Promise<void> {
    this.#onTheirWay.add(marks);
    try {
      if (marks.delivered > marks.read) await this.#say(room, 'delivered', marks.delivered);
      if (marks.read > 0) await this.#say(room, 'read', marks.read);
    } catch (error) {
      const { retryable, retryAfterMs } = apiError(error);
      if (retryable) return this.#later(retryAfterMs ?? RETRY_MS);
    } finally {
      this.#onTheirWay.delete(marks);
    }
    if (this.#due.get(room) === marks) this.#due.delete(room);
  }

  async #say(room: Room, status: 'delivered' | 'read', up_to_seq: number): Promise<void> {
    const told = await this.socket().emit('message_status_update', { room_id: room.id, status, up_to_seq });
    room.readUpTo(told.read_seq);
  }
}

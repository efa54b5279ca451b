/** Tells the server what this device has, and what its person saw; each room's newest word, a few times a second at most. */
import type { Socket } from '../../base/socket.svelte';
import type { Room } from './room.svelte';

/** Chosen, not standard: nobody sees a tick turn faster. */
const PAUSE_MS = 250;

export class Receipts {
  readonly #due = new Map<Room, { delivered: number; read: number }>();
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

  #note(room: Room, more: { delivered: number; read: number }): void {
    const due = this.#due.get(room) ?? { delivered: 0, read: 0 };
    this.#due.set(room, {
      delivered: Math.max(due.delivered, more.delivered),
      read: Math.max(due.read, more.read),
    });
    this.#later();
  }

  #later(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#tell();
    }, PAUSE_MS);
  }

  #tell(): void {
    const socket = this.socket();
    if (socket.state !== 'online') return;
    for (const [room, { delivered, read }] of this.#due) {
      const tell = (status: 'delivered' | 'read', up_to_seq: number): void =>
        socket.tell('message_status_update', { room_id: room.id, status, up_to_seq });
      if (delivered > read) tell('delivered', delivered);
      if (read > 0) tell('read', read);
    }
    this.#due.clear();
  }
}

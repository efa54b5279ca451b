/** Tells the others of a room that somebody is writing, and that they stopped. */
import type { Socket } from '../../base/socket.svelte';

/** Told again before it lapses at the others (6 s). */
const AGAIN_MS = 4_000;

export class TypingNotice {
  #toldAt: number | null = null;

  constructor(
    readonly socket: Socket,
    /** `null` where nobody wrote yet: there is nobody to tell. */
    readonly roomId: () => string | null,
  ) {}

  go(): void {
    const now = Date.now();
    if (this.#toldAt !== null && now - this.#toldAt < AGAIN_MS) return;
    this.#toldAt = now;
    this.#tell(true);
  }

  stop(): void {
    if (this.#toldAt === null) return;
    this.#toldAt = null;
    this.#tell(false);
  }

  #tell(typing: boolean): void {
    const room_id = this.roomId();
    if (room_id !== null) this.socket.tell('typing', { room_id, typing });
  }
}

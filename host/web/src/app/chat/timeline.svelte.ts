/**
 * The part of a room's history that is loaded: messages in the order of `seq`, without gaps but for those that pushes on
 * their way will fill.
 */
import { api, call } from '../../base/api';
import type { Message } from '../../wire';

const PAGE = 60;
/** Messages shown above the one that somebody jumps to. */
const BEFORE_TARGET = 20;

export class Timeline {
  messages = $state.raw<Message[]>([]);
  /** Whether the newest message belongs to `messages`; only then new ones are added to it. */
  atEnd = $state(false);
  hasOlder = $state(true);
  loading = $state(false);
  /** Rises when `messages` is another part of the history than before. */
  generation = $state(0);

  /** What came while a page was on its way, which may not have it. */
  #arrived: Message[] = [];

  constructor(readonly roomId: string) {}

  get isLoaded(): boolean {
    return this.generation > 0;
  }

  /** Loads the newest messages. */
  async loadNewest(): Promise<void> {
    await this.#load(async () => {
      const page = await this.#page({});
      this.#replace(page.messages.reverse(), page.has_more, true);
    });
  }

  /** Loads the surroundings of a message. */
  async loadAround(seq: number): Promise<void> {
    if (this.indexOf(seq) >= 0) return;
    await this.#load(async () => {
      const after = Math.max(seq - BEFORE_TARGET - 1, 0);
      const page = await this.#page({ after });
      this.#replace(page.messages, after > 0, !page.has_more);
    });
  }

  async loadOlder(): Promise<void> {
    const first = this.messages[0];
    if (!first || !this.hasOlder) return;
    await this.#load(async (isSame) => {
      const page = await this.#page({ before: first.seq });
      if (!isSame()) return;
      this.messages = [...page.messages.reverse(), ...this.messages];
      this.hasOlder = page.has_more;
    });
  }

  async loadNewer(): Promise<void> {
    const last = this.messages.at(-1);
    if (!last || this.atEnd) return;
    await this.#load(async (isSame) => {
      const page = await this.#page({ after: last.seq });
      if (!isSame()) return;
      this.messages = [...this.messages, ...page.messages];
      this.atEnd = !page.has_more;
    });
  }

  /** A message came or changed. What does not adjoin the loaded part is left to be loaded. */
  apply(message: Message): void {
    if (this.loading) this.#arrived.push(message);
    const index = this.#place(message.seq);
    const known = this.messages[index];
    if (known?.seq === message.seq) {
      if (known.rev < message.rev) this.messages = this.messages.with(index, message);
    } else if (index > 0 ? index < this.messages.length || this.atEnd : this.messages.length === 0 && this.atEnd) {
      this.messages = this.messages.toSpliced(index, 0, message);
    }
  }

  /** The message with this seq, if it is loaded, is another by now. */
  change(seq: number, change: (message: Message) => Message): void {
    const index = this.indexOf(seq);
    const known = this.messages[index];
    if (known) this.apply(change(known));
  }

  /** Forgets everything: the server says that what is known is of no use. */
  forget(): void {
    this.messages = [];
    this.atEnd = false;
    this.hasOlder = true;
    this.generation = 0;
  }

  /** The index of the message with this seq; -1 if it is not loaded. */
  indexOf(seq: number): number {
    const index = this.#place(seq);
    return this.messages[index]?.seq === seq ? index : -1;
  }

  /** The index of the first message whose seq is not below. */
  #place(seq: number): number {
    let low = 0;
    let high = this.messages.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.messages[middle]?.seq ?? 0) < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #replace(messages: Message[], hasOlder: boolean, atEnd: boolean): void {
    this.messages = messages;
    this.hasOlder = hasOlder;
    this.atEnd = atEnd;
    this.generation += 1;
  }

  async #load(work: (isSame: () => boolean) => Promise<void>): Promise<void> {
    if (this.loading) return;
    this.loading = true;
    const generation = this.generation;
    try {
      await work(() => generation === this.generation);
    } finally {
      this.loading = false;
      for (const message of this.#arrived.splice(0)) this.apply(message);
    }
  }

  #page(query: { before?: number; after?: number }): Promise<{ messages: Message[]; has_more: boolean }> {
    const params = { path: { room_id: this.roomId }, query: { ...query, limit: PAGE } };
    return call(api.GET('/api/v1/rooms/{room_id}/messages', { params }));
  }
}

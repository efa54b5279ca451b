/**
 * The part of a room's history that is loaded: messages in the order of `seq`, without gaps but for those that pushes on
 * their way will fill.
 *
 * Rule: who wants to be elsewhere in the history does not wait for a page that is on its way: that one is then dropped.
 */
import { api, call } from '../../base/api';
import { apiError, type ApiError } from '../../base/errors';
import type { Message } from '../../wire';

const PAGE = 60;
/** Messages shown above the one that somebody jumps to. */
const BEFORE_TARGET = 20;

type Query = { before?: number; after?: number };
type Page = { messages: Message[]; has_more: boolean };

export class Timeline {
  messages = $state.raw<Message[]>([]);
  isLoaded = $state(false);
  /** Whether the newest message belongs to `messages`; only then new ones are added to it. */
  atEnd = $state(false);
  hasOlder = $state(true);
  loading = $state(false);
  /** What could not be loaded, and how to try it once more. */
  failed = $state.raw<{ error: ApiError; retry: () => Promise<void> } | null>(null);
  /** Rises when `messages` is another part of the history than what was shown before, or none. */
  generation = $state(0);

  /** Rises with everything that is asked; only the newest question's answer counts. */
  #asked = 0;
  /** What is on its way: asked for twice, it is loaded once. */
  #onItsWay: { name: string; done: Promise<void>; again: () => Promise<void> } | null = null;
  /** What came while a page was on its way, which may not have it. */
  #arrived: Message[] = [];

  constructor(readonly roomId: string) {}

  /** Loads the newest messages. Like the others it ends when they are there, or `failed` says why not. */
  loadNewest(): Promise<void> {
    return this.#load('newest', {}, (page) => {
      this.#show(page.messages.reverse(), page.has_more, true);
    });
  }

  /** Loads the surroundings of a message. */
  async loadAround(seq: number): Promise<void> {
    if (this.indexOf(seq) >= 0) return;
    const after = Math.max(seq - BEFORE_TARGET - 1, 0);
    await this.#load(`around ${seq}`, { after }, (page) => this.#show(page.messages, after > 0, !page.has_more));
  }

  /** Loads what comes before, unless something else is on its way. */
  async loadOlder(): Promise<void> {
    if (this.#onItsWay) return this.#onItsWay.done;
    const first = this.messages[0];
    if (!first || !this.hasOlder) return;
    await this.#load('older', { before: first.seq }, (page) => {
      this.messages = [...page.messages.reverse(), ...this.messages];
      this.hasOlder = page.has_more;
    });
  }

  /** Loads what comes after, unless something else is on its way. */
  async loadNewer(): Promise<void> {
    if (this.#onItsWay) return this.#onItsWay.done;
    const last = this.messages.at(-1);
    if (!last || this.atEnd) return;
    await this.#load('newer', { after: last.seq }, (page) => {
      this.messages = [...this.messages, ...page.messages];
      this.atEnd = !page.has_more;
    });
  }

  /** Ends when nothing is on its way. */
  async settled(): Promise<void> {
    while (this.#onItsWay) await this.#onItsWay.done;
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
    const onItsWay = this.#onItsWay;
    this.#onItsWay = null;
    this.#arrived = [];
    // Where nothing was shown yet, what is to be shown first is asked for once more.
    if (!this.isLoaded) return void onItsWay?.again();
    this.#asked += 1;
    this.messages = [];
    this.isLoaded = false;
    this.generation += 1;
    this.atEnd = false;
    this.hasOlder = true;
    this.loading = false;
    this.failed = null;
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

  #show(messages: Message[], hasOlder: boolean, atEnd: boolean): void {
    if (this.isLoaded) this.generation += 1;
    this.messages = messages;
    this.hasOlder = hasOlder;
    this.atEnd = atEnd;
    this.isLoaded = true;
  }

  /** Loads a page in place of what is on its way, unless that is the same. */
  #load(name: string, query: Query, take: (page: Page) => void): Promise<void> {
    if (this.#onItsWay?.name === name) return this.#onItsWay.done;
    const again = (): Promise<void> => this.#load(name, query, take);
    const done = this.#ask(query, again, take);
    this.#onItsWay = { name, done, again };
    return done;
  }

  async #ask(query: Query, retry: () => Promise<void>, take: (page: Page) => void): Promise<void> {
    const mine = ++this.#asked;
    this.loading = true;
    this.failed = null;
    try {
      const page = await this.#page(query);
      if (mine === this.#asked) take(page);
    } catch (error) {
      const failure = apiError(error);
      if (mine === this.#asked) this.failed = { error: failure, retry };
    } finally {
      if (mine === this.#asked) {
        this.loading = false;
        this.#onItsWay = null;
        for (const message of this.#arrived.splice(0)) this.apply(message);
      }
    }
  }

  #page(query: Query): Promise<Page> {
    const params = { path: { room_id: this.roomId }, query: { ...query, limit: PAGE } };
    return call(api.GET('/api/v1/rooms/{room_id}/messages', { params }));
  }
}

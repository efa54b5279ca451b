/** One room as this person sees it: its row of the room list, its receipts, who is writing, and its timeline. */
import { untrack } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import { api, call } from '../../base/api';
import type { DeletedMessage, Member, Message, RoomSummary, StatusUpdate, Typing, Watermarks } from '../../wire';
import { Timeline } from './timeline.svelte';

/** Somebody who does not say that they stopped, did after this long. */
const TYPING_LAPSES_MS = 6_000;

/** Chosen, not standard: many joins in a row cost one question. */
const REFRESH_MS = 300;

export type Delivery = 'sent' | 'delivered' | 'read';

export class Room {
  readonly id: string;
  readonly kind: RoomSummary['kind'];
  /** The other one, in a direct room. */
  readonly peerId: string | null;
  readonly createdAt: string;
  readonly timeline: Timeline;
  /** Up to where the room's changes are known: the cursor of `sync`. */
  rev = 0;

  name = $state('');
  role = $state<RoomSummary['role']>('member');
  memberCount = $state(0);
  lastSeq = $state(0);
  lastMessage = $state.raw<Message | null>(null);
  unread = $state(0);
  watermarks = $state.raw<Watermarks>() as Watermarks;
  /** Present members, once somebody looked. */
  members = $state.raw<Member[] | null>(null);
  /** Who is writing: the timer that ends it. */
  readonly typing = new SvelteMap<string, ReturnType<typeof setTimeout>>();

  readonly #quoted = new Map<string, Promise<Message>>();
  #refresh: ReturnType<typeof setTimeout> | null = null;

  constructor(summary: RoomSummary) {
    this.id = summary.room_id;
    this.kind = summary.kind;
    this.peerId = summary.peer_id ?? null;
    this.createdAt = summary.created_at;
    this.timeline = new Timeline(this.id);
    this.take(summary);
  }

  /** When something last happened here, for the order of the list. */
  get activeAt(): string {
    return this.lastMessage?.created_at ?? this.createdAt;
  }

  /** Whether somebody talks to themselves here. */
  isSelf(me: string): boolean {
    return this.kind === 'direct' && (this.peerId ?? me) === me;
  }

  /** The room as the server has it now. */
  take(summary: RoomSummary): void {
    this.name = summary.name ?? '';
    this.role = summary.role;
    this.memberCount = summary.member_count;
    this.watermarks = this.#ahead(summary.watermarks);
    if (summary.last_seq < this.lastSeq) return;
    this.lastSeq = summary.last_seq;
    this.lastMessage = summary.last_message ?? null;
    this.unread = Math.min(summary.unread_count, this.lastSeq - this.watermarks.own.read_seq);
  }

  /** A message came or changed. */
  message(message: Message, me: string): void {
    this.timeline.apply(message);
    if (message.seq > this.lastSeq) {
      this.lastSeq = message.seq;
      this.lastMessage = message;
      if (message.sender_id !== me) this.unread += 1;
      this.#stopTyping(message.sender_id);
    } else if (message.seq === this.lastMessage?.seq && message.rev > this.lastMessage.rev) {
      this.lastMessage = message;
    }
  }

  /** A message was deleted: its place stays. */
  deleted({ message_id, seq, rev, deleted_at, deleted_by }: DeletedMessage): void {
    const by = deleted_by === undefined ? {} : { deleted_by };
    const bury = (message: Message): Message => ({ ...message, body: '', rev, deleted_at, ...by });
    this.timeline.change(seq, bury);
    if (this.lastMessage?.message_id === message_id) this.lastMessage = bury(this.lastMessage);
  }

  /** Somebody received or read messages. */
  status(update: StatusUpdate): void {
    const { own, delivered_all_seq, read_all_seq, members } = this.watermarks;
    const { user_id, up_to_seq, status } = update;
    const raise = (watermark: typeof own): typeof own =>
      watermark.user_id !== user_id
        ? watermark
        : {
            user_id,
            delivered_seq: Math.max(watermark.delivered_seq, up_to_seq),
            read_seq: status === 'read' ? Math.max(watermark.read_seq, up_to_seq) : watermark.read_seq,
          };
    if (user_id === own.user_id) {
      this.watermarks = { ...this.watermarks, own: raise(own) };
      if (status === 'read') this.readUpTo(up_to_seq);
      return;
    }
    const all = this.kind === 'direct' ? up_to_seq : 0;
    this.watermarks = {
      own,
      delivered_all_seq: Math.max(delivered_all_seq, update.delivered_all_seq ?? all),
      read_all_seq: Math.max(read_all_seq, update.read_all_seq ?? (status === 'read' ? all : 0)),
      ...(members && { members: members.map(raise) }),
    };
  }

  /** The receipts as they stand. */
  takeWatermarks(watermarks: Watermarks): void {
    this.watermarks = this.#ahead(watermarks);
    this.readUpTo(this.watermarks.own.read_seq);
  }

  /** This person has read so far, here or elsewhere. */
  readUpTo(seq: number): void {
    const { own } = this.watermarks;
    if (seq > own.read_seq) {
      const delivered_seq = Math.max(own.delivered_seq, seq);
      this.watermarks = { ...this.watermarks, own: { ...own, read_seq: seq, delivered_seq } };
    }
    this.unread = Math.min(this.unread, Math.max(this.lastSeq - seq, 0));
  }

  /** How far a message of this person's own has come. */
  delivery(seq: number): Delivery {
    if (seq <= this.watermarks.read_all_seq) return 'read';
    return seq <= this.watermarks.delivered_all_seq ? 'delivered' : 'sent';
  }

  /** Somebody is writing, or stopped. */
  someoneTypes({ user_id, typing }: Typing): void {
    this.#stopTyping(user_id);
    if (typing) this.typing.set(user_id, setTimeout(() => this.#stopTyping(user_id), TYPING_LAPSES_MS));
  }

  /** Somebody joined, left or changed role: asked anew if anybody looked, once for many changes. */
  membersChanged(): void {
    if (this.members === null || this.#refresh !== null) return;
    this.#refresh = setTimeout(() => {
      this.#refresh = null;
      // Without a connection it is asked when the details are opened.
      void this.loadMembers().catch(() => undefined);
    }, REFRESH_MS);
  }

  /** Asks who belongs to it. */
  async loadMembers(): Promise<void> {
    const answer = await call(api.GET('/api/v1/rooms/{room_id}', { params: { path: { room_id: this.id } } }));
    this.take(answer.room);
    this.members = answer.members.filter((member) => member.state === 'joined');
  }

  /** A message that another one answers: where it is not loaded, it is asked for, once. */
  quoted(id: string): Promise<Message> {
    let found = this.#quoted.get(id);
    if (!found) {
      found = this.#findMessage(id);
      this.#quoted.set(id, found);
      // Asked again when it is next shown.
      found.catch(() => this.#quoted.delete(id));
    }
    return found;
  }

  async #findMessage(message_id: string): Promise<Message> {
    const loaded = untrack(() => this.timeline.messages).findLast((message) => message.message_id === message_id);
    if (loaded) return loaded;
    const params = { path: { room_id: this.id, message_id } };
    return call(api.GET('/api/v1/rooms/{room_id}/messages/{message_id}', { params }));
  }

  /** The server's word, but for what this person has read here and the server has not heard: one's own marks never fall. */
  #ahead(watermarks: Watermarks): Watermarks {
    const told = watermarks.own;
    const own = (this.watermarks as Watermarks | undefined)?.own ?? told;
    const read_seq = Math.max(own.read_seq, told.read_seq);
    const delivered_seq = Math.max(own.delivered_seq, told.delivered_seq);
    return { ...watermarks, own: { ...told, read_seq, delivered_seq } };
  }

  #stopTyping(userId: string): void {
    clearTimeout(this.typing.get(userId));
    this.typing.delete(userId);
  }
}

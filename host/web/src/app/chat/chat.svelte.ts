/** The chat of whoever is logged in: the live connection, and everything that it keeps up to date. */
import { tick } from 'svelte';
import { api, call } from '../../base/api';
import { session } from '../../base/session.svelte';
import { Socket } from '../../base/socket.svelte';
import { toast } from '../../base/toasts.svelte';
import type { AccountStatusChanged, Message, ReceivedMessage } from '../../wire';
import { Blocks } from './blocks.svelte';
import { Drafts } from './drafts.svelte';
import { Mutes } from './mutes.svelte';
import { Outbox, type Outgoing, type SentAck } from './outbox.svelte';
import { People } from './people.svelte';
import { Receipts } from './receipts';
import type { Room } from './room.svelte';
import { Rooms } from './rooms.svelte';
import { Sync } from './sync';

export class Chat {
  readonly people = new People();
  readonly blocks = new Blocks();
  readonly mutes = new Mutes();
  readonly drafts: Drafts;
  readonly rooms: Rooms;
  readonly outbox: Outbox;
  readonly receipts: Receipts;
  readonly socket: Socket;
  /** Whether the room list was there once. */
  loaded = $state(false);
  /** The newest message of others, for whoever listens to the page. */
  announced = $state.raw<{ room: Room; message: Message } | null>(null);
  readonly #sync: Sync;

  constructor(readonly me: string) {
    if (session.account) this.people.learn([session.account]);
    const socket = (): Socket => this.socket;
    this.#sync = new Sync(socket, () => this.rooms);
    this.rooms = new Rooms(
      me,
      () => this.#sync.inSync,
      (message) => this.outbox.arrived(message),
    );
    this.drafts = new Drafts(me);
    this.receipts = new Receipts(socket);
    this.outbox = new Outbox(
      me,
      socket,
      (sent, outgoing) => this.#stored(sent, outgoing),
      (details) => this.mutes.take(details),
    );
    this.socket = new Socket({
      registered: () => {
        this.mutes.forget();
        void this.#resume();
      },
      receive_private_message: (message) => this.#received(message),
      receive_group_message: (message) => this.#received(message),
      message_deleted: (deleted) => this.rooms.deleted(deleted),
      message_decision: (decision) => this.outbox.decided(decision),
      message_status_update: (update) => this.rooms.status(update),
      typing: (typing) => this.rooms.typing(typing),
      room_updated: (summary) => this.receipts.delivered(this.rooms.updated(summary)),
      member_updated: (member) => this.rooms.member(member),
      account_status_changed: (change) => void this.#accountChanged(change),
      block_changed: () => this.blocks.refresh(),
      mute_changed: (change) => this.mutes.take(change),
      policy_notice: (notice) => toast(`${notice.plugin}: ${notice.text}`),
      sync_required: () => void this.#resume(),
    });
    this.socket.connect();
  }

  close(): void {
    this.socket.close();
  }

  /** Leaves nothing of this person on this browser. */
  forget(): void {
    this.drafts.forget();
    this.outbox.forget();
  }

  /** Everything up to date, and told: after each connection. */
  async #resume(): Promise<void> {
    if (session.account?.status !== 'active') return;
    if (!(await this.#sync.run())) return;
    this.loaded = true;
    for (const room of this.rooms.list) this.receipts.delivered(room);
    this.people.resume();
    this.blocks.refresh();
    this.outbox.dropRefused((roomId) => !this.rooms.find(roomId));
    this.receipts.resume();
    this.outbox.resume();
  }

  #received(message: ReceivedMessage): void {
    if (message.sender_id === this.me) {
      this.outbox.arrived(message);
      return void this.#own(message);
    }
    const room = this.rooms.message(message);
    if (!room) return void this.#resume();
    this.receipts.delivered(room);
    this.announced = { room, message };
  }

  /** What was sent has its place. Only the first ack tells of a text that a policy changed: after a retry it is asked for. */
  async #stored(sent: SentAck, { body, reply_to }: Outgoing): Promise<boolean> {
    const { message_id, room_id, seq, rev, created_at, deduplicated } = sent;
    const params = { path: { room_id, message_id } };
    const stored =
      deduplicated && (await call(api.GET('/api/v1/rooms/{room_id}/messages/{message_id}', { params })).catch(() => null));
    const reply = reply_to === null ? {} : { reply_to };
    const asSent = { message_id, room_id, seq, rev, sender_id: this.me, kind: 'text', created_at, ...reply } as const;
    return this.#own(stored || { ...asSent, body: sent.body ?? body });
  }

  /**
   * A message of one's own was stored. The ack's `rev` moves no cursor: others' may still be on their way. Answers whether it
   * is there to be seen.
   */
  async #own(message: Message): Promise<boolean> {
    // The first message to a person made the room.
    if (!this.rooms.find(message.room_id)) await this.#resume();
    const room = this.rooms.find(message.room_id);
    room?.message(message, this.me);
    // Whoever looks at a room that is new has its history loaded.
    await tick();
    await room?.timeline.settled();
    return room !== undefined;
  }

  async #accountChanged({ status, reason }: AccountStatusChanged): Promise<void> {
    if (status === 'rejected' || status === 'suspended') {
      return session.end({ code: `account_${status}`, reason: reason ?? null });
    }
    session.update(await call(api.GET('/api/v1/me')));
    await this.#resume();
  }
}

/**
 * Messages on their way: kept by the browser until the server has answered, sent again with the same `client_msg_id`, one
 * after the other in each conversation.
 *
 * What a policy holds or refuses stays here too, for its author to see.
 */
import { ApiError } from '../../base/errors';
import { explain } from '../../base/attempt.svelte';
import type { Socket } from '../../base/socket.svelte';
import { StoredMap } from '../../base/stored';
import { text } from '../text';
import type { ErrorDetails, Message, MessageDecision, Submitted } from '../../wire';

/** Where a message goes: to a person, or into a group. */
export type Target = { to: string } | { room_id: string };

/** The ack of a message that was stored. */
export type SentAck = Extract<Submitted, { status: 'sent' }>;

export interface Outgoing {
  client_msg_id: string;
  target: Target;
  body: string;
  reply_to: string | null;
  created_at: string;
  /** `answered`: it was a command, and `note` is what came of it. */
  state: 'waiting' | 'held' | 'refused' | 'answered';
  /** Why it was refused, or what a command answered. */
  note: string | null;
  /** Once the server holds it. */
  message_id: string | null;
}

/** Chosen, not standard. */
const RETRY_MS = 2_000;

export class Outbox {
  entries = $state.raw<Outgoing[]>([]);
  readonly #saved: StoredMap<Outgoing>;
  readonly #busy = new Set<string>();

  constructor(
    me: string,
    readonly socket: () => Socket,
    /** A message was stored; answers whether it is shown where it stands now. */
    readonly onSent: (sent: SentAck, outgoing: Outgoing) => Promise<boolean>,
    /** Its author may not write. */
    readonly onMuted: (details: ErrorDetails) => void,
  ) {
    this.#saved = new StoredMap(`outbox.${me}`);
    const saved = this.#saved.entries().map(([, outgoing]) => outgoing);
    this.entries = saved.sort((a, b) => (a.created_at < b.created_at ? -1 : 1));
  }

  /** Those of one conversation, oldest first. */
  of(target: Target): Outgoing[] {
    const key = conversation(target);
    return this.entries.filter((outgoing) => conversation(outgoing.target) === key);
  }

  send(target: Target, body: string, replyTo: string | null): void {
    const outgoing: Outgoing = {
      client_msg_id: randomId(),
      target,
      body,
      reply_to: replyTo,
      created_at: new Date().toISOString(),
      state: 'waiting',
      note: null,
      message_id: null,
    };
    this.entries = [...this.entries, outgoing];
    this.#saved.set(outgoing.client_msg_id, outgoing);
    void this.#work(outgoing.target);
  }

  /** Sends everything that waits, and asks what became of what is held: the connection is back. */
  resume(): void {
    for (const outgoing of this.entries) {
      if (outgoing.state === 'held') void this.#try(outgoing);
      else if (outgoing.state === 'waiting') void this.#work(outgoing.target);
    }
  }

  /** What was refused in a group that this person does not belong to any more can be seen nowhere. */
  dropRefused(isGone: (roomId: string) => boolean): void {
    for (const { state, target, client_msg_id } of this.entries) {
      if (state === 'refused' && 'room_id' in target && isGone(target.room_id)) this.drop(client_msg_id);
    }
  }

  /** Takes one away: refused and read, taken back, or stored. */
  drop(clientMsgId: string): void {
    this.entries = this.entries.filter((outgoing) => outgoing.client_msg_id !== clientMsgId);
    this.#saved.delete(clientMsgId);
  }

  /** Leaves nothing on this browser. */
  forget(): void {
    this.entries = [];
    this.#saved.clear();
  }

  /** A message of this person's own arrived: by another window or device, or let through by an admin. */
  arrived(message: Message & { client_msg_id?: string | null }): void {
    const isIt = (it: Outgoing): boolean =>
      it.client_msg_id === message.client_msg_id || it.message_id === message.message_id;
    const outgoing = this.entries.find(isIt);
    if (outgoing) this.drop(outgoing.client_msg_id);
  }

  /** An admin decided about a held message; a released one arrives by itself. */
  decided(decision: MessageDecision): void {
    const outgoing = this.entries.find((it) => it.message_id === decision.message_id);
    if (outgoing && decision.status === 'rejected') {
      this.#change(outgoing, { state: 'refused', note: decision.reason ?? null });
    }
  }

  /** Sends what waits in a conversation, one after the other. */
  async #work(target: Target): Promise<void> {
    const key = conversation(target);
    if (this.#busy.has(key)) return;
    this.#busy.add(key);
    try {
      let next;
      while ((next = this.of(target).find((outgoing) => outgoing.state === 'waiting'))) {
        const retryMs = await this.#try(next);
        if (retryMs === null) return;
        if (retryMs > 0) await new Promise((resolve) => setTimeout(resolve, retryMs));
      }
    } finally {
      this.#busy.delete(key);
    }
  }

  /** Answers how long to wait before the next try of anything; `null`: until the connection is back. */
  async #try(outgoing: Outgoing): Promise<number | null> {
    const { target, client_msg_id, body, reply_to } = outgoing;
    const content = { client_msg_id, body, ...(reply_to !== null && { reply_to }) };
    try {
      const socket = this.socket();
      const answer = await ('to' in target
        ? socket.emit('send_private_message', { ...target, ...content })
        : socket.emit('send_group_message', { ...target, ...content }));
      // What is not shown yet is asked about again with the next connection.
      return (await this.#answered(outgoing, answer)) ? 0 : null;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.code === 'unreachable') return this.socket().state === 'online' ? RETRY_MS : null;
      if (error.retryable) return error.retryAfterMs ?? RETRY_MS;
      if (error.code === 'muted' && error.details) this.onMuted(error.details);
      this.#change(outgoing, { state: 'refused', note: explain(error, 'to' in target ? { forbidden: text().message.notWanted } : {}) });
      return 0;
    }
  }

  /** Answers whether that was all. */
  async #answered(outgoing: Outgoing, answer: Submitted): Promise<boolean> {
    if (answer.status === 'held') {
      this.#change(outgoing, { state: 'held', message_id: answer.message_id });
    } else if (answer.status === 'command') {
      this.#change(outgoing, { state: 'answered', note: answer.reply ?? null });
      // The command was carried out: it is not to be sent again at the next visit.
      this.#saved.delete(outgoing.client_msg_id);
    } else {
      if (!(await this.onSent(answer, outgoing))) return false;
      this.drop(outgoing.client_msg_id);
    }
    return true;
  }

  #change(outgoing: Outgoing, change: Partial<Outgoing>): void {
    // Taken back, or forgotten by who logged out: it must not come back.
    if (!this.entries.some((it) => it.client_msg_id === outgoing.client_msg_id)) return;
    const changed = { ...outgoing, ...change };
    this.entries = this.entries.map((it) => (it.client_msg_id === outgoing.client_msg_id ? changed : it));
    this.#saved.set(changed.client_msg_id, changed);
  }
}

/** Names a conversation. */
export function conversation(target: Target): string {
  return 'to' in target ? `to/${target.to}` : `room/${target.room_id}`;
}

/** Not `crypto.randomUUID`, which plain HTTP on a LAN does not have. */
function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

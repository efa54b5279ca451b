/**
 * The live connection: one Socket.IO socket that comes back by itself, as long as somebody is logged in.
 *
 * Not here: what was missed while it was away (`app/chat/sync.ts` asks, at each `registered`).
 */
import { io, type Socket as IoSocket } from 'socket.io-client';
import type { ClientEvents, Registered, ServerEvents, WireError } from '../wire';
import { ApiError } from './errors';
import { session } from './session.svelte';

type Answer<T> = { ok: true; data: T } | { ok: false; error: WireError };
type Handlers = { [E in keyof ServerEvents]?: (data: ServerEvents[E]) => void };

/** How long an answer may take; then the outcome is unknown, as when the connection breaks. */
const ANSWER_TIMEOUT_MS = 15_000;
/** After a refusal that may pass. Chosen, not standard. */
const RETRY_MS = 2_000;

export type ConnectionState = 'connecting' | 'online' | 'offline';

export class Socket {
  /** `online` from the server's `registered` on. */
  state = $state<ConnectionState>('connecting');
  readonly #io: IoSocket;
  #renewal: ReturnType<typeof setTimeout> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(handlers: Handlers) {
    this.#io = io({
      autoConnect: false,
      transports: ['websocket', 'polling'],
      tryAllTransports: true,
      reconnectionDelay: 500,
      reconnectionDelayMax: 10_000,
      auth: (give) => {
        // Without a token the server refuses, and the next try asks again.
        session.accessToken().then(
          (token) => give({ token: token ?? '' }),
          () => give({ token: '' }),
        );
      },
    });
    this.#io.on('registered', (registered: Registered) => this.#registered(registered));
    this.#io.on('disconnect', () => this.#lost());
    this.#io.on('connect_error', (error: Error & { data?: WireError }) => void this.#refused(error.data));
    for (const [event, handle] of Object.entries(handlers)) this.#io.on(event, handle);
    window.addEventListener('online', this.#hurry);
    document.addEventListener('visibilitychange', this.#hurry);
  }

  connect(): void {
    this.#io.connect();
  }

  close(): void {
    window.removeEventListener('online', this.#hurry);
    document.removeEventListener('visibilitychange', this.#hurry);
    clearTimeout(this.#renewal);
    clearTimeout(this.#retry);
    this.#io.off();
    this.#io.disconnect();
    this.state = 'offline';
  }

  /**
   * Says something and gives the answer's data.
   *
   * @throws ApiError what the server refused; `unreachable` if no answer came: it may have been done or not
   */
  async emit<E extends keyof ClientEvents>(event: E, data: ClientEvents[E]['data']): Promise<ClientEvents[E]['answer']> {
    if (!this.#io.connected) throw ApiError.unreachable();
    let answer: Answer<ClientEvents[E]['answer']>;
    try {
      answer = (await this.#io.timeout(ANSWER_TIMEOUT_MS).emitWithAck(event, data)) as typeof answer;
    } catch {
      throw ApiError.unreachable();
    }
    if (answer.ok) return answer.data;
    throw ApiError.of(answer.error);
  }

  /** Says something whose loss does no harm; nothing, without a connection. */
  tell<E extends keyof ClientEvents>(event: E, data: ClientEvents[E]['data']): void {
    if (this.#io.connected) this.#io.emit(event, data);
  }

  /** The network, or somebody who looks, came back: no reason to wait for the next try. */
  readonly #hurry = (): void => {
    if (this.state !== 'offline' || document.visibilityState !== 'visible') return;
    // While Socket.IO waits between tries, `connect` alone does nothing.
    this.#io.disconnect().connect();
  };

  #registered(registered: Registered): void {
    session.update(registered.user);
    this.state = 'online';
    this.#renewLater();
  }

  /** The server closes the socket with its token: it gets the next one before. */
  #renewLater(delayMs = session.renewInMs): void {
    clearTimeout(this.#renewal);
    this.#renewal = setTimeout(() => void this.#renew(), delayMs);
  }

  async #renew(): Promise<void> {
    try {
      const token = await session.accessToken();
      if (token === null) return;
      await this.emit('register_user', { token });
      this.#renewLater();
    } catch {
      // If this goes on, the server closes the socket, and it connects anew.
      this.#renewLater(RETRY_MS);
    }
  }

  #lost(): void {
    this.state = 'offline';
    clearTimeout(this.#renewal);
  }

  /** Socket.IO tries again by itself where nobody answered, but not where the server said no. */
  async #refused(error: WireError | undefined): Promise<void> {
    this.state = 'offline';
    if (!error) return;
    if (error.code === 'unauthenticated') {
      await session.accessToken(session.currentToken).catch(() => null);
    } else if (error.code === 'account_rejected' || error.code === 'account_suspended') {
      return session.end({ code: error.code, reason: error.details?.reason ?? null });
    }
    if (session.account === null) return;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#io.connect(), error.retry_after_ms ?? RETRY_MS);
  }
}

/**
 * Who is logged in on this browser: tokens in its storage, shared by all windows, and renewed before they run out.
 *
 * Rule: a refresh token is used once. Windows take turns (Web Locks), and who comes second takes what the first one got.
 */
import createClient from 'openapi-fetch';
import type { Account, paths, Tokens } from '../wire';
import { answered, fetchInTime, type Outcome } from './call';
import { ApiError } from './errors';
import { readShared, writeShared } from './shared';
import { stored } from './stored';

/** Tokens, and from when on, by this browser's clock, they are to be renewed. */
interface Login {
  tokens: Tokens;
  renewAtMs: number;
}

/** Why somebody who was logged in is not any more. */
export type Ended = { code: ApiError['code']; reason: string | null };

type Credentials = paths['/api/v1/auth/login']['post']['requestBody']['content']['application/json'];
type Registration = paths['/api/v1/auth/register']['post']['requestBody']['content']['application/json'];
type Setup = paths['/api/v1/setup']['post']['requestBody']['content']['application/json'];

/** The part of its life after which a token is renewed: one on its way must not run out. */
const RENEWED_AFTER = 0.75;

const saved = stored<Login | null>('login', null);
/** The same for whoever has its turn to renew it, and must not have one of before. */
const SHARED = 'login';
/** By itself: what one window hears of the account must not undo another one's new tokens. */
const savedAccount = stored<Account | null>('account', null);
const open = createClient<paths>({ baseUrl: location.origin, fetch: fetchInTime });

/** What the server says of a login that is over. */
const ENDING: ApiError['code'][] = ['unauthenticated', 'account_rejected', 'account_suspended'];

class Session {
  #login = $state.raw(saved.get());
  #account = $state.raw(savedAccount.get());
  /** Set when the server ended the login. */
  ended = $state.raw<Ended | null>(null);

  constructor() {
    saved.onChange(() => (this.#login = saved.get()));
    savedAccount.onChange(() => (this.#account = savedAccount.get()));
  }

  /** The account as last heard of; `null` if nobody is logged in. */
  get account(): Account | null {
    const user = this.#login?.tokens.user ?? null;
    return user?.user_id === this.#account?.user_id ? this.#account : user;
  }

  /** The access token as it stands, valid or not. */
  get currentToken(): string | null {
    return this.#login?.tokens.access_token ?? null;
  }

  /** In how long the access token is to be renewed. */
  get renewInMs(): number {
    return Math.max((this.#login?.renewAtMs ?? 0) - Date.now(), 0);
  }

  async logIn(credentials: Credentials): Promise<void> {
    await this.#take(await tokens(open.POST('/api/v1/auth/login', { body: credentials })));
  }

  async register(registration: Registration): Promise<void> {
    await this.#take(await tokens(open.POST('/api/v1/auth/register', { body: registration })));
  }

  async setUp(setup: Setup): Promise<void> {
    await this.#take(await tokens(open.POST('/api/v1/setup', { body: setup })));
  }

  /** The server says what the account is now. */
  update(account: Account): void {
    if (this.#login?.tokens.user.user_id !== account.user_id) return;
    this.#account = account;
    savedAccount.set(account);
  }

  /** Ends the login on this browser and, if it can be reached, on the server. */
  async logOut(): Promise<void> {
    // Whoever leaves a browser is out of it at once, with a network or without.
    const login = this.#login;
    await this.#set(null);
    if (!login) return;
    const { refresh_token } = login.tokens;
    try {
      const isValid = Date.now() < login.renewAtMs;
      const { tokens: valid } = isValid ? login : await tokens(open.POST('/api/v1/auth/refresh', { body: { refresh_token } }));
      await open.POST('/api/v1/auth/logout', { headers: { authorization: `Bearer ${valid.access_token}` } });
    } catch {
      // The server hears of it no more: there the login runs out by itself.
    }
  }

  /** The server ended it; nothing new to whoever logged out before. */
  end(ended: Ended): void {
    if (!this.#login) return;
    void this.#set(null);
    this.ended = ended;
  }

  /**
   * A token that is valid for a while, and another one than `refused`; `null` if nobody is logged in.
   *
   * @throws ApiError if the server cannot be reached or is busy
   */
  async accessToken(refused: string | null = null): Promise<string | null> {
    const valid = this.#valid(refused);
    if (valid !== undefined) return valid;
    return alone(async () => {
      await this.#catchUp();
      const valid = this.#valid(refused);
      return valid === undefined ? this.#renew() : valid;
    });
  }

  /** `undefined` where a new one is needed. */
  #valid(refused: string | null): string | null | undefined {
    const login = this.#login;
    if (!login) return null;
    const token = login.tokens.access_token;
    return token !== refused && Date.now() < login.renewAtMs ? token : undefined;
  }

  /** Another window may have been here before. */
  async #catchUp(): Promise<void> {
    const shared = await readShared<Login>(SHARED);
    if (!shared || shared.tokens.device_id !== this.#login?.tokens.device_id) return;
    // An older one was not overwritten: its refresh token is used up.
    if (shared.renewAtMs > this.#login.renewAtMs) this.#login = shared;
  }

  async #renew(): Promise<string | null> {
    const refresh_token = this.#login?.tokens.refresh_token ?? '';
    try {
      const login = await tokens(open.POST('/api/v1/auth/refresh', { body: { refresh_token } }));
      await this.#set(login);
      return login.tokens.access_token;
    } catch (error) {
      if (!(error instanceof ApiError && ENDING.includes(error.code))) throw error;
      this.end({ code: error.code, reason: error.reason });
      return null;
    }
  }

  #take(login: Login): Promise<void> {
    this.ended = null;
    return this.#set(login);
  }

  async #set(login: Login | null): Promise<void> {
    this.#login = login;
    saved.set(login);
    this.#account = login?.tokens.user ?? null;
    savedAccount.set(this.#account);
    await writeShared(SHARED, login);
  }
}

/** Tokens, with their time counted from the answer's own date: this browser's clock may be wrong. */
async function tokens(request: Promise<Outcome<Tokens>>): Promise<Login> {
  const { data, headers } = await answered(request);
  const answeredAt = Date.parse(headers.get('date') ?? '') || Date.now();
  const validMs = Date.parse(data.access_expires_at) - answeredAt;
  return { tokens: data, renewAtMs: Date.now() + validMs * RENEWED_AFTER };
}

let turn: Promise<unknown> = Promise.resolve();

/** One at a time among this browser's windows; without Web Locks (plain HTTP on a LAN) among this window's callers. */
function alone<T>(work: () => Promise<T>): Promise<T> {
  if ('locks' in navigator) return navigator.locks.request('natter.refresh', work) as Promise<T>;
  const mine = turn.then(work, work);
  turn = mine;
  return mine;
}

export const session = new Session();

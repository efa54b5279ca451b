/** A server under test, with people on it: what tests do over REST, beside the browser. */
import { randomUUID } from 'node:crypto';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from '@playwright/test';
import { io, type Socket } from 'socket.io-client';
import { startServer } from '../build/server.mjs';

export const PASSWORD = 'correct horse';

/** Messages on their way at once: fewer than a session's burst. */
const IN_FLIGHT = 25;

/** Policies by their names, with the text of their settings. */
export type Policies = Record<string, string>;

export type Target = { to: string } | { room_id: string };

export interface Ack {
  ok: boolean;
  data?: { status: string; message_id: string; room_id: string; seq: number; call_id?: string };
  error?: { code: string };
}

export interface Person {
  username: string;
  user_id: string;
  token: string;
  /** What the client keeps of a login. */
  login: unknown;
}

export class Natter {
  readonly #opened: BrowserContext[] = [];

  private constructor(
    private readonly server: Awaited<ReturnType<typeof startServer>>,
    private readonly browser: Browser,
  ) {}

  static async start(browser: Browser, settings: Record<string, string>, policies: Policies): Promise<Natter> {
    const server = await startServer(settings, async (folder) => {
      for (const [name, text] of Object.entries(policies)) await install(folder, name, text);
    });
    return new Natter(server, browser);
  }

  get url(): string {
    return this.server.url;
  }

  /** The link that makes the first admin. */
  get setupLink(): string {
    return `${this.url}/#/setup/${this.server.setupToken}`;
  }

  /** Nothing goes on after it: a page without its server would try to come back for as long as the browser runs. */
  async stop(): Promise<void> {
    for (const context of this.#opened) await context.close();
    await this.server.stop();
  }

  /** The first admin, made over REST. */
  setUp(username = 'ada', displayName = 'Ada Lovelace'): Promise<Person> {
    const token = this.server.setupToken;
    return this.#enter('/setup', { token, username, password: PASSWORD, display_name: displayName });
  }

  /** Somebody who registered over REST. */
  register(username: string, displayName = username): Promise<Person> {
    return this.#enter('/auth/register', { username, password: PASSWORD, display_name: displayName });
  }

  /** Another device of somebody, logged in over REST. */
  logIn(username: string, device_name: string): Promise<Person> {
    return this.#enter('/auth/login', { username, password: PASSWORD, device_name });
  }

  async rest<T>(method: string, path: string, person: Person | null, body?: object): Promise<T> {
    const answer = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(person && { authorization: `Bearer ${person.token}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (answer.status === 204 ? null : await answer.json()) as T;
  }

  /** Makes a group over REST, and answers its id. */
  async group(owner: Person, name: string, members: Person[]): Promise<string> {
    const body = { name, member_ids: members.map((member) => member.user_id) };
    return (await this.rest<{ room_id: string }>('POST', '/rooms', owner, body)).room_id;
  }

  /** Says something as the client does, and answers the ack. */
  async say(person: Person, target: Target, body: string, more: object = {}): Promise<Ack> {
    const event = 'to' in target ? 'send_private_message' : 'send_group_message';
    const data = { ...target, client_msg_id: randomUUID(), body, ...more };
    return this.emit(person, event, data);
  }

  /** Says so many things, in this order. */
  async sayMany(person: Person, target: Target, count: number, body: (n: number) => string): Promise<void> {
    const event = 'to' in target ? 'send_private_message' : 'send_group_message';
    await this.#connected(person, async (socket) => {
      for (let done = 0; done < count; done += IN_FLIGHT) {
        const some = Array.from({ length: Math.min(IN_FLIGHT, count - done) }, (_, index) => {
          const data = { ...target, client_msg_id: randomUUID(), body: body(done + index + 1) };
          return socket.emitWithAck(event, data) as Promise<Ack>;
        });
        const refused = (await Promise.all(some)).find((ack) => !ack.ok);
        if (refused) throw new Error(JSON.stringify(refused));
      }
    });
  }

  /** One event over a socket of its own. */
  emit(person: Person, event: string, data: object): Promise<Ack> {
    return this.#connected(person, async (socket) => (await socket.emitWithAck(event, data)) as Ack);
  }

  async #connected<T>(person: Person, work: (socket: Socket) => Promise<T>): Promise<T> {
    const socket = io(this.url, { auth: { token: person.token }, transports: ['websocket'], forceNew: true });
    try {
      await new Promise((resolve, reject) => socket.on('registered', resolve).on('connect_error', reject));
      return await work(socket);
    } finally {
      socket.disconnect();
    }
  }

  /** A browser of its own, in which this person is logged in. */
  async open(person: Person | null, path = '/', options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.browser.newContext(options);
    this.#opened.push(context);
    if (person) {
      await context.addInitScript(
        (login) => localStorage.getItem('natter.login') ?? localStorage.setItem('natter.login', login),
        JSON.stringify(person.login),
      );
    }
    const page = await context.newPage();
    await page.goto(this.url + path);
    return page;
  }

  async #enter(path: string, body: object): Promise<Person> {
    interface Tokens {
      access_token: string;
      access_expires_at: string;
      user: { user_id: string; username: string };
    }
    const tokens = await this.rest<Tokens>('POST', path, null, body);
    const { user_id, username } = tokens.user;
    const validMs = Date.parse(tokens.access_expires_at) - Date.now();
    const login = { tokens, renewAtMs: Date.now() + validMs / 2 };
    return { username, user_id, token: tokens.access_token, login };
  }
}

async function install(folder: string, name: string, settings: string): Promise<void> {
  const shipped = process.env['NATTER_SHIPPED_PLUGINS'];
  if (!shipped) throw new Error('NATTER_SHIPPED_PLUGINS is not set; `cargo xtask test --only web` sets it');
  await writeFile(join(folder, `${name}.toml`), settings);
  await copyFile(join(shipped, `${name.replaceAll('-', '_')}.wasm`), join(folder, `${name}.wasm`));
}

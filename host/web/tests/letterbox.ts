/** A mailbox that takes every letter: as much of SMTP (RFC 5321) as a server needs to hand one over. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { expect } from '@playwright/test';

export class Letterbox {
  readonly #letters: string[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((socket) => void this.#converse(socket));
  }

  /** Opens one on a free port. */
  static async open(): Promise<Letterbox> {
    const box = new Letterbox();
    await once(box.#server.listen(0, '127.0.0.1'), 'listening');
    return box;
  }

  /** For the setting `smtp.url`. */
  get url(): string {
    return `smtp://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
  }

  /** The path of the newest link to a page in a letter, waiting for it. */
  async link(page: string): Promise<string> {
    const find = (): string | undefined =>
      this.#letters.map((letter) => new RegExp(`/#/${page}/[\\w-]+`).exec(letter)?.[0]).findLast(Boolean);
    await expect.poll(find).toBeDefined();
    return find() ?? '';
  }

  async #converse(socket: Socket): Promise<void> {
    socket.write('220 letterbox\r\n');
    let letter: string[] | null = null;
    for await (const line of createInterface({ input: socket })) {
      if (letter === null) {
        if (line === 'DATA') letter = [];
        socket.write(line === 'DATA' ? '354 go on\r\n' : line === 'QUIT' ? '221 bye\r\n' : '250 ok\r\n');
      } else if (line === '.') {
        this.#letters.push(letter.join('\n'));
        letter = null;
        socket.write('250 taken\r\n');
      } else letter.push(line);
    }
  }
}

/** Whom this person blocks: asked for when first needed, and whenever it may have changed. */
import { api, call } from '../../base/api';
import type { Block } from '../../wire';

export class Blocks {
  /** Oldest first; `null` until it is known. */
  list = $state.raw<Block[] | null>(null);
  #isWanted = false;
  /** Answers that were overtaken do not count. */
  #asked = 0;

  /** The block of somebody, if there is one. */
  of(userId: string | null): Block | undefined {
    return this.list?.find((block) => block.user_id === userId);
  }

  /** Somebody looks: from here on it is kept up to date. */
  want(): void {
    if (this.#isWanted) return;
    this.#isWanted = true;
    this.refresh();
  }

  /** It changed, perhaps without a connection, or by another device. */
  refresh(): void {
    // What cannot be asked now is asked with the next connection.
    if (this.#isWanted) void this.load().catch(() => undefined);
  }

  async load(): Promise<void> {
    const mine = ++this.#asked;
    const { blocks } = await call(api.GET('/api/v1/me/blocks'));
    if (mine === this.#asked) this.list = blocks;
  }

  async block(user_id: string): Promise<void> {
    await call(api.PUT('/api/v1/me/blocks/{user_id}', { params: { path: { user_id } } }));
    await this.load();
  }

  async unblock(user_id: string): Promise<void> {
    await call(api.DELETE('/api/v1/me/blocks/{user_id}', { params: { path: { user_id } } }));
    await this.load();
  }
}

import { untrack } from 'svelte';
import { apiError, type ApiError } from './errors';
import { text } from './text';

/** Something that somebody tries: whether it is on its way, and what went wrong. */
export class Attempt {
  busy = $state(false);
  error = $state.raw<ApiError | null>(null);

  /** Gives whether it went well. While it is on its way, another one is not begun. */
  run(work: () => Promise<unknown>): Promise<boolean> {
    // An effect that begins it must not depend on what it sets, or it would begin it again and again.
    return untrack(() => this.#run(work));
  }

  async #run(work: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.error = null;
    try {
      await work();
      return true;
    } catch (error) {
      this.error = apiError(error);
      return false;
    } finally {
      this.busy = false;
    }
  }

  /** What to tell of the error. */
  get message(): string | null {
    return this.error && explain(this.error);
  }
}

/** An error in words: a policy's or an admin's own where there are any. */
export function explain(error: ApiError): string {
  return error.reason ?? text().error(error.code, error.message);
}

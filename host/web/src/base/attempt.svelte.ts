import { untrack } from 'svelte';
import { apiError, type ApiError, type Code } from './errors';
import { text } from './text';
import { spanOf } from './times.svelte';

/** What errors mean in one place, where that is more than their code says. */
export type Words = Partial<Record<Code, string>>;

/** A wait that is worth a word. Chosen, not standard. */
const LONG_WAIT_MS = 10_000;

/** Something that somebody tries: whether it is on its way, and what went wrong. */
export class Attempt {
  busy = $state(false);
  error = $state.raw<ApiError | null>(null);
  readonly #words: () => Words;

  constructor(words: () => Words = () => ({})) {
    this.#words = words;
  }

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
    return this.error && explain(this.error, this.#words());
  }
}

/** An error in words: a policy's or an admin's own where there are any. */
export function explain(error: ApiError, words: Words = {}): string {
  const waitMs = error.retryAfterMs ?? 0;
  if (error.code === 'rate_limited' && waitMs >= LONG_WAIT_MS) return text().tooOften(spanOf(waitMs, Math.ceil));
  return error.reason ?? words[error.code] ?? text().error(error.code, error.message);
}

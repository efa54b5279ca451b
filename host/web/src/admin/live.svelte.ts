import { apiError, type ApiError } from '../base/errors';

/** How often what is shown is asked for again. Chosen, not standard: an admin need not reload to see what came. */
const AGAIN_MS = 5_000;

/**
 * What the server says of something, asked for again while it is shown.
 *
 * What was known stays shown while the server cannot be reached. Make it while a component is set up: it ends with it.
 */
export class Live<T> {
  value = $state.raw<T | null>(null);
  error = $state.raw<ApiError | null>(null);
  readonly #load: () => Promise<T>;
  /** Answers that were overtaken are not shown. */
  #asked = 0;

  constructor(load: () => Promise<T>, everyMs: number = AGAIN_MS) {
    this.#load = load;
    $effect(() => {
      void this.reload();
      const timer = setInterval(() => document.visibilityState === 'visible' && void this.reload(), everyMs);
      return () => {
        clearInterval(timer);
        this.#asked++;
      };
    });
  }

  /** Asks now. */
  async reload(): Promise<void> {
    const mine = ++this.#asked;
    try {
      const value = await this.#load();
      if (mine !== this.#asked) return;
      this.value = value;
      this.error = null;
    } catch (error) {
      const failure = apiError(error);
      if (mine === this.#asked) this.error = failure;
    }
  }
}

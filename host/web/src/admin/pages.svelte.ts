import { apiError, type ApiError } from '../base/errors';

/** A part of a list, and where the next one begins. */
export interface Part<T> {
  items: T[];
  next: string | null;
}

/** A list that is read part by part. */
export class Pages<T> {
  items = $state.raw<T[]>([]);
  next = $state.raw<string | null>(null);
  loaded = $state(false);
  busy = $state(false);
  error = $state.raw<ApiError | null>(null);
  readonly #load: (from: string | null) => Promise<Part<T>>;
  #asked = 0;

  constructor(load: (from: string | null) => Promise<Part<T>>) {
    this.#load = load;
  }

  /** The first part, in place of all that is there. */
  async restart(): Promise<void> {
    await this.#read(null, []);
  }

  /** The next part, behind what is there. */
  async more(): Promise<void> {
    await this.#read(this.next, this.items);
  }

  /** Puts another in the place of one of them, or takes it out. */
  replace(old: T, by: T | null): void {
    this.items = this.items.flatMap((item) => (item !== old ? [item] : by === null ? [] : [by]));
  }

  async #read(from: string | null, before: T[]): Promise<void> {
    const mine = ++this.#asked;
    this.busy = true;
    try {
      const { items, next } = await this.#load(from);
      if (mine !== this.#asked) return;
      this.items = [...before, ...items];
      this.next = next;
      this.error = null;
      this.loaded = true;
    } catch (error) {
      const failure = apiError(error);
      if (mine === this.#asked) this.error = failure;
    }
    if (mine === this.#asked) this.busy = false;
  }
}

/** What this browser remembers for us. Where it may not (private windows, a full disk), it is forgotten at the next load. */

const PREFIX = 'natter.';

export interface Stored<T> {
  get(): T;
  set(value: T): void;
  /** Calls back when another window of this browser changed it. */
  onChange(react: () => void): void;
}

/** One named value, as JSON. */
export function stored<T>(name: string, initial: T): Stored<T> {
  const key = PREFIX + name;
  return {
    get: () => read<T>(key) ?? initial,
    set: (value) => write(key, value),
    onChange: (react) => window.addEventListener('storage', (event) => event.key === key && react()),
  };
}

/** Values by name, each stored by itself, so that two windows do not overwrite each other's. */
export class StoredMap<T> {
  readonly #prefix: string;

  constructor(name: string) {
    this.#prefix = `${PREFIX}${name}.`;
  }

  entries(): [string, T][] {
    const found: [string, T][] = [];
    try {
      for (const key of Object.keys(localStorage)) {
        const value = key.startsWith(this.#prefix) ? read<T>(key) : null;
        if (value !== null) found.push([key.slice(this.#prefix.length), value]);
      }
    } catch {
      // Storage is forbidden here: nothing is remembered.
    }
    return found;
  }

  set(name: string, value: T): void {
    write(this.#prefix + name, value);
  }

  delete(name: string): void {
    write(this.#prefix + name, null);
  }

  clear(): void {
    for (const [name] of this.entries()) this.delete(name);
  }
}

function read<T>(key: string): T | null {
  try {
    return JSON.parse(localStorage.getItem(key) ?? 'null') as T | null;
  } catch {
    return null;
  }
}

function write(key: string, value: unknown): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Forbidden or full; the page goes on with what it has in memory.
  }
}

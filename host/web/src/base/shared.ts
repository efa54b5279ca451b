/**
 * A value that all windows of this browser see alike, as soon as one has written it (IndexedDB).
 *
 * `localStorage` is no such place: each process of a browser has a copy, and hears of the others' changes a little later.
 */

const STORE = 'values';
let opening: Promise<IDBDatabase> | undefined;

/** What was written last; `null` if nothing was, or if this browser may not keep anything. */
export async function readShared<T>(name: string): Promise<T | null> {
  try {
    const store = (await database()).transaction(STORE).objectStore(STORE);
    return ((await done(store.get(name))) as T | undefined) ?? null;
  } catch {
    return null;
  }
}

export async function writeShared(name: string, value: unknown): Promise<void> {
  try {
    const store = (await database()).transaction(STORE, 'readwrite').objectStore(STORE);
    await done(store.put(value, name));
  } catch {
    // This browser may not keep anything: then every window is by itself.
  }
}

function database(): Promise<IDBDatabase> {
  opening ??= (() => {
    const request = indexedDB.open('natter', 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    return done(request);
  })();
  // One that failed, or that the browser closed, is opened anew.
  opening.then(
    (database) => (database.onclose = forget),
    forget,
  );
  return opening;
}

function forget(): void {
  opening = undefined;
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('IndexedDB failed'));
  });
}

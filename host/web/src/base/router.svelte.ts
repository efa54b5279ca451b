/**
 * Where in the client somebody is: the parts of the path behind `#`.
 *
 * Behind `#`, because that never reaches a server or its log: it may hold an invite's code.
 */

function parse(): string[] {
  return location.hash
    .replace(/^#\/?/, '')
    .split('/')
    .filter(Boolean)
    .map((part) => {
      try {
        return decodeURIComponent(part);
      } catch {
        return part;
      }
    });
}

let parts = $state.raw(parse());
window.addEventListener('hashchange', () => (parts = parse()));

/** The parts of the present path: `#/rooms/17` is `['rooms', '17']`. */
export function path(): string[] {
  return parts;
}

/** What to put into a link's `href`. */
export function href(...to: string[]): string {
  return `#/${to.map(encodeURIComponent).join('/')}`;
}

/** Goes there, as a link does. */
export function go(...to: string[]): void {
  location.hash = href(...to);
}

/** Goes there in place of the present path, to which "back" then does not return. */
export function goInstead(...to: string[]): void {
  history.replaceState(null, '', href(...to));
  parts = parse();
}

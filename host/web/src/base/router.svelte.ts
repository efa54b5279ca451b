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

/** What an entry of the browser's history knows of those before it: their paths, those that were ours, the latest last. */
interface Entry {
  trail: string[];
}

/** Nobody goes further back than that at once. Chosen, not standard. */
const MAX_TRAIL = 8;

let parts = $state.raw(parse());
let trail: string[] = [];
remember([]);
window.addEventListener('hashchange', () => {
  remember([...trail, href(...parts)].slice(-MAX_TRAIL));
  parts = parse();
});

/** Notes where somebody came from, in an entry that is new. */
function remember(before: string[]): void {
  if (history.state === null) history.replaceState({ trail: before } satisfies Entry, '');
  // One of an older version of this page has none.
  trail = (history.state as Partial<Entry>).trail ?? [];
}

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
  history.replaceState(history.state, '', href(...to));
  parts = parse();
}

/** Goes back there: as the browser does, if somebody came from there, so that its own "back" then leads further back. */
export function goBack(...to: string[]): void {
  const at = trail.lastIndexOf(href(...to));
  if (at < 0) goInstead(...to);
  else history.go(at - trail.length);
}

/** What is open in the chat: its path, also while a dialog with a path of its own stands above it. */
import { path } from '../../base/router.svelte';

export const DIALOGS = ['profile', 'new-group'] as const;

let last: string[] = [];
const open = $derived.by(() => {
  const now = path();
  if (!DIALOGS.some((name) => name === now[0])) last = now;
  return last;
});

/** As `path` gives it. */
export function place(): string[] {
  return open;
}

/** What stands in a conversation: stored messages, and after them those that are on their way. */
import type { Message } from '../../wire';
import type { Outgoing } from './outbox.svelte';
import { isSameDay } from '../../base/times.svelte';

export type Entry = Message | Outgoing;

/** Messages of one person within it stand together. Chosen, not standard. */
const TOGETHER_MS = 5 * 60_000;

export function isStored(entry: Entry): entry is Message {
  return 'seq' in entry;
}

export function keyOf(entry: Entry): string {
  return isStored(entry) ? entry.message_id : entry.client_msg_id;
}

export function senderOf(entry: Entry, me: string): string {
  return isStored(entry) ? entry.sender_id : me;
}

/** Whether two neighbours stand together, without a name or a gap between. */
export function belongTogether(earlier: Entry | undefined, later: Entry | undefined, me: string): boolean {
  if (!earlier || !later) return false;
  return (
    senderOf(earlier, me) === senderOf(later, me) &&
    Date.parse(later.created_at) - Date.parse(earlier.created_at) < TOGETHER_MS &&
    isSameDay(earlier.created_at, later.created_at)
  );
}

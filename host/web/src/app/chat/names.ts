/** What to call rooms and people. */
import { text } from '../text';
import type { Chat } from './chat.svelte';
import type { Target } from './outbox.svelte';
import type { Room } from './room.svelte';

/** A person's name; a word for somebody whose name is not known (yet). */
export function personName(chat: Chat, id: string): string {
  return chat.people.name(id) || text().rooms.somebody;
}

export function roomName(chat: Chat, room: Room): string {
  if (room.kind === 'group') return room.name;
  return room.isSelf(chat.me) ? text().rooms.noteToSelf : personName(chat, room.peerId ?? '');
}

/** Where messages written in this room go. */
export function targetOf(chat: Chat, room: Room): Target {
  return room.kind === 'group' ? { room_id: room.id } : { to: room.peerId ?? chat.me };
}

/** Names of those who write in a room right now. */
export function typingNames(chat: Chat, room: Room): string[] {
  return [...room.typing.keys()].map((id) => personName(chat, id));
}

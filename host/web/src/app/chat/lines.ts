/** A message as a line of text, where it is not shown as it stands. */
import type { Message } from '../../wire';
import { text } from '../text';

/** What stands in place of a message's text; null: the text is the message. */
export function insteadOfText(message: Message, me: string): string | null {
  if (message.deleted_at) return text().room.deleted;
  switch (message.kind) {
    case 'text':
      return null;
    case 'call':
      return message.sender_id === me ? text().room.callUnanswered : text().room.callMissed;
    default:
      return text().room.unknownKind;
  }
}

export function lineOf(message: Message, me: string): string {
  return insteadOfText(message, me) ?? message.body;
}

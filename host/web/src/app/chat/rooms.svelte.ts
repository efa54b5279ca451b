/** All rooms of this person, by what the server says of them. */
import { SvelteMap } from 'svelte/reactivity';
import type { Change, DeletedMessage, Member, Message, RoomSummary, RoomSync, StatusUpdate, Typing } from '../../wire';
import { Room } from './room.svelte';

export class Rooms {
  readonly #byId = new SvelteMap<string, Room>();
  /** Latest activity first. */
  readonly list = $derived([...this.#byId.values()].sort((a, b) => (a.activeAt < b.activeAt ? 1 : -1)));

  constructor(
    readonly me: string,
    /** Whether pushes are known to follow each other, so that each moves its room's cursor. */
    readonly isInSync: () => boolean,
    /** A message of this person's own was among what was missed. */
    readonly onOwn: (message: Message) => void,
  ) {}

  find(id: string): Room | undefined {
    return this.#byId.get(id);
  }

  /** The direct room with a person. */
  withPerson(userId: string): Room | undefined {
    return this.list.find((room) => room.peerId === userId || (userId === this.me && room.isSelf(this.me)));
  }

  cursors(): { room_id: string; rev: number }[] {
    return [...this.#byId.values()].map((room) => ({ room_id: room.id, rev: room.rev }));
  }

  /** A room is new here, was renamed, or is told anew. */
  take(summary: RoomSummary): Room {
    const known = this.#byId.get(summary.room_id);
    if (known) {
      known.take(summary);
      return known;
    }
    const room = new Room(summary);
    room.rev = summary.rev;
    this.#byId.set(room.id, room);
    return room;
  }

  /** One room's part of what `sync` answers. */
  sync(part: RoomSync): void {
    if (part.state === 'gone') {
      this.#byId.delete(part.room_id);
    } else if (part.state === 'reset') {
      const room = this.take(part.room);
      room.rev = part.room.rev;
      room.timeline.forget();
    } else {
      const room = this.#byId.get(part.room_id);
      if (!room) return;
      for (const change of part.changes) this.#change(room, change);
      room.takeWatermarks(part.watermarks);
      room.rev = part.rev;
    }
  }

  message(message: Message): Room | undefined {
    const room = this.#byId.get(message.room_id);
    room?.message(message, this.me);
    this.#move(room, message.rev);
    return room;
  }

  deleted(deleted: DeletedMessage): void {
    const room = this.#byId.get(deleted.room_id);
    room?.deleted(deleted);
    this.#move(room, deleted.rev);
  }

  member(member: Member): void {
    const room = this.#byId.get(member.room_id);
    if (!room) return;
    this.#move(room, member.rev);
    if (member.user_id !== this.me) {
      room.membersChanged();
    } else if (member.state === 'left') {
      this.#byId.delete(room.id);
    } else {
      room.role = member.role;
      room.membersChanged();
    }
  }

  updated(summary: RoomSummary): Room {
    const room = this.take(summary);
    this.#move(room, summary.rev);
    return room;
  }

  status(update: StatusUpdate): void {
    this.#byId.get(update.room_id)?.status(update);
  }

  typing(typing: Typing): void {
    if (typing.user_id !== this.me) this.#byId.get(typing.room_id)?.someoneTypes(typing);
  }

  #change(room: Room, change: Change): void {
    if (change.type === 'message') {
      if (change.sender_id === this.me) this.onOwn(change);
      room.message(change, this.me);
    } else if (change.type === 'member') room.membersChanged();
    else room.name = change.room.name ?? '';
  }

  #move(room: Room | undefined, rev: number): void {
    if (room && this.isInSync()) room.rev = Math.max(room.rev, rev);
  }
}

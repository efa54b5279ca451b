/** Whom a group keeps out. */
import { api, call } from '../../base/api';
import { ApiError } from '../../base/errors';
import type { RoomBan } from '../../wire';
import type { Room } from './room.svelte';

export class Bans {
  /** Oldest first. */
  list = $state.raw<RoomBan[]>([]);

  constructor(readonly room: Room) {}

  async load(): Promise<void> {
    const params = { path: { room_id: this.room.id } };
    this.list = (await call(api.GET('/api/v1/rooms/{room_id}/bans', { params }))).bans;
  }

  /** Takes somebody out, and keeps them out. */
  async put(userId: string, reason: string | null): Promise<void> {
    await call(api.PUT('/api/v1/rooms/{room_id}/bans/{user_id}', { params: this.#of(userId), body: { reason } }));
    await Promise.all([this.load(), this.room.loadMembers()]);
  }

  /** Lets them be added again; another admin may have done so before. */
  async lift(userId: string): Promise<void> {
    try {
      await call(api.DELETE('/api/v1/rooms/{room_id}/bans/{user_id}', { params: this.#of(userId) }));
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 'not_found')) throw error;
    }
    await this.load();
  }

  #of(user_id: string): { path: { room_id: string; user_id: string } } {
    return { path: { room_id: this.room.id, user_id } };
  }
}

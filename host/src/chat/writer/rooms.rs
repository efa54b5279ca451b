//! What the writer remembers of rooms, so that a message costs no query for its members.
//!
//! Invariant: only this writer changes its rooms, so what is remembered equals what is committed; after a failed
//! transaction everything is forgotten, and a room that the database refuses to advance is forgotten by itself.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use crate::{
    model::{MemberRole, RoomId, RoomKind, UserId, Watermark},
    store::{MemberRow, Store, StoreError},
};

/// Rooms beyond this number are forgotten, all at once: they are read again when needed. Chosen, not standard.
const REMEMBERED_ROOMS: usize = 20_000;
/// Authors of the newest messages kept per room, to tell whom a receipt concerns. Chosen, not standard.
const REMEMBERED_AUTHORS: usize = 256;

/// The rooms that were used lately.
#[derive(Debug, Default)]
pub(super) struct Rooms {
    rooms: HashMap<RoomId, CachedRoom>,
    direct: HashMap<(UserId, UserId), RoomId>,
}

/// One room.
#[derive(Debug)]
pub(super) struct CachedRoom {
    pub(super) kind: RoomKind,
    pub(super) last_seq: i64,
    pub(super) last_rev: i64,
    /// Present members only.
    pub(super) members: Vec<CachedMember>,
    /// The same people, for sharing with the publisher.
    pub(super) audience: Arc<[UserId]>,
    /// Which of the two does not know of this direct room yet: all in it came from whom they block.
    pub(super) unaware: Option<UserId>,
    authors: VecDeque<(i64, UserId)>,
}

/// One present member.
#[derive(Clone, Copy, Debug)]
pub(super) struct CachedMember {
    pub(super) role: MemberRole,
    pub(super) mark: Watermark,
}

impl Rooms {
    /// The room, if it is remembered.
    pub(super) fn get_mut(&mut self, room_id: RoomId) -> Option<&mut CachedRoom> {
        self.rooms.get_mut(&room_id)
    }

    /// The direct room of two people, if it is remembered.
    pub(super) fn direct(&self, one: UserId, other: UserId) -> Option<RoomId> {
        self.direct.get(&pair(one, other)).copied()
    }

    /// Makes sure that the room is remembered, if it exists.
    pub(super) async fn load(&mut self, store: &Store, room_id: RoomId) -> Result<(), StoreError> {
        if self.rooms.contains_key(&room_id) {
            return Ok(());
        }
        if let Some(row) = store.room(room_id).await? {
            let members = store.members(room_id).await?;
            let present = members.iter().filter(|it| it.left_seq.is_none());
            let newest = (row.room.last_seq, row.room.rev);
            let room = CachedRoom::new(row.room.kind, newest, present);
            self.remember(room_id, room);
        }
        Ok(())
    }

    /// The same for the direct room of two people; false if they have none, or one of them does not know of it.
    pub(super) async fn load_direct(
        &mut self,
        store: &Store,
        one: UserId,
        other: UserId,
    ) -> Result<bool, StoreError> {
        let known = self.direct(one, other);
        let room_id = match known {
            Some(room_id) => Some(room_id),
            None => store.direct_room(one, other).await?,
        };
        let Some(room_id) = room_id else {
            return Ok(false);
        };
        self.load(store, room_id).await?;
        self.direct.insert(pair(one, other), room_id);
        let room = self.rooms.get(&room_id);
        Ok(room.is_some_and(|it| it.unaware.is_none()))
    }

    /// Remembers a room that was just made.
    pub(super) fn remember(&mut self, room_id: RoomId, room: CachedRoom) {
        self.rooms.insert(room_id, room);
    }

    /// Remembers whose direct room it is.
    pub(super) fn remember_direct(&mut self, one: UserId, other: UserId, room_id: RoomId) {
        self.direct.insert(pair(one, other), room_id);
    }

    /// Forgets one room: it is not as it was thought to be.
    pub(super) fn forget_room(&mut self, room_id: RoomId) {
        self.rooms.remove(&room_id);
    }

    /// Forgets all: after a failed transaction nothing remembered can be relied on.
    pub(super) fn forget(&mut self) {
        self.rooms.clear();
        self.direct.clear();
    }

    /// Keeps memory bounded; called between batches.
    pub(super) fn trim(&mut self) {
        if self.rooms.len() > REMEMBERED_ROOMS || self.direct.len() > REMEMBERED_ROOMS {
            self.forget();
        }
    }
}

fn pair(one: UserId, other: UserId) -> (UserId, UserId) {
    (one.min(other), one.max(other))
}

impl CachedRoom {
    /// A room with its newest seq and rev and these present members.
    pub(super) fn new<'a>(
        kind: RoomKind,
        (last_seq, last_rev): (i64, i64),
        members: impl Iterator<Item = &'a MemberRow>,
    ) -> Self {
        let mut room = Self {
            kind,
            last_seq,
            last_rev,
            members: Vec::new(),
            audience: Arc::new([]),
            unaware: None,
            authors: VecDeque::new(),
        };
        for row in members {
            room.put(row);
        }
        room
    }

    /// One present member.
    pub(super) fn member_mut(&mut self, user_id: UserId) -> Option<&mut CachedMember> {
        self.members
            .iter_mut()
            .find(|it| it.mark.user_id == user_id)
    }

    /// A present member's role.
    pub(super) fn role(&self, user_id: UserId) -> Option<MemberRole> {
        self.members
            .iter()
            .find(|it| it.mark.user_id == user_id)
            .map(|it| it.role)
    }

    /// Takes over a member's row: joins, changes or leaves.
    pub(super) fn put(&mut self, row: &MemberRow) {
        self.members.retain(|it| it.mark.user_id != row.user_id);
        if row.hidden {
            self.unaware = Some(row.user_id);
        }
        if row.left_seq.is_none() {
            let mark = Watermark {
                user_id: row.user_id,
                delivered_seq: row.delivered_seq,
                read_seq: row.read_seq,
            };
            self.members.push(CachedMember {
                role: row.role,
                mark,
            });
        }
        self.audience = self.members.iter().map(|it| it.mark.user_id).collect();
    }

    /// Notes who wrote the message at `seq`.
    pub(super) fn note_author(&mut self, seq: i64, user_id: UserId) {
        if self.authors.len() == REMEMBERED_AUTHORS {
            self.authors.pop_front();
        }
        self.authors.push_back((seq, user_id));
    }

    /// The authors of `first..=last`, if all of these messages are remembered.
    pub(super) fn authors_between(&self, first: i64, last: i64) -> Option<Vec<UserId>> {
        let oldest = self.authors.front()?.0;
        if oldest > first {
            return None;
        }
        let mut authors: Vec<UserId> = self
            .authors
            .iter()
            .filter(|(seq, _)| (first..=last).contains(seq))
            .map(|(_, author)| *author)
            .collect();
        authors.sort_unstable();
        authors.dedup();
        Some(authors)
    }
}

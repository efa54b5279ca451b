//! The one recovery path: what a client says it has, and what it missed.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Account, Member, Message, Room, RoomId, RoomSummary, Watermarks};

/// What a client has.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct SyncRequest {
    /// The user's own rev that the client knows; 0 at first.
    pub user_rev: i64,
    /// The rooms that it knows.
    #[serde(default)]
    pub rooms: Vec<RoomCursor>,
    /// Changes per room in the answer, 1 to 500; 100 if absent.
    #[serde(default)]
    pub limit: Option<i64>,
}

/// How far a client knows one room.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
pub struct RoomCursor {
    /// The room.
    pub room_id: RoomId,
    /// The rev that the client knows; 0 for nothing.
    pub rev: i64,
}

/// What it missed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SyncResponse {
    /// Know this now.
    pub user_rev: i64,
    /// Whether rooms were left out for the size of the answer: ask again from this `user_rev`.
    pub has_more: bool,
    /// The reader's account as it stands.
    pub account: Account,
    /// Every listed room, and every room gained since.
    pub rooms: Vec<RoomSync>,
}

/// One room's part of the answer.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RoomSync {
    /// Changes since the cursor, oldest first.
    Changes {
        /// The room.
        room_id: RoomId,
        /// Know this now; ask again from here while `has_more`.
        rev: i64,
        /// The newest state of each thing that changed, by rev.
        changes: Vec<Change>,
        /// Whether there is more than `limit`.
        has_more: bool,
        /// The receipts as they stand.
        watermarks: Watermarks,
    },
    /// The cursor is of no use (too old, or ahead of the server): forget the room's cache, page the history.
    /// Also the answer for a room that the client did not list.
    Reset {
        /// The room as in the room list; its `rev` is the new cursor.
        room: Box<RoomSummary>,
    },
    /// The reader no longer belongs to it, or never did.
    Gone {
        /// The room.
        room_id: RoomId,
    },
}

/// One thing that changed in a room.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Change {
    /// A message came or changed.
    Message(Message),
    /// Somebody joined, left or changed role.
    Member(Member),
    /// The room itself was renamed.
    Room {
        /// The rev of that change.
        rev: i64,
        /// The room as it is now; its `rev` may be newer than this change.
        room: Room,
    },
}

//! Rooms, their members, and the room list's rows.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Message, RoomId, Timestamp, UserId, Watermarks};

/// The two kinds of rooms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[repr(i16)]
pub enum RoomKind {
    /// Exactly two people; made by the first message; nobody joins or leaves.
    Direct = 0,
    /// Named, with roles.
    Group = 1,
}

/// What a member may do to a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[repr(i16)]
pub enum MemberRole {
    /// Reads and writes.
    Member = 0,
    /// Also renames, adds and removes members.
    Admin = 1,
    /// Also makes and unmakes admins; a group has exactly one.
    Owner = 2,
}

/// Whether somebody belongs to a room at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MemberState {
    /// Belongs.
    Joined,
    /// Left or was removed.
    Left,
}

/// A room, without its members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Room {
    /// The room's id.
    pub room_id: RoomId,
    /// Direct or group.
    pub kind: RoomKind,
    /// A group's name; absent for direct rooms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// The newest message's place; 0 when there is none.
    pub last_seq: i64,
    /// The newest visible change.
    pub rev: i64,
}

/// One person's place in one room. Also the data of the event `member_updated`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Member {
    /// The room.
    pub room_id: RoomId,
    /// The person.
    pub user_id: UserId,
    /// Present role.
    pub role: MemberRole,
    /// Whether they belong at present.
    pub state: MemberState,
    /// The room's rev at which this last changed.
    pub rev: i64,
    /// When they last joined.
    pub joined_at: Timestamp,
}

/// A row of the room list: what a messenger's first screen needs, in one call. Also the data of `room_updated`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RoomSummary {
    /// The room itself.
    #[serde(flatten)]
    pub room: Room,
    /// The reader's own role.
    pub role: MemberRole,
    /// In a direct room, the other person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peer_id: Option<UserId>,
    /// How many people belong to it.
    pub member_count: i64,
    /// The newest message that the reader may see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_message: Option<Message>,
    /// Messages of others after the reader's read watermark.
    pub unread_count: i64,
    /// Receipts as they stand.
    pub watermarks: Watermarks,
}

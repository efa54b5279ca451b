//! People who may not write for a while.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{RoomId, Timestamp, UserId};

/// Somebody may not write in a room, or anywhere, until a time. They go on reading, and their receipts count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Mute {
    /// Names it.
    pub mute_id: Uuid,
    /// Who.
    pub user_id: UserId,
    /// Where; absent: everywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_id: Option<RoomId>,
    /// It ends then by itself.
    pub until: Timestamp,
    /// Why; the person reads it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The admin who wanted it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub muted_by: Option<UserId>,
    /// The policy that wanted it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plugin: Option<String>,
    /// Since when.
    pub created_at: Timestamp,
}

/// Data of `mute_changed`: the person's own mute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MuteChanged {
    /// Where; absent: everywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_id: Option<RoomId>,
    /// Until when; absent: it was lifted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

//! People who may not come back into a group.

use serde::Serialize;
use utoipa::ToSchema;

use super::{RoomId, Timestamp, UserId};

/// Somebody cannot be taken into a group until an admin of it lifts this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RoomBan {
    /// The group.
    pub room_id: RoomId,
    /// Who.
    pub user_id: UserId,
    /// The admin of the group.
    pub banned_by: UserId,
    /// A note for the group's admins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When.
    pub created_at: Timestamp,
}

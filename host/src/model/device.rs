//! What people are logged in with.

use serde::Serialize;
use utoipa::ToSchema;

use super::{DeviceId, Timestamp};

/// A device that is logged in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Device {
    /// Names it.
    #[schema(value_type = uuid::Uuid)]
    pub device_id: DeviceId,
    /// What its owner calls it; may be empty.
    pub name: String,
    /// When it was logged in.
    pub created_at: Timestamp,
    /// When it last took new tokens; a device that is connected was there later.
    pub last_used_at: Timestamp,
    /// Whether it has a live socket.
    pub is_connected: bool,
    /// Whether it is the one that asks.
    pub is_this_one: bool,
}

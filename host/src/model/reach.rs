//! Who reaches whom: blocks, and what people choose about strangers and receipts.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Timestamp, UserId};

/// Somebody from whom a person wants to hear nothing in private.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Block {
    /// Who is blocked.
    pub user_id: UserId,
    /// Since when.
    pub created_at: Timestamp,
}

/// Data of `block_changed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BlockChanged {
    /// Who is blocked, or not any more.
    pub user_id: UserId,
    /// Which of the two.
    pub blocked: bool,
    /// One's own rev after it.
    pub user_rev: i64,
}

/// From whom something may come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[repr(i16)]
pub enum Reach {
    /// From everybody.
    #[default]
    Everybody = 0,
    /// From who is in a group with the person.
    SharedGroups = 1,
    /// From nobody.
    Nobody = 2,
}

/// What a person chose about who reaches them, and what others learn of what they read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Privacy {
    /// Who may begin a private conversation with them; those that began already go on.
    pub who_may_write: Reach,
    /// Who may call them.
    pub who_may_call: Reach,
    /// Whether others learn what they read. Who does not tell is not told either.
    pub read_receipts: bool,
}

impl Default for Privacy {
    fn default() -> Self {
        Self {
            who_may_write: Reach::Everybody,
            who_may_call: Reach::Everybody,
            read_receipts: true,
        }
    }
}

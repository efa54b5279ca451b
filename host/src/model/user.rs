//! People: their account as they see it, and as others see it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Timestamp, UserId};

/// Whether an account may take part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[repr(i16)]
pub enum AccountStatus {
    /// Registered, waiting for an admin or a policy. May connect, renew its token, read `me` and log out.
    Pending = 0,
    /// Full member.
    Active = 1,
    /// Refused. May not log in.
    Rejected = 2,
    /// Locked out for now; an admin may reinstate it.
    Suspended = 3,
}

impl AccountStatus {
    /// The status of that word, as policies and clients write it.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "pending" => Some(Self::Pending),
            "active" => Some(Self::Active),
            "rejected" => Some(Self::Rejected),
            "suspended" => Some(Self::Suspended),
            _ => None,
        }
    }
}

/// What an account may do to the server, apart from its roles in rooms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[repr(i16)]
pub enum UserRole {
    /// An ordinary person.
    Member = 0,
    /// Approves people and sees the admin REST.
    Admin = 1,
}

/// An account as its owner and admins see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Account {
    /// The account's id.
    pub user_id: UserId,
    /// Unique login name, lower case.
    pub username: String,
    /// Name to show.
    pub display_name: String,
    /// Whether it may take part.
    pub status: AccountStatus,
    /// Why, where an admin gave a reason with the last change of status.
    pub status_reason: Option<String>,
    /// Server-wide role.
    pub role: UserRole,
    /// Registration time.
    pub created_at: Timestamp,
    /// Rises with every change of this user's own list: rooms gained and lost, account.
    pub user_rev: i64,
}

/// An account as other people see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Profile {
    /// The account's id.
    pub user_id: UserId,
    /// Unique login name, lower case.
    pub username: String,
    /// Name to show.
    pub display_name: String,
}

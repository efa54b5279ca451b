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
    /// Its owner deleted it: what they wrote stays, their name and everything else about them is gone.
    Deleted = 4,
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

impl Account {
    /// Whether it is a policy's, as which nobody logs in.
    #[must_use]
    pub fn is_bot(&self) -> bool {
        self.username.starts_with("bot:")
    }
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

/// Which accounts: those to which all of it applies.
#[derive(Clone, Copy, Debug, Default)]
pub struct AccountFilter<'a> {
    /// Of this status; of any without one.
    pub status: Option<AccountStatus>,
    /// Whose login or display name begins so, whatever its case.
    pub prefix: &'a str,
    /// Only these; none: not only these.
    pub user_ids: &'a [UserId],
}

/// How many accounts there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct AccountCounts {
    /// Wait for a decision.
    pub pending: i64,
    /// Take part.
    pub active: i64,
    /// Were refused.
    pub rejected: i64,
    /// Are locked out.
    pub suspended: i64,
    /// Were deleted by their owners.
    pub deleted: i64,
}

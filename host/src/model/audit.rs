//! What admins did, as they read it later, and the cursor that pages through lists in order of time.

use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Timestamp, UserId};

/// One line of the audit log. Lines are added, never changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuditEntry {
    /// The line's id.
    pub entry_id: Uuid,
    /// When it was done.
    pub at: Timestamp,
    /// Who did it; absent if the server itself did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor_id: Option<UserId>,
    /// `setup`, `approve`, `reject`, `suspend`, `reinstate`, `refresh_token_reused`, `release_message`, `reject_message`,
    /// `mute`, `unmute`, `delete_message`, `dismiss_report`, `end_call`, `change_password`, `make_reset_link`, `reset_password`, `delete_account`, `install_plugin`, `configure_plugin`, `roll_back_plugin`, `remove_plugin`.
    pub action: String,
    /// The account it was done to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_id: Option<UserId>,
    /// The reason that was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What it was done to, or by whose word, where the rest does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// Where the audit log ends: the number of its newest row, and that row's hash. As text `12:9f86…`, for people to note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditHead {
    /// The newest row's number; 0: there is none.
    pub seq: i64,
    /// SHA-256, hex.
    pub hash: String,
}

impl AuditHead {
    /// Of a log without rows.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            seq: 0,
            hash: "0".repeat(64),
        }
    }
}

impl std::fmt::Display for AuditHead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.seq, self.hash)
    }
}

impl FromStr for AuditHead {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const REFUSAL: &str = "not a head of the audit log, such as 12:9f86… with 64 hex digits";
        let (seq, hash) = text.trim().split_once(':').ok_or(REFUSAL)?;
        let is_hash = hash.len() == 64 && hash.bytes().all(|it| it.is_ascii_hexdigit());
        Ok(Self {
            seq: seq.parse().map_err(|_| REFUSAL)?,
            hash: is_hash.then(|| hash.to_ascii_lowercase()).ok_or(REFUSAL)?,
        })
    }
}

/// A place in a list that is ordered by time; the id only tells things of the same millisecond apart.
/// On the wire an opaque string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The last thing's time.
    pub at: Timestamp,
    /// The last thing's id.
    pub id: Uuid,
}

impl Cursor {
    /// Before everything.
    pub const FIRST: Self = Self {
        at: Timestamp(i64::MIN),
        id: Uuid::nil(),
    };
    /// After everything.
    pub const LAST: Self = Self {
        at: Timestamp(i64::MAX),
        id: Uuid::max(),
    };
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.at.0, self.id)
    }
}

impl FromStr for Cursor {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const REFUSAL: &str = "not a cursor of this list";
        let (at, id) = text.split_once('.').ok_or(REFUSAL)?;
        Ok(Self {
            at: Timestamp(at.parse().map_err(|_| REFUSAL)?),
            id: id.parse().map_err(|_| REFUSAL)?,
        })
    }
}

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

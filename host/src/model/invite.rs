//! Invites, as admins make and see them.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Timestamp, UserId};

/// Who has its code may be let in; how, the policies decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Invite {
    /// Names it.
    pub invite_id: Uuid,
    /// What newcomers type.
    pub code: String,
    /// The admin's own note; policies see it.
    pub label: String,
    /// Who made it.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// From then on it is not valid.
    pub expires_at: Option<Timestamp>,
    /// How many people may become active with it; absent: any number.
    pub max_uses: Option<i64>,
    /// How many did.
    pub uses: i64,
    /// When it was ended.
    pub revoked_at: Option<Timestamp>,
}

impl Invite {
    /// Whether somebody may still come with it.
    #[must_use]
    pub fn is_valid(&self, at: Timestamp) -> bool {
        self.revoked_at.is_none()
            && self.expires_at.is_none_or(|expires_at| expires_at > at)
            && self.max_uses.is_none_or(|max_uses| self.uses < max_uses)
    }
}

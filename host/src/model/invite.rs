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

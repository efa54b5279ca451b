//! Invites: made and ended by admins.

use uuid::Uuid;

use super::{AccountError, Accounts, random_text};
use crate::{
    model::{Cursor, Invite, Timestamp, UserId},
    store::NewAuditEntry,
};

/// Characters of a label. Chosen, not standard.
const LABEL_CHARS: usize = 80;

/// An invite to make.
#[derive(Clone, Debug, Default)]
pub struct NewInvite {
    /// A note; policies see it.
    pub label: String,
    /// How many people may become active with it.
    pub max_uses: Option<i64>,
    /// How long it is valid.
    pub valid_seconds: Option<i64>,
}

impl Accounts {
    /// Makes an invite.
    ///
    /// # Errors
    /// `Invalid`.
    pub async fn invite(&self, by: UserId, new: NewInvite) -> Result<Invite, AccountError> {
        let invalid = |field: &'static str, rule: &str| AccountError::Invalid {
            field,
            rule: rule.to_owned(),
        };
        let label = new.label.trim().to_owned();
        if label.chars().count() > LABEL_CHARS || label.contains(char::is_control) {
            let rule = "must have at most 80 characters, none of them a control character";
            return Err(invalid("label", rule));
        }
        if new.max_uses.is_some_and(|it| it < 1) {
            return Err(invalid("max_uses", "must be at least 1"));
        }
        if new.valid_seconds.is_some_and(|it| it < 1) {
            return Err(invalid("valid_seconds", "must be at least 1"));
        }
        let now = Timestamp::now();
        let invite = Invite {
            invite_id: Uuid::now_v7(),
            code: random_text::<12>(),
            label,
            created_by: by,
            created_at: now,
            expires_at: new.valid_seconds.map(|it| now.plus_seconds(it)),
            max_uses: new.max_uses,
            uses: 0,
            revoked_at: None,
        };
        let entry = entry("create_invite", by, invite.invite_id);
        self.store.create_invite(&invite, &entry).await?;
        Ok(invite)
    }

    /// Invites after the cursor, oldest first.
    ///
    /// # Errors
    /// The database fails.
    pub async fn invites(
        &self,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<Vec<Invite>, AccountError> {
        let after = after.unwrap_or(Cursor::FIRST);
        Ok(self.store.invites(after, limit).await?)
    }

    /// Ends an invite. Who waits with it is not touched.
    ///
    /// # Errors
    /// `NotFound`, also if it was ended before.
    pub async fn revoke_invite(&self, by: UserId, invite_id: Uuid) -> Result<(), AccountError> {
        let entry = entry("revoke_invite", by, invite_id);
        match self.store.revoke_invite(invite_id, &entry).await? {
            true => Ok(()),
            false => Err(AccountError::NoSuchInvite),
        }
    }
}

fn entry(action: &'static str, by: UserId, invite_id: Uuid) -> NewAuditEntry {
    NewAuditEntry {
        at: Timestamp::now(),
        actor_id: Some(by),
        action,
        target_id: None,
        reason: None,
        detail: Some(format!("invite {invite_id}")),
    }
}

//! New passwords: by the old one, or by a link that works once. And the proof that somebody knows theirs.
//!
//! Rule: whoever may have known the old password is out: a link logs every device out, and so does a change, but for the device that
//! makes it and whoever asks otherwise.

use super::{
    AccountError, Accounts, Identity, Password,
    links::{LinkToken, NewToken},
    to_its_end,
};
use crate::{
    delivery::CloseReason,
    guard::Guard,
    model::{AccountStatus, LinkPurpose, ResetLink, Timestamp, UserId},
    store::{KeptDevices, LinkWay, NewAuditEntry, NewPassword},
};

/// How long a link of an admin works. Chosen, not standard: long enough to reach somebody by other ways.
const ADMINS_LINK_SECONDS: i64 = 86_400;

/// Somebody who knows the password of their account: an access token alone is not enough for what takes an account over or ends it. No
/// `Debug`: it holds a secret.
pub struct ProvenOwner {
    pub(super) identity: Identity,
    password_hash: String,
}

/// What becomes of a person's other devices with a new password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherDevices {
    /// They are logged out.
    LogOut,
    /// They stay.
    Keep,
}

impl Accounts {
    /// Changes one's own password.
    ///
    /// # Errors
    /// `BadCredentials` if it was changed since they proved to know it; `Overloaded`.
    pub async fn change_password(
        &self,
        owner: ProvenOwner,
        new: Password,
        others: OtherDevices,
    ) -> Result<(), AccountError> {
        let ProvenOwner {
            identity,
            password_hash: old_hash,
        } = owner;
        let password = NewPassword {
            user_id: identity.user_id,
            password_hash: self.passwords.hash(new).await?,
            keeps: match others {
                OtherDevices::LogOut => KeptDevices::Only(identity.device_id),
                OtherDevices::Keep => KeptDevices::All,
            },
            audit: own_entry("change_password", identity.user_id),
        };
        let (store, delivery) = (self.store.clone(), self.delivery.clone());
        to_its_end(async move {
            if !store.change_password(&password, &old_hash).await? {
                return Err(AccountError::BadCredentials);
            }
            if others == OtherDevices::LogOut {
                let Identity {
                    user_id, device_id, ..
                } = identity;
                delivery.close_other_devices(user_id, device_id, CloseReason::Revoked);
            }
            Ok(())
        })
        .await
    }

    /// Makes a link by which somebody gives themselves a new password, once; an earlier one ends. For admins.
    ///
    /// # Errors
    /// `NotFound` if there is no such person.
    pub async fn make_reset_link(
        &self,
        by: UserId,
        user_id: UserId,
    ) -> Result<ResetLink, AccountError> {
        let account = self.account(user_id).await?;
        if account.is_bot() || account.status == AccountStatus::Deleted {
            return Err(AccountError::NotFound);
        }
        let purpose = (LinkPurpose::Password, ADMINS_LINK_SECONDS);
        let NewToken { token, link } = LinkToken::issue(user_id, purpose, LinkWay::Admin(by));
        let entry = NewAuditEntry {
            at: link.created_at,
            actor_id: Some(by),
            action: "make_reset_link",
            target_id: Some(user_id),
            reason: None,
            detail: None,
        };
        self.store.put_link(&link, &entry).await?;
        Ok(ResetLink {
            path: format!("/#/reset/{token}"),
            token,
            expires_at: link.expires_at,
        })
    }

    /// Gives whoever has a link a new password; all their devices are logged out.
    ///
    /// # Errors
    /// `InvalidLink` if it was never made, was used, or has run out; `Overloaded`.
    pub async fn reset_password(&self, token: &str, new: Password) -> Result<(), AccountError> {
        let token_hash = LinkToken::parse(token)?.hash();
        // Looked at before, so that what cannot be right costs no hashing.
        let now = Timestamp::now();
        let owner = self
            .store
            .link_owner(LinkPurpose::Password, &token_hash, now);
        let (user_id, made_by) = owner.await?.ok_or(AccountError::InvalidLink)?;
        let password = NewPassword {
            user_id,
            password_hash: self.passwords.hash(new).await?,
            keeps: KeptDevices::None,
            audit: NewAuditEntry {
                detail: Some(match made_by {
                    Some(admin) => format!("by a link that {admin} made"),
                    None => "by a link that came by letter".to_owned(),
                }),
                ..own_entry("reset_password", user_id)
            },
        };
        let (store, delivery) = (self.store.clone(), self.delivery.clone());
        to_its_end(async move {
            if !store.reset_password(&password, &token_hash).await? {
                return Err(AccountError::InvalidLink);
            }
            delivery.close_user(user_id, CloseReason::Revoked);
            Ok(())
        })
        .await
    }

    /// Whoever has this token, if this is their password. It may be guessed at: count the attempts.
    ///
    /// # Errors
    /// `BadCredentials`, `Overloaded`.
    pub async fn prove_owner(
        &self,
        identity: Identity,
        password: String,
    ) -> Result<ProvenOwner, AccountError> {
        let password = Password::parse(password).map_err(|_| AccountError::BadCredentials)?;
        let hash = self.store.password_hash_of(identity.user_id).await?;
        let hash = hash.ok_or(AccountError::BadCredentials)?;
        let is_right = self.passwords.verify(password, hash.clone()).await?;
        if !Guard::OwnPassword.admits(is_right) {
            return Err(AccountError::BadCredentials);
        }
        Ok(ProvenOwner {
            identity,
            password_hash: hash,
        })
    }
}

/// A line about what somebody did to their own account.
pub(super) fn own_entry(action: &'static str, user_id: UserId) -> NewAuditEntry {
    NewAuditEntry {
        at: Timestamp::now(),
        actor_id: Some(user_id),
        action,
        target_id: Some(user_id),
        reason: None,
        detail: None,
    }
}

//! Addresses for letters: given, proven, and used for a new password.
//!
//! Rule: an address counts only once its owner has proven to read it, by the link that was sent there; until then the one before
//! does. Nobody learns whether an address is known here.

use std::{sync::Arc, time::Duration};

use super::{
    AccountError, Accounts, ProvenOwner,
    letters::{Letter, Letters, Recipient},
    links::{LinkToken, NewToken},
    password_change::own_entry,
    registration::checked_email,
};
use crate::{
    model::{EmailAddress, LinkPurpose, Timestamp, UserId},
    store::{EmailRow, LinkWay, NewAuditEntry, address_key},
};

/// How long a link that proves an address works. Chosen, not standard.
const VERIFY_SECONDS: i64 = 86_400;
/// How long a link for a new password works that comes by letter. Chosen, not standard: letters are read by others, too.
const RESET_SECONDS: i64 = 3_600;
/// The least time between two letters of one kind to one account, and between two that would prove one address. Chosen, not standard.
const PAUSE_SECONDS: i64 = 300;
/// When policies that could not decide about a proven newcomer are asked again. Chosen, not standard.
const JUDGE_AGAIN_AFTER: [Duration; 4] = [
    Duration::from_secs(1),
    Duration::from_secs(10),
    Duration::from_secs(100),
    Duration::from_secs(1_000),
];

impl Accounts {
    /// One's own address.
    ///
    /// # Errors
    /// The database fails.
    pub async fn email(&self, user_id: UserId) -> Result<EmailAddress, AccountError> {
        let proven = self.store.email(user_id).await?;
        let unproven = self.store.unproven_email(user_id, Timestamp::now());
        Ok(EmailAddress {
            verified_at: proven.as_ref().map(|it| it.verified_at),
            address: proven.map(|it| it.address),
            unproven_address: unproven.await?,
            can_be_verified: self.sends_letters(),
        })
    }

    /// Has a letter sent to another address of one's own, which takes the place of the one before once its link was opened. Whoever reads the one
    /// before is told.
    ///
    /// # Errors
    /// `NoMail`; `Invalid`; `TooSoon` after the last letter; `Overloaded`.
    pub async fn set_email(
        &self,
        owner: &ProvenOwner,
        address: String,
    ) -> Result<(), AccountError> {
        let letters = self.letters()?;
        let address = checked_email(Some(address))?.ok_or_else(|| AccountError::Invalid {
            field: "email",
            rule: "must not be empty".to_owned(),
        })?;
        let user_id = owner.identity.user_id;
        let entry = own_entry("set_email", user_id);
        let sent = self.send_proof(&letters, (user_id, &address), Some(&entry));
        if !sent.await? {
            return Err(AccountError::TooSoon {
                retry_after_ms: PAUSE_SECONDS.unsigned_abs() * 1_000,
            });
        }
        let former = self.store.email(user_id).await?;
        if let Some(former) = former.filter(|it| address_key(&it.address) != address_key(&address))
            && let Some(place) = letters.place(Recipient::Owner)
        {
            place.send(Letter::AddressChange, &former.address);
        }
        Ok(())
    }

    /// Sends a letter to the address that a newcomer gave, where letters are sent.
    pub(super) async fn prove_newcomers_email(
        &self,
        user_id: UserId,
        address: Option<&str>,
    ) -> Result<(), AccountError> {
        if let (Ok(letters), Some(address)) = (self.letters(), address) {
            self.send_proof(&letters, (user_id, address), None).await?;
        }
        Ok(())
    }

    /// Takes the link of a letter as proof that its owner reads it. Policies then decide once more about who waits; if they cannot just
    /// now, they are asked again later.
    ///
    /// # Errors
    /// `InvalidLink` if it was never made, was used, or has run out.
    pub async fn verify_email(self: &Arc<Self>, token: &str) -> Result<(), AccountError> {
        let token_hash = LinkToken::parse(token)?.hash();
        let proven = self.store.prove_email(&token_hash, Timestamp::now());
        let user_id = proven.await?.ok_or(AccountError::InvalidLink)?;
        if let Err(error) = self.judge_again(user_id).await {
            tracing::warn!(%error, %user_id, "a proven newcomer is judged later");
            tokio::spawn(Arc::clone(self).judge_later(user_id));
        }
        Ok(())
    }

    /// The proof is used up and cannot be brought again, so it is us who try again.
    async fn judge_later(self: Arc<Self>, user_id: UserId) {
        for pause in JUDGE_AGAIN_AFTER {
            tokio::time::sleep(pause).await;
            match self.judge_again(user_id).await {
                Ok(()) => return,
                Err(error) => {
                    tracing::warn!(%error, %user_id, "a proven newcomer is not judged yet")
                }
            }
        }
    }

    /// Sends a link for a new password to whoever has proven this address. Answers at once, and the same whether anybody has.
    ///
    /// # Errors
    /// `NoMail`, `Overloaded`.
    pub fn forgot_password(self: &Arc<Self>, address: String) -> Result<(), AccountError> {
        let letters = self.letters()?;
        let place = Arc::clone(&self.forgetting).try_acquire_owned();
        let place = place.map_err(|_| OVERLOADED)?;
        let accounts = Arc::clone(self);
        tokio::spawn(async move {
            let _place = place;
            if let Err(error) = accounts.send_resets(&letters, &address).await {
                tracing::error!(%error, "a forgotten password could not be looked after");
            }
        });
        Ok(())
    }

    async fn send_resets(&self, letters: &Letters, address: &str) -> Result<(), AccountError> {
        let address = address.trim();
        if address.contains('\0') {
            return Ok(());
        }
        for owner in self.store.owners_of_email(address).await? {
            let EmailRow {
                user_id, address, ..
            } = owner;
            let Some(place) = letters.place(Recipient::Owner) else {
                return Ok(());
            };
            let purpose = (LinkPurpose::Password, RESET_SECONDS);
            if let Some(token) = self.letter_link((user_id, &address), purpose, None).await? {
                place.send(Letter::Reset(&token), &address);
            }
        }
        Ok(())
    }

    /// False if the last one is too young.
    async fn send_proof(
        &self,
        letters: &Letters,
        (user_id, address): (UserId, &str),
        entry: Option<&NewAuditEntry>,
    ) -> Result<bool, AccountError> {
        let place = letters.place(Recipient::Stranger).ok_or(OVERLOADED)?;
        let purpose = (LinkPurpose::Email, VERIFY_SECONDS);
        let token = self.letter_link((user_id, address), purpose, entry).await?;
        if let Some(token) = &token {
            place.send(Letter::Verify(token), address);
        }
        Ok(token.is_some())
    }

    /// A link for a letter, unless the last one is too young.
    async fn letter_link(
        &self,
        (user_id, address): (UserId, &str),
        purpose: (LinkPurpose, i64),
        entry: Option<&NewAuditEntry>,
    ) -> Result<Option<String>, AccountError> {
        let way = LinkWay::Letter(address.to_owned());
        let NewToken { token, link } = LinkToken::issue(user_id, purpose, way);
        let not_since = link.created_at.plus_seconds(-PAUSE_SECONDS);
        let put = self.store.put_letter_link(&link, not_since, entry);
        Ok(put.await?.then_some(token))
    }

    fn letters(&self) -> Result<Letters, AccountError> {
        self.letters.clone().ok_or(AccountError::NoMail)
    }
}

const OVERLOADED: AccountError = AccountError::Overloaded {
    retry_after_ms: 1_000,
};

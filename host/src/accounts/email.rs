//! Addresses for letters: given, proven, and used for a new password.
//!
//! Rule: an address counts only once its owner has proven to read it, and nobody learns whether an address is known here.

use std::sync::Arc;

use super::{
    AccountError, Accounts, Identity,
    letters::{Letter, Letters},
    links::{LinkToken, NewToken},
    registration::checked_email,
};
use crate::{
    model::{EmailAddress, LinkPurpose, Timestamp, UserId},
    store::EmailRow,
};

/// How long a link that proves an address works. Chosen, not standard.
const VERIFY_SECONDS: i64 = 86_400;
/// How long a link for a new password works that comes by letter. Chosen, not standard: letters are read by others, too.
const RESET_SECONDS: i64 = 3_600;
/// The least time between two letters of one kind to one account. Chosen, not standard.
const PAUSE_SECONDS: i64 = 300;

impl Accounts {
    /// One's own address.
    ///
    /// # Errors
    /// The database fails.
    pub async fn email(&self, user_id: UserId) -> Result<EmailAddress, AccountError> {
        let row = self.store.email(user_id).await?;
        Ok(EmailAddress {
            verified_at: row.as_ref().and_then(|it| it.verified_at),
            address: row.map(|it| it.address),
            can_be_verified: self.letters.is_some(),
        })
    }

    /// Gives oneself another address and has a letter sent there. It is not proven before its link was opened.
    ///
    /// # Errors
    /// `NoMail`; `BadCredentials` for a wrong password; `Invalid`; `TooSoon` after the last letter.
    pub async fn set_email(
        &self,
        identity: Identity,
        (address, password): (String, String),
    ) -> Result<(), AccountError> {
        let letters = self.letters()?;
        let address = checked_email(Some(address))?.ok_or_else(|| AccountError::Invalid {
            field: "email",
            rule: "must not be empty".to_owned(),
        })?;
        let user_id = identity.user_id;
        self.check_own_password(user_id, password).await?;
        self.store
            .put_email(user_id, &address, &address.to_lowercase())
            .await?;
        match self.send_proof(&letters, user_id, &address).await? {
            true => Ok(()),
            false => Err(AccountError::TooSoon {
                retry_after_ms: PAUSE_SECONDS.unsigned_abs() * 1_000,
            }),
        }
    }

    /// Sends a letter to the address that a newcomer gave, where letters are sent.
    pub(super) async fn prove_newcomers_email(
        &self,
        user_id: UserId,
        address: Option<&str>,
    ) -> Result<(), AccountError> {
        if let (Ok(letters), Some(address)) = (self.letters(), address) {
            let key = address.to_lowercase();
            self.store.put_email(user_id, address, &key).await?;
            self.send_proof(&letters, user_id, address).await?;
        }
        Ok(())
    }

    /// Takes the link of a letter as proof that its owner reads it. Policies then decide once more about who waits.
    ///
    /// # Errors
    /// `InvalidLink` if it was never made, was used, or has run out.
    pub async fn verify_email(&self, token: &str) -> Result<(), AccountError> {
        let token_hash = LinkToken::parse(token)?.hash();
        let proven = self.store.prove_email(&token_hash, Timestamp::now());
        let user_id = proven.await?.ok_or(AccountError::InvalidLink)?;
        self.judge_again(user_id).await
    }

    /// Sends a link for a new password to whoever has proven this address. Answers at once, and the same whether anybody has.
    ///
    /// # Errors
    /// `NoMail`, `Overloaded`.
    pub fn forgot_password(self: &Arc<Self>, address: String) -> Result<(), AccountError> {
        let letters = self.letters()?;
        let place = Arc::clone(&self.forgetting).try_acquire_owned();
        let place = place.map_err(|_| AccountError::Overloaded {
            retry_after_ms: 1_000,
        })?;
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
        let key = address.trim().to_lowercase();
        if key.contains('\0') {
            return Ok(());
        }
        for EmailRow {
            user_id, address, ..
        } in self.store.owners_of_email(&key).await?
        {
            let purpose = (LinkPurpose::Password, RESET_SECONDS);
            if let Some(token) = self.letter_link(user_id, purpose).await? {
                letters.send(Letter::Reset, &address, &token);
            }
        }
        Ok(())
    }

    /// False if the last one is too young.
    async fn send_proof(
        &self,
        letters: &Letters,
        user_id: UserId,
        address: &str,
    ) -> Result<bool, AccountError> {
        let purpose = (LinkPurpose::Email, VERIFY_SECONDS);
        let token = self.letter_link(user_id, purpose).await?;
        if let Some(token) = &token {
            letters.send(Letter::Verify, address, token);
        }
        Ok(token.is_some())
    }

    /// A link for a letter, unless the last one is too young.
    async fn letter_link(
        &self,
        user_id: UserId,
        (purpose, valid_seconds): (LinkPurpose, i64),
    ) -> Result<Option<String>, AccountError> {
        let NewToken { token, link } = LinkToken::issue(user_id, purpose, valid_seconds);
        let not_since = link.created_at.plus_seconds(-PAUSE_SECONDS);
        let put = self.store.put_letter_link(&link, not_since).await?;
        Ok(put.then_some(token))
    }

    fn letters(&self) -> Result<Letters, AccountError> {
        self.letters.clone().ok_or(AccountError::NoMail)
    }
}

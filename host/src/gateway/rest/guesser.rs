//! Passwords that come over REST: each try counts as a wrong one until it is known what it was.
//!
//! Rule: no route checks a password but through here.

use std::{sync::Arc, time::Instant};

use axum::{extract::FromRequestParts, http::request::Parts};

use super::extract::limits_of;
use crate::{
    accounts::{AccountError, Accounts, DeviceName, Identity, ProvenOwner, TokenPair},
    gateway::{
        ApiError,
        limits::{self, ClientAddress, RequestLimits},
    },
    model::Account,
};

/// Who is about to try a password, known or not.
pub(super) struct Guesser {
    limits: Arc<RequestLimits>,
    address: ClientAddress,
}

impl<S: Send + Sync> FromRequestParts<S> for Guesser {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Ok(Self {
            limits: Arc::clone(limits_of(parts)?),
            address: limits::address_of(parts),
        })
    }
}

impl Guesser {
    /// Logs in from a new device.
    ///
    /// # Errors
    /// `rate_limited`; as [`Accounts::log_in`].
    pub(super) async fn log_in(
        &self,
        accounts: &Accounts,
        (username, password): (&str, String),
        device_name: DeviceName,
    ) -> Result<TokenPair, ApiError> {
        let trying = accounts.log_in(username, password, device_name);
        self.counted(username, trying).await
    }

    /// Whether somebody who has an access token knows the password, too.
    ///
    /// # Errors
    /// `rate_limited`; as [`Accounts::prove_owner`].
    pub(super) async fn prove_owner(
        &self,
        accounts: &Accounts,
        (identity, account): (Identity, &Account),
        password: String,
    ) -> Result<ProvenOwner, ApiError> {
        let trying = accounts.prove_owner(identity, password);
        self.counted(&account.username, trying).await
    }

    async fn counted<T>(
        &self,
        username: &str,
        trying: impl Future<Output = Result<T, AccountError>>,
    ) -> Result<T, ApiError> {
        let attempt = self.limits.attempt(self.address, username)?;
        let outcome = trying.await;
        match &outcome {
            Ok(_) | Err(AccountError::Rejected { .. } | AccountError::Suspended { .. }) => {
                attempt.was_right(Instant::now());
            }
            // It stays counted.
            Err(AccountError::BadCredentials) => {}
            Err(_) => attempt.was_not_judged(Instant::now()),
        }
        Ok(outcome?)
    }
}

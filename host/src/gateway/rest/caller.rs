//! Who makes a request: the bearer of an access token (RFC 6750 §2.1), with what their account allows.
//!
//! Rule: a handler names what it needs by its argument: `Caller`, `PendingCaller` or `AdminCaller`. One without any is
//! open to the world.

use std::sync::Arc;

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
};

use super::extract::limits_of;
use crate::{
    accounts::{Accounts, Identity},
    gateway::ApiError,
    guard::Guard,
    model::{Account, AccountStatus, UserRole},
};

/// Anybody who may connect, also who waits for approval.
pub(super) struct PendingCaller {
    pub(super) identity: Identity,
    pub(super) account: Account,
}

/// A full member.
pub(super) struct Caller {
    pub(super) identity: Identity,
    pub(super) account: Account,
}

/// An admin of the server.
pub(super) struct AdminCaller {
    pub(super) account: Account,
}

impl<S> FromRequestParts<S> for PendingCaller
where
    S: Send + Sync,
    Arc<Accounts>: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let token = bearer(&parts.headers)
            .ok_or_else(|| ApiError::unauthenticated("an access token is needed"))?;
        let accounts = Arc::<Accounts>::from_ref(state);
        let (identity, account) = accounts.authenticate(token).await?;
        limits_of(parts)?.charge_account(account.user_id, parts)?;
        Ok(Self { identity, account })
    }
}

impl<S> FromRequestParts<S> for Caller
where
    S: Send + Sync,
    Arc<Accounts>: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let PendingCaller { identity, account } =
            PendingCaller::from_request_parts(parts, state).await?;
        if Guard::ActiveCaller.admits(account.status == AccountStatus::Active) {
            Ok(Self { identity, account })
        } else {
            Err(ApiError::account_pending())
        }
    }
}

impl<S> FromRequestParts<S> for AdminCaller
where
    S: Send + Sync,
    Arc<Accounts>: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Caller { account, .. } = Caller::from_request_parts(parts, state).await?;
        if Guard::AdminCaller.admits(account.role == UserRole::Admin) {
            Ok(Self { account })
        } else {
            Err(ApiError::forbidden("only admins of the server may do this"))
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

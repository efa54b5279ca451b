//! New passwords, and the addresses that links for one go to.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    caller::{AdminCaller, Caller, PendingCaller},
    extract::{Json, Path},
    guesser::Guesser,
};
use crate::{
    accounts::{Accounts, OtherDevices, Password},
    gateway::error::{ApiError, ErrorBody},
    model::{EmailAddress, ResetLink, UserId},
};

/// A password for the one before.
#[derive(Deserialize, ToSchema)]
struct ChangePassword {
    /// The present one.
    old_password: String,
    /// 8 to 256 bytes.
    new_password: String,
    /// Whether your other devices stay logged in.
    #[serde(default)]
    keep_other_devices: bool,
}

/// A password by a link.
#[derive(Deserialize, ToSchema)]
struct ResetPassword {
    /// What stands in the link.
    token: String,
    /// 8 to 256 bytes.
    new_password: String,
}

/// An address for letters.
#[derive(Deserialize, ToSchema)]
struct SetEmail {
    /// Up to 254 bytes.
    email: String,
    /// Your password: whoever reads your letters could take your account.
    password: String,
}

/// Somebody who forgot their password.
#[derive(Deserialize, ToSchema)]
struct ForgotPassword {
    /// Their proven address.
    email: String,
}

/// The proof of an address.
#[derive(Deserialize, ToSchema)]
struct VerifyEmail {
    /// What stands in the link.
    token: String,
}

pub(super) fn routes(accounts: Arc<Accounts>) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(change_password))
        .routes(routes!(make_reset_link))
        .routes(routes!(reset_password))
        .routes(routes!(forgot_password))
        .routes(routes!(verify_email))
        .routes(routes!(email, set_email))
        .with_state(accounts)
}

/// Change your password. Your other devices are logged out, unless you want to keep them.
#[utoipa::path(post, path = "/api/v1/me/password", tag = "me", request_body = ChangePassword, responses(
    (status = 204, description = "Changed"),
    (status = 400, description = "`invalid_payload`", body = ErrorBody),
    (status = 401, description = "`bad_credentials`: not the present one", body = ErrorBody),
    (status = 429, description = "`rate_limited`: too many wrong passwords", body = ErrorBody),
))]
async fn change_password(
    State(accounts): State<Arc<Accounts>>,
    guesser: Guesser,
    caller: Caller,
    Json(change): Json<ChangePassword>,
) -> Result<StatusCode, ApiError> {
    let new = Password::parse(change.new_password)?;
    let others = match change.keep_other_devices {
        true => OtherDevices::Keep,
        false => OtherDevices::LogOut,
    };
    let caller = (caller.identity, &caller.account);
    let owner = guesser.prove_owner(&accounts, caller, change.old_password);
    accounts.change_password(owner.await?, new, others).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Make a link by which somebody gives themselves a new password, once, within a day. An earlier one ends.
#[utoipa::path(post, path = "/api/v1/admin/users/{user_id}/reset_link", tag = "admin",
    params(("user_id" = uuid::Uuid, Path, description = "Whom")), responses(
    (status = 201, description = "Made; it is shown only now", body = ResetLink),
    (status = 403, description = "`forbidden`", body = ErrorBody),
    (status = 404, description = "`not_found`", body = ErrorBody),
))]
async fn make_reset_link(
    State(accounts): State<Arc<Accounts>>,
    admin: AdminCaller,
    Path(user_id): Path<UserId>,
) -> Result<(StatusCode, axum::Json<ResetLink>), ApiError> {
    let by = admin.account.user_id;
    let link = accounts.make_reset_link(by, user_id).await?;
    Ok((StatusCode::CREATED, axum::Json(link)))
}

/// Choose a new password by a link, once. All devices of the account are logged out.
#[utoipa::path(post, path = "/api/v1/auth/reset", tag = "auth", security(()), request_body = ResetPassword, responses(
    (status = 204, description = "Log in with it"),
    (status = 400, description = "`invalid_payload`", body = ErrorBody),
    (status = 403, description = "`invalid_link`", body = ErrorBody),
))]
async fn reset_password(
    State(accounts): State<Arc<Accounts>>,
    Json(reset): Json<ResetPassword>,
) -> Result<StatusCode, ApiError> {
    let new = Password::parse(reset.new_password)?;
    accounts.reset_password(&reset.token, new).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Have a link for a new password sent to a proven address. The answer does not tell whether anybody has it.
#[utoipa::path(post, path = "/api/v1/auth/forgot", tag = "auth", security(()), request_body = ForgotPassword, responses(
    (status = 202, description = "A letter goes out, if somebody has this address and got none in the last five minutes"),
    (status = 403, description = "`no_mail`", body = ErrorBody),
))]
async fn forgot_password(
    State(accounts): State<Arc<Accounts>>,
    Json(forgot): Json<ForgotPassword>,
) -> Result<StatusCode, ApiError> {
    accounts.forgot_password(forgot.email)?;
    Ok(StatusCode::ACCEPTED)
}

/// Prove an address by the link of its letter. If you wait to be let in, the policies decide once more.
#[utoipa::path(post, path = "/api/v1/auth/verify_email", tag = "auth", security(()), request_body = VerifyEmail, responses(
    (status = 204, description = "Proven"),
    (status = 403, description = "`invalid_link`", body = ErrorBody),
))]
async fn verify_email(
    State(accounts): State<Arc<Accounts>>,
    Json(proof): Json<VerifyEmail>,
) -> Result<StatusCode, ApiError> {
    accounts.verify_email(&proof.token).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Where letters to you go.
#[utoipa::path(get, path = "/api/v1/me/email", tag = "me", responses(
    (status = 200, description = "Your address, if you have proven one, and the one that you are about to prove", body = EmailAddress),
    (status = 401, description = "`unauthenticated`", body = ErrorBody),
))]
async fn email(
    State(accounts): State<Arc<Accounts>>,
    caller: PendingCaller,
) -> Result<axum::Json<EmailAddress>, ApiError> {
    Ok(axum::Json(accounts.email(caller.account.user_id).await?))
}

/// Give another address: a letter goes there, whose link proves it and puts it in the place of the one before. Also to have the letter sent once more.
#[utoipa::path(put, path = "/api/v1/me/email", tag = "me", request_body = SetEmail, responses(
    (status = 202, description = "A letter goes out"),
    (status = 400, description = "`invalid_payload`", body = ErrorBody),
    (status = 401, description = "`bad_credentials`", body = ErrorBody),
    (status = 403, description = "`no_mail`", body = ErrorBody),
    (status = 429, description = "`rate_limited`: a letter went out within the last five minutes, or too many wrong passwords", body = ErrorBody),
))]
async fn set_email(
    State(accounts): State<Arc<Accounts>>,
    guesser: Guesser,
    caller: PendingCaller,
    Json(new): Json<SetEmail>,
) -> Result<StatusCode, ApiError> {
    let caller = (caller.identity, &caller.account);
    let owner = guesser.prove_owner(&accounts, caller, new.password);
    accounts.set_email(&owner.await?, new.email).await?;
    Ok(StatusCode::ACCEPTED)
}

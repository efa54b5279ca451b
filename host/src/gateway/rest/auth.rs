//! The ways to tokens.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{caller::PendingCaller, extract::Json, guesser::Guesser};
use crate::{
    accounts::{
        AccountError, Accounts, DeviceName, DisplayName, Password, Registration, RegistrationMode,
        TokenPair, Username,
    },
    gateway::error::{ApiError, ErrorBody},
    model::{Account, DeviceId, Timestamp},
};

/// Accounts to make.
#[derive(Deserialize, ToSchema)]
struct RegisterRequest {
    /// 3 to 32 of `a-z 0-9 . _ -`, beginning with a letter or digit; folded to lower case.
    username: String,
    /// 8 to 256 bytes.
    password: String,
    /// 1 to 80 characters; the user name if absent.
    display_name: Option<String>,
    /// What to call this device; up to 80 characters.
    device_name: Option<String>,
    /// An address; policies see it as not verified.
    email: Option<String>,
    /// The code of an invite.
    invite: Option<String>,
}

/// The first admin.
#[derive(Deserialize, ToSchema)]
struct SetupRequest {
    /// What the server printed at its start.
    token: String,
    #[serde(flatten)]
    admin: RegisterRequest,
}

/// Credentials.
#[derive(Deserialize, ToSchema)]
struct LoginRequest {
    /// Whatever its case.
    username: String,
    /// The password.
    password: String,
    /// What to call this device; up to 80 characters.
    device_name: Option<String>,
}

/// The newest refresh token of a device.
#[derive(Deserialize, ToSchema)]
struct RefreshRequest {
    /// Works once.
    refresh_token: String,
}

/// What a login gives.
#[derive(Serialize, ToSchema)]
struct Tokens {
    /// For every request, and for `register_user`.
    access_token: String,
    access_expires_at: Timestamp,
    /// For the next pair; works once.
    refresh_token: String,
    refresh_expires_at: Timestamp,
    user: Account,
    /// New at each login.
    #[schema(value_type = uuid::Uuid)]
    device_id: DeviceId,
}

/// What somebody who comes for the first time must know.
#[derive(Serialize, ToSchema)]
struct Entrance {
    /// Whom the server lets in.
    registration: RegistrationChoice,
    /// Whether the first admin is still to be made.
    needs_setup: bool,
    /// Whether the server sends letters: without, only an admin helps whoever forgot their password.
    sends_letters: bool,
}

/// Whom the server lets in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum RegistrationChoice {
    /// Whom no policy refuses or holds.
    Open,
    /// Whom a policy or an admin lets in.
    Approval,
    /// As `approval`, but only with an invite.
    Closed,
}

pub(super) fn routes(accounts: Arc<Accounts>) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(entrance))
        .routes(routes!(set_up))
        .routes(routes!(register))
        .routes(routes!(log_in))
        .routes(routes!(refresh))
        .routes(routes!(log_out))
        .with_state(accounts)
}

/// How to get in here.
#[utoipa::path(get, path = "/api/v1/auth", tag = "auth", security(()), responses(
    (status = 200, description = "How this server lets people in", body = Entrance),
))]
async fn entrance(State(accounts): State<Arc<Accounts>>) -> axum::Json<Entrance> {
    axum::Json(Entrance {
        registration: match accounts.registration_mode() {
            RegistrationMode::Open => RegistrationChoice::Open,
            RegistrationMode::Approval => RegistrationChoice::Approval,
            RegistrationMode::Closed => RegistrationChoice::Closed,
        },
        needs_setup: accounts.setup_token().is_some(),
        sends_letters: accounts.sends_letters(),
    })
}

/// Make the first admin.
#[utoipa::path(post, path = "/api/v1/setup", tag = "auth", security(()), request_body = SetupRequest, responses(
    (status = 201, description = "You are the admin", body = Tokens),
    (status = 401, description = "`unauthenticated`: not the token that the server printed", body = ErrorBody),
    (status = 409, description = "`already_set_up`, `username_taken`", body = ErrorBody),
))]
async fn set_up(
    State(accounts): State<Arc<Accounts>>,
    Json(request): Json<SetupRequest>,
) -> Result<(StatusCode, axum::Json<Tokens>), ApiError> {
    let registration = request.admin.try_into()?;
    let tokens = accounts.set_up(&request.token, registration).await?;
    Ok((StatusCode::CREATED, axum::Json(tokens.into())))
}

/// Make an account and log in. It may have to wait for approval: see `user.status`.
#[utoipa::path(post, path = "/api/v1/auth/register", tag = "auth", security(()), request_body = RegisterRequest, responses(
    (status = 201, description = "Made", body = Tokens),
    (status = 403, description = "`registration_closed`, `invalid_invite`, `policy_rejected`", body = ErrorBody),
    (status = 409, description = "`username_taken`", body = ErrorBody),
))]
async fn register(
    State(accounts): State<Arc<Accounts>>,
    Json(request): Json<RegisterRequest>,
) -> Result<(StatusCode, axum::Json<Tokens>), ApiError> {
    let tokens = accounts.register(request.try_into()?).await?;
    Ok((StatusCode::CREATED, axum::Json(tokens.into())))
}

/// Log in from a new device.
#[utoipa::path(post, path = "/api/v1/auth/login", tag = "auth", security(()), request_body = LoginRequest, responses(
    (status = 200, description = "Logged in", body = Tokens),
    (status = 401, description = "`bad_credentials`", body = ErrorBody),
    (status = 403, description = "`account_rejected`, `account_suspended`", body = ErrorBody),
    (status = 429, description = "`rate_limited`: too many wrong passwords", body = ErrorBody),
))]
async fn log_in(
    State(accounts): State<Arc<Accounts>>,
    guesser: Guesser,
    Json(request): Json<LoginRequest>,
) -> Result<axum::Json<Tokens>, ApiError> {
    let device_name = device_name(request.device_name)?;
    let credentials = (request.username.as_str(), request.password);
    let tokens = guesser.log_in(&accounts, credentials, device_name).await?;
    Ok(axum::Json(tokens.into()))
}

/// Give a refresh token for a new pair. One that was given before logs its device out.
#[utoipa::path(post, path = "/api/v1/auth/refresh", tag = "auth", security(()), request_body = RefreshRequest, responses(
    (status = 200, description = "Logged in for longer", body = Tokens),
    (status = 401, description = "`unauthenticated`: log in", body = ErrorBody),
    (status = 403, description = "`account_rejected`, `account_suspended`", body = ErrorBody),
))]
async fn refresh(
    State(accounts): State<Arc<Accounts>>,
    Json(request): Json<RefreshRequest>,
) -> Result<axum::Json<Tokens>, ApiError> {
    let tokens = accounts.refresh(&request.refresh_token).await?;
    Ok(axum::Json(tokens.into()))
}

/// Log this device out: its tokens and sockets end.
#[utoipa::path(post, path = "/api/v1/auth/logout", tag = "auth", responses(
    (status = 204, description = "Logged out"),
    (status = 401, description = "`unauthenticated`", body = ErrorBody),
))]
async fn log_out(
    State(accounts): State<Arc<Accounts>>,
    caller: PendingCaller,
) -> Result<StatusCode, ApiError> {
    accounts.log_out(caller.identity).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl TryFrom<RegisterRequest> for Registration {
    type Error = AccountError;

    fn try_from(request: RegisterRequest) -> Result<Self, AccountError> {
        let display_name = request.display_name.as_deref();
        Ok(Self {
            username: Username::parse(&request.username)?,
            password: Password::parse(request.password)?,
            display_name: display_name.map(DisplayName::parse).transpose()?,
            device_name: device_name(request.device_name)?,
            email: request.email,
            invite: request.invite,
        })
    }
}

impl From<TokenPair> for Tokens {
    fn from(pair: TokenPair) -> Self {
        Self {
            access_token: pair.access_token,
            access_expires_at: pair.access_expires_at,
            refresh_token: pair.refresh_token,
            refresh_expires_at: pair.refresh_expires_at,
            user: pair.user,
            device_id: pair.device_id,
        }
    }
}

fn device_name(name: Option<String>) -> Result<DeviceName, AccountError> {
    DeviceName::parse(name.as_deref().unwrap_or_default())
}

//! One's own account.

use std::sync::Arc;

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    caller::{Caller, PendingCaller},
    extract::Json,
};
use crate::{
    accounts::{Accounts, DisplayName},
    gateway::error::{ApiError, ErrorBody},
    model::Account,
};

/// What to change.
#[derive(Deserialize, ToSchema)]
struct ChangeMe {
    /// 1 to 80 characters.
    display_name: String,
}

pub(super) fn routes(accounts: Arc<Accounts>) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(me, change_me))
        .with_state(accounts)
}

/// One's own account as it is now.
#[utoipa::path(get, path = "/api/v1/me", tag = "me", responses(
    (status = 200, description = "The account", body = Account),
    (status = 401, description = "`unauthenticated`", body = ErrorBody),
))]
async fn me(caller: PendingCaller) -> axum::Json<Account> {
    axum::Json(caller.account)
}

/// Change the name to show.
#[utoipa::path(patch, path = "/api/v1/me", tag = "me", request_body = ChangeMe, responses(
    (status = 200, description = "Changed", body = Account),
    (status = 400, description = "`invalid_payload`", body = ErrorBody),
    (status = 401, description = "`unauthenticated`", body = ErrorBody),
    (status = 403, description = "`account_pending`", body = ErrorBody),
))]
async fn change_me(
    State(accounts): State<Arc<Accounts>>,
    caller: Caller,
    Json(change): Json<ChangeMe>,
) -> Result<axum::Json<Account>, ApiError> {
    let display_name = DisplayName::parse(&change.display_name)?;
    let account = accounts
        .rename(caller.account.user_id, &display_name)
        .await?;
    Ok(axum::Json(account))
}

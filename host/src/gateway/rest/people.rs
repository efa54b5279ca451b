//! Other people.

use std::sync::Arc;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    caller::Caller,
    extract::{Path, Query, checked_limit},
};
use crate::{
    accounts::Accounts,
    gateway::error::{ApiError, ErrorBody},
    model::{Profile, UserId},
};

/// Whom to look for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PeopleQuery {
    /// How the user name or the display name begins, whatever its case; everybody if empty.
    #[serde(default)]
    query: String,
    /// 1 to 100; 20 if absent.
    limit: Option<i64>,
}

/// Who was found.
#[derive(Serialize, ToSchema)]
struct People {
    /// By user name.
    users: Vec<Profile>,
}

pub(super) fn routes(accounts: Arc<Accounts>) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(people))
        .routes(routes!(person))
        .with_state(accounts)
}

/// Active people whose user name or display name begins so.
#[utoipa::path(get, path = "/api/v1/users", tag = "people", params(PeopleQuery), responses(
    (status = 200, description = "Who was found", body = People),
    (status = 401, description = "`unauthenticated`", body = ErrorBody),
    (status = 403, description = "`account_pending`", body = ErrorBody),
))]
async fn people(
    State(accounts): State<Arc<Accounts>>,
    _: Caller,
    Query(query): Query<PeopleQuery>,
) -> Result<axum::Json<People>, ApiError> {
    let limit = checked_limit(query.limit, 20, 100)?;
    let users = accounts.people(&query.query, limit).await?;
    Ok(axum::Json(People { users }))
}

/// An active person.
#[utoipa::path(get, path = "/api/v1/users/{user_id}", tag = "people",
    params(("user_id" = uuid::Uuid, Path, description = "Whom")), responses(
    (status = 200, description = "The person", body = Profile),
    (status = 401, description = "`unauthenticated`", body = ErrorBody),
    (status = 403, description = "`account_pending`", body = ErrorBody),
    (status = 404, description = "`not_found`", body = ErrorBody),
))]
async fn person(
    State(accounts): State<Arc<Accounts>>,
    _: Caller,
    Path(user_id): Path<UserId>,
) -> Result<axum::Json<Profile>, ApiError> {
    Ok(axum::Json(accounts.profile(user_id).await?))
}

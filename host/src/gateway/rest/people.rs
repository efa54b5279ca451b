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

/// In one answer.
const MAX_PEOPLE: i64 = 100;

/// Whom to look for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PeopleQuery {
    /// How the user name or the display name begins, whatever its case; everybody if empty.
    #[serde(default)]
    query: String,
    /// 1 to 100; 20 if absent.
    limit: Option<i64>,
    /// Instead of the others: up to 100 ids with commas between. Suspended people are found too, for their messages stay.
    ids: Option<String>,
}

/// Who was found.
#[derive(Serialize, ToSchema)]
struct People {
    /// By user name; in no order if asked for by ids.
    users: Vec<Profile>,
}

pub(super) fn routes(accounts: Arc<Accounts>) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(people))
        .routes(routes!(person))
        .with_state(accounts)
}

/// Active people whose user name or display name begins so, or people by their ids.
#[utoipa::path(get, path = "/api/v1/users", tag = "people", params(PeopleQuery), responses(
    (status = 200, description = "Who was found", body = People),
    (status = 400, description = "`invalid_payload`", body = ErrorBody),
    (status = 401, description = "`unauthenticated`", body = ErrorBody),
    (status = 403, description = "`account_pending`", body = ErrorBody),
))]
async fn people(
    State(accounts): State<Arc<Accounts>>,
    _: Caller,
    Query(query): Query<PeopleQuery>,
) -> Result<axum::Json<People>, ApiError> {
    let users = match query.ids {
        Some(ids) => accounts.profiles(&parse_ids(&ids)?).await?,
        None => {
            let limit = checked_limit(query.limit, 20, MAX_PEOPLE)?;
            accounts.people(&query.query, limit).await?
        }
    };
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

fn parse_ids(list: &str) -> Result<Vec<UserId>, ApiError> {
    let ids: Result<Vec<UserId>, _> = list.split(',').map(|id| id.parse().map(UserId)).collect();
    let ids = ids.map_err(|error| ApiError::invalid_payload(format!("ids: {error}")))?;
    if ids.len() > MAX_PEOPLE as usize {
        let message = format!("ids: are {}, must be 1 to {MAX_PEOPLE}", ids.len());
        return Err(ApiError::invalid_payload(message));
    }
    Ok(ids)
}

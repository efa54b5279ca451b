//! Calls that were, and for admins those that last.

use std::sync::Arc;

use axum::{
    extract::{FromRef, State},
    http::StatusCode,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    RestParts,
    admin::{DEFAULT_LIMIT, MAX_LIMIT, cut},
    caller::{AdminCaller, Caller},
    extract::{Path, Query, checked_limit},
};
use crate::{
    accounts::Accounts,
    calls::Calls,
    gateway::error::{ApiError, ErrorBody},
    model::{Call, CallId, Cursor, RoomId},
};

#[derive(Clone)]
struct Lines {
    accounts: Arc<Accounts>,
    calls: Arc<Calls>,
}

impl FromRef<Lines> for Arc<Accounts> {
    fn from_ref(lines: &Lines) -> Self {
        Self::clone(&lines.accounts)
    }
}

/// Which calls.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct CallsQuery {
    /// Of this room only.
    #[param(value_type = Option<uuid::Uuid>)]
    room_id: Option<RoomId>,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    before: Option<Cursor>,
    /// 1 to 200; 50 if absent.
    limit: Option<i64>,
}

/// A page of calls.
#[derive(Serialize, ToSchema)]
struct CallsPage {
    /// Newest first.
    calls: Vec<Call>,
    /// Ask with it for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    next: Option<Cursor>,
}

/// Calls that last.
#[derive(Serialize, ToSchema)]
struct LiveCalls {
    /// Oldest first.
    calls: Vec<Call>,
}

pub(super) fn routes(parts: &RestParts) -> OpenApiRouter {
    let lines = Lines {
        accounts: Arc::clone(&parts.accounts),
        calls: Arc::clone(&parts.calls),
    };
    OpenApiRouter::new()
        .routes(routes!(call_history))
        .routes(routes!(call))
        .routes(routes!(live_calls))
        .routes(routes!(end_call))
        .with_state(lines)
}

/// Calls that were for you.
#[utoipa::path(get, path = "/api/v1/calls", tag = "calls", params(CallsQuery), responses(
    (status = 200, description = "A page, newest first", body = CallsPage),
))]
async fn call_history(
    State(lines): State<Lines>,
    caller: Caller,
    Query(query): Query<CallsQuery>,
) -> Result<axum::Json<CallsPage>, ApiError> {
    let limit = checked_limit(query.limit, DEFAULT_LIMIT, MAX_LIMIT)?;
    let reader = caller.account.user_id;
    let history = lines
        .calls
        .history(reader, query.room_id, query.before, limit + 1);
    let mut calls = history.await?;
    let next = cut(&mut calls, limit).map(|last| Cursor {
        at: last.created_at,
        id: last.call_id.0,
    });
    Ok(axum::Json(CallsPage { calls, next }))
}

/// One of them, as it stands, with how media fared.
#[utoipa::path(get, path = "/api/v1/calls/{call_id}", tag = "calls",
    params(("call_id" = uuid::Uuid, Path, description = "Which")), responses(
    (status = 200, description = "The call", body = Call),
    (status = 404, description = "`not_found`", body = ErrorBody),
))]
async fn call(
    State(lines): State<Lines>,
    caller: Caller,
    Path(call_id): Path<CallId>,
) -> Result<axum::Json<Call>, ApiError> {
    let reader = caller.account.user_id;
    Ok(axum::Json(lines.calls.call(reader, call_id).await?))
}

/// Calls that last.
#[utoipa::path(get, path = "/api/v1/admin/calls", tag = "admin", responses(
    (status = 200, description = "At this moment", body = LiveCalls),
    (status = 403, description = "`forbidden`", body = ErrorBody),
))]
async fn live_calls(
    State(lines): State<Lines>,
    _: AdminCaller,
) -> Result<axum::Json<LiveCalls>, ApiError> {
    let calls = lines.calls.live().await?;
    Ok(axum::Json(LiveCalls { calls }))
}

/// End a call for everybody.
#[utoipa::path(post, path = "/api/v1/admin/calls/{call_id}/end", tag = "admin",
    params(("call_id" = uuid::Uuid, Path, description = "Which")), responses(
    (status = 204, description = "It is over"),
    (status = 403, description = "`forbidden`", body = ErrorBody),
    (status = 404, description = "`not_found`", body = ErrorBody),
    (status = 409, description = "`conflict`: it was over already", body = ErrorBody),
))]
async fn end_call(
    State(lines): State<Lines>,
    admin: AdminCaller,
    Path(call_id): Path<CallId>,
) -> Result<StatusCode, ApiError> {
    let by = admin.account.user_id;
    lines.calls.end_by_admin(by, call_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

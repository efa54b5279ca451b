//! The review of messages that policies held.

use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Rooms,
    admin::{DEFAULT_LIMIT, DecisionRequest, MAX_LIMIT, cut},
    caller::AdminCaller,
    extract::{Json, Path, Query, checked_limit},
};
use crate::{
    accounts::Reason,
    gateway::error::{ApiError, ErrorBody},
    model::{Cursor, HeldContext, HeldEntry, MessageId, SentMessage},
};

/// Which part of the queue.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct HeldQuery {
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// 1 to 200; 50 if absent.
    limit: Option<i64>,
}

/// A part of the queue.
#[derive(Serialize, ToSchema)]
struct HeldPage {
    /// Oldest first.
    messages: Vec<HeldEntry>,
    /// Ask with it for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    next: Option<Cursor>,
}

pub(super) fn routes(rooms: Rooms) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(held))
        .routes(routes!(held_context))
        .routes(routes!(release_held))
        .routes(routes!(reject_held))
        .with_state(rooms)
}

/// Messages that wait, oldest first.
#[utoipa::path(get, path = "/api/v1/admin/held", tag = "policies", params(HeldQuery), responses(
    (status = 200, description = "A page", body = HeldPage),
    (status = 403, description = "`forbidden`", body = ErrorBody),
))]
async fn held(
    State(rooms): State<Rooms>,
    _: AdminCaller,
    Query(query): Query<HeldQuery>,
) -> Result<axum::Json<HeldPage>, ApiError> {
    let limit = checked_limit(query.limit, DEFAULT_LIMIT, MAX_LIMIT)?;
    let mut messages = rooms.chat.held_messages(query.after, limit + 1).await?;
    let next = cut(&mut messages, limit).map(|last| Cursor {
        at: last.created_at,
        id: last.message_id.0,
    });
    Ok(axum::Json(HeldPage { messages, next }))
}

/// A message that waits, and what was said around it.
#[utoipa::path(get, path = "/api/v1/admin/held/{message_id}", tag = "policies",
    params(("message_id" = uuid::Uuid, Path, description = "Which")), responses(
    (status = 200, description = "In its context", body = HeldContext),
    (status = 403, description = "`forbidden`", body = ErrorBody),
    (status = 404, description = "`not_found`", body = ErrorBody),
    (status = 409, description = "`conflict`: decided already", body = ErrorBody),
))]
async fn held_context(
    State(rooms): State<Rooms>,
    _: AdminCaller,
    Path(message_id): Path<MessageId>,
) -> Result<axum::Json<HeldContext>, ApiError> {
    Ok(axum::Json(rooms.chat.held_context(message_id).await?))
}

/// Let a message through. It gets the next place in its room and keeps its time.
#[utoipa::path(post, path = "/api/v1/admin/held/{message_id}/release", tag = "policies",
    params(("message_id" = uuid::Uuid, Path, description = "Which")), responses(
    (status = 200, description = "Released", body = SentMessage),
    (status = 403, description = "`forbidden`", body = ErrorBody),
    (status = 404, description = "`not_found`", body = ErrorBody),
    (status = 409, description = "`conflict`: decided already, or the sender may not write there any more", body = ErrorBody),
))]
async fn release_held(
    State(rooms): State<Rooms>,
    admin: AdminCaller,
    Path(message_id): Path<MessageId>,
) -> Result<axum::Json<SentMessage>, ApiError> {
    let by = admin.account.user_id;
    Ok(axum::Json(rooms.chat.release_held(by, message_id).await?))
}

/// Refuse a message; the sender reads why.
#[utoipa::path(post, path = "/api/v1/admin/held/{message_id}/reject", tag = "policies", request_body = DecisionRequest,
    params(("message_id" = uuid::Uuid, Path, description = "Which")), responses(
    (status = 204, description = "Refused"),
    (status = 403, description = "`forbidden`", body = ErrorBody),
    (status = 404, description = "`not_found`", body = ErrorBody),
    (status = 409, description = "`conflict`: decided already", body = ErrorBody),
))]
async fn reject_held(
    State(rooms): State<Rooms>,
    admin: AdminCaller,
    Path(message_id): Path<MessageId>,
    Json(request): Json<DecisionRequest>,
) -> Result<StatusCode, ApiError> {
    let reason = request.reason.as_deref().map(Reason::parse).transpose()?;
    let reason = reason.flatten().map(Reason::into_string);
    let by = admin.account.user_id;
    rooms.chat.reject_held(by, message_id, reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! What was written: history, receipts, and what one missed.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Rooms,
    caller::Caller,
    extract::{Json, Path, Query, checked_limit},
};
use crate::{
    chat::Page,
    gateway::error::{ApiError, ErrorBody},
    model::{Message, MessageId, MessageReceipt, RoomId, SyncRequest, SyncResponse},
};

/// Which part of the history.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct HistoryQuery {
    /// The newest below this seq, newest first.
    before: Option<i64>,
    /// The oldest above this seq, oldest first. Neither: the newest.
    after: Option<i64>,
    /// 1 to 200; 50 if absent.
    limit: Option<i64>,
}

/// A part of the history.
#[derive(Serialize, ToSchema)]
struct HistoryAnswer {
    /// In the order asked for.
    messages: Vec<Message>,
    /// Whether there are more in that direction.
    has_more: bool,
}

/// Receipts of one message.
#[derive(Serialize, ToSchema)]
struct ReceiptsAnswer {
    /// One for each other member; without times for who has not received it.
    receipts: Vec<MessageReceipt>,
}

pub(super) fn routes(rooms: Rooms) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(history))
        .routes(routes!(message))
        .routes(routes!(receipts))
        .routes(routes!(sync))
        .with_state(rooms)
}

/// Messages of a room.
#[utoipa::path(get, path = "/api/v1/rooms/{room_id}/messages", tag = "messages",
    params(("room_id" = uuid::Uuid, Path, description = "Where"), HistoryQuery), responses(
    (status = 200, description = "What you may see of it", body = HistoryAnswer),
    (status = 404, description = "`not_found`", body = ErrorBody),
))]
async fn history(
    State(rooms): State<Rooms>,
    caller: Caller,
    Path(room_id): Path<RoomId>,
    Query(query): Query<HistoryQuery>,
) -> Result<axum::Json<HistoryAnswer>, ApiError> {
    let page = match (query.before, query.after) {
        (None, None) => Page::Newest,
        (Some(seq), None) => Page::Before(seq),
        (None, Some(seq)) => Page::After(seq),
        (Some(_), Some(_)) => {
            return Err(ApiError::invalid_payload("before, after: only one of them"));
        }
    };
    let limit = checked_limit(query.limit, 50, 200)?;
    let reader = caller.account.user_id;
    let part = rooms.chat.history(reader, room_id, page, limit).await?;
    Ok(axum::Json(HistoryAnswer {
        messages: part.messages,
        has_more: part.has_more,
    }))
}

/// One message: that which a reply answers, say.
#[utoipa::path(get, path = "/api/v1/rooms/{room_id}/messages/{message_id}", tag = "messages",
    params(
        ("room_id" = uuid::Uuid, Path, description = "Where"),
        ("message_id" = uuid::Uuid, Path, description = "Which"),
    ), responses(
    (status = 200, description = "The message", body = Message),
    (status = 404, description = "`not_found`", body = ErrorBody),
))]
async fn message(
    State(rooms): State<Rooms>,
    caller: Caller,
    Path((room_id, message_id)): Path<(RoomId, MessageId)>,
) -> Result<axum::Json<Message>, ApiError> {
    let reader = caller.account.user_id;
    let message = rooms.chat.message(reader, room_id, message_id).await?;
    Ok(axum::Json(message))
}

/// Who received and read a message, and when.
#[utoipa::path(get, path = "/api/v1/rooms/{room_id}/messages/{message_id}/receipts", tag = "messages",
    params(
        ("room_id" = uuid::Uuid, Path, description = "Where"),
        ("message_id" = uuid::Uuid, Path, description = "Which"),
    ), responses(
    (status = 200, description = "The receipts", body = ReceiptsAnswer),
    (status = 404, description = "`not_found`", body = ErrorBody),
))]
async fn receipts(
    State(rooms): State<Rooms>,
    caller: Caller,
    Path((room_id, message_id)): Path<(RoomId, MessageId)>,
) -> Result<axum::Json<ReceiptsAnswer>, ApiError> {
    let reader = caller.account.user_id;
    let receipts = rooms.chat.receipts(reader, room_id, message_id).await?;
    Ok(axum::Json(ReceiptsAnswer { receipts }))
}

/// What changed since the client's cursors; the socket's `sync`.
#[utoipa::path(post, path = "/api/v1/sync", tag = "messages", request_body = SyncRequest, responses(
    (status = 200, description = "What was missed", body = SyncResponse),
    (status = 400, description = "`invalid_payload`", body = ErrorBody),
))]
async fn sync(
    State(rooms): State<Rooms>,
    caller: Caller,
    Json(request): Json<SyncRequest>,
) -> Result<axum::Json<SyncResponse>, ApiError> {
    let reader = caller.account.user_id;
    Ok(axum::Json(rooms.chat.sync(reader, request).await?))
}

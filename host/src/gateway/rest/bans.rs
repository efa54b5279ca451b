//! Who may not come back into a group.

use axum::{extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Rooms,
    admin::DecisionRequest,
    caller::Caller,
    extract::{Json, Path},
};
use crate::{
    accounts::Reason,
    gateway::error::{ApiError, ErrorBody},
    model::{RoomBan, RoomId, UserId},
};

/// Whom a group keeps out.
#[derive(Serialize, ToSchema)]
struct Bans {
    /// Oldest first.
    bans: Vec<RoomBan>,
}

pub(super) fn routes(rooms: Rooms) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(bans))
        .routes(routes!(ban, unban))
        .with_state(rooms)
}

/// Whom a group keeps out (its admins).
#[utoipa::path(get, path = "/api/v1/rooms/{room_id}/bans", tag = "rooms",
    params(("room_id" = uuid::Uuid, Path, description = "Where")), responses(
    (status = 200, description = "The bans", body = Bans),
    (status = 403, description = "`forbidden`", body = ErrorBody),
    (status = 404, description = "`not_found`", body = ErrorBody),
))]
async fn bans(
    State(rooms): State<Rooms>,
    caller: Caller,
    Path(room_id): Path<RoomId>,
) -> Result<axum::Json<Bans>, ApiError> {
    let bans = rooms.chat.bans(caller.account.user_id, room_id).await?;
    Ok(axum::Json(Bans { bans }))
}

/// Take a person out of a group, if they belong to it, and keep them out (admins members, the owner anybody).
#[utoipa::path(put, path = "/api/v1/rooms/{room_id}/bans/{user_id}", tag = "rooms", request_body = DecisionRequest,
    params(("room_id" = uuid::Uuid, Path, description = "Where"), ("user_id" = uuid::Uuid, Path, description = "Whom")),
    responses(
    (status = 204, description = "Banned"),
    (status = 403, description = "`forbidden`", body = ErrorBody),
    (status = 404, description = "`not_found`", body = ErrorBody),
    (status = 409, description = "`conflict`: nobody bans themselves", body = ErrorBody),
))]
async fn ban(
    State(rooms): State<Rooms>,
    caller: Caller,
    Path((room_id, user_id)): Path<(RoomId, UserId)>,
    Json(request): Json<DecisionRequest>,
) -> Result<StatusCode, ApiError> {
    let reason = request.reason.as_deref().map(Reason::parse).transpose()?;
    let reason = reason.flatten().map(Reason::into_string);
    let by = caller.account.user_id;
    rooms.chat.ban(by, room_id, (user_id, reason)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Let a person be taken in again (the group's admins).
#[utoipa::path(delete, path = "/api/v1/rooms/{room_id}/bans/{user_id}", tag = "rooms",
    params(("room_id" = uuid::Uuid, Path, description = "Where"), ("user_id" = uuid::Uuid, Path, description = "Whom")),
    responses(
    (status = 204, description = "Lifted"),
    (status = 403, description = "`forbidden`", body = ErrorBody),
    (status = 404, description = "`not_found`", body = ErrorBody),
))]
async fn unban(
    State(rooms): State<Rooms>,
    caller: Caller,
    Path((room_id, user_id)): Path<(RoomId, UserId)>,
) -> Result<StatusCode, ApiError> {
    let by = caller.account.user_id;
    rooms.chat.unban(by, room_id, user_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

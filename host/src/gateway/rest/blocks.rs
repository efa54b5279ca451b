//! From whom one wants to hear nothing in private.

use axum::{extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Rooms, caller::Caller, extract::Path};
use crate::{
    gateway::error::{ApiError, ErrorBody},
    model::{Block, UserId},
};

/// Whom one blocks.
#[derive(Serialize, ToSchema)]
struct Blocks {
    /// Oldest first.
    blocks: Vec<Block>,
}

pub(super) fn routes(rooms: Rooms) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(blocks))
        .routes(routes!(block, unblock))
        .with_state(rooms)
}

/// Whom you block.
#[utoipa::path(get, path = "/api/v1/me/blocks", tag = "reach", responses(
    (status = 200, description = "Oldest first", body = Blocks),
    (status = 401, description = "`unauthenticated`", body = ErrorBody),
))]
async fn blocks(
    State(rooms): State<Rooms>,
    caller: Caller,
) -> Result<axum::Json<Blocks>, ApiError> {
    let blocks = rooms.chat.blocks(caller.account.user_id).await?;
    Ok(axum::Json(Blocks { blocks }))
}

/// Block a person: nothing of theirs reaches you in private, and they cannot tell.
#[utoipa::path(put, path = "/api/v1/me/blocks/{user_id}", tag = "reach",
    params(("user_id" = uuid::Uuid, Path, description = "Whom")), responses(
    (status = 204, description = "Blocked, perhaps before"),
    (status = 400, description = "`invalid_payload`: yourself", body = ErrorBody),
    (status = 404, description = "`not_found`", body = ErrorBody),
    (status = 413, description = "`too_large`: you block too many", body = ErrorBody),
))]
async fn block(
    State(rooms): State<Rooms>,
    caller: Caller,
    Path(user_id): Path<UserId>,
) -> Result<StatusCode, ApiError> {
    rooms.chat.block(caller.account.user_id, user_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// End a block. What was sent meanwhile does not come.
#[utoipa::path(delete, path = "/api/v1/me/blocks/{user_id}", tag = "reach",
    params(("user_id" = uuid::Uuid, Path, description = "Whom")), responses(
    (status = 204, description = "Not blocked, perhaps never"),
    (status = 401, description = "`unauthenticated`", body = ErrorBody),
))]
async fn unblock(
    State(rooms): State<Rooms>,
    caller: Caller,
    Path(user_id): Path<UserId>,
) -> Result<StatusCode, ApiError> {
    rooms.chat.unblock(caller.account.user_id, user_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! Who reaches one, and what others learn of what one reads.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Rooms, caller::Caller, extract::Json};
use crate::{
    gateway::error::{ApiError, ErrorBody},
    model::{Privacy, Reach},
};

/// What to change; what is absent stays.
#[derive(Deserialize, ToSchema)]
struct ChangePrivacy {
    /// Who may begin a private conversation with you.
    who_may_write: Option<Reach>,
    /// Who may call you.
    who_may_call: Option<Reach>,
    /// Whether others learn what you read. Who does not tell is not told either.
    read_receipts: Option<bool>,
}

pub(super) fn routes(rooms: Rooms) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(privacy, change_privacy))
        .with_state(rooms)
}

/// What you chose.
#[utoipa::path(get, path = "/api/v1/me/privacy", tag = "reach", responses(
    (status = 200, description = "Your choices", body = Privacy),
    (status = 401, description = "`unauthenticated`", body = ErrorBody),
))]
async fn privacy(State(rooms): State<Rooms>, caller: Caller) -> axum::Json<Privacy> {
    axum::Json(rooms.chat.privacy(caller.account.user_id))
}

/// Choose.
#[utoipa::path(patch, path = "/api/v1/me/privacy", tag = "reach", request_body = ChangePrivacy, responses(
    (status = 200, description = "Your choices now", body = Privacy),
    (status = 400, description = "`invalid_payload`", body = ErrorBody),
))]
async fn change_privacy(
    State(rooms): State<Rooms>,
    caller: Caller,
    Json(change): Json<ChangePrivacy>,
) -> Result<axum::Json<Privacy>, ApiError> {
    let user_id = caller.account.user_id;
    let old = rooms.chat.privacy(user_id);
    let new = Privacy {
        who_may_write: change.who_may_write.unwrap_or(old.who_may_write),
        who_may_call: change.who_may_call.unwrap_or(old.who_may_call),
        read_receipts: change.read_receipts.unwrap_or(old.read_receipts),
    };
    rooms.chat.set_privacy(user_id, new).await?;
    Ok(axum::Json(new))
}

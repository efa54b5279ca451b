//! Mutes, for admins.

use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    Rooms,
    admin::{DEFAULT_LIMIT, MAX_LIMIT, cut},
    caller::AdminCaller,
    extract::{Json, Path, Query, checked_limit},
};
use crate::{
    accounts::Reason,
    chat::{MutedBy, NewMute},
    gateway::error::{ApiError, ErrorBody},
    model::{Cursor, Mute, RoomId, UserId},
};

/// Which mutes.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct MutesQuery {
    /// Of this person only.
    #[param(value_type = Option<Uuid>)]
    user_id: Option<UserId>,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// 1 to 200; 50 if absent.
    limit: Option<i64>,
}

/// A part of the list.
#[derive(Serialize, ToSchema)]
struct MutesPage {
    /// Oldest first.
    mutes: Vec<Mute>,
    /// Ask with it for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    next: Option<Cursor>,
}

/// A mute to make.
#[derive(Deserialize, ToSchema)]
struct MuteRequest {
    /// Who.
    #[schema(value_type = Uuid)]
    user_id: UserId,
    /// Where; everywhere if absent.
    #[schema(value_type = Option<Uuid>)]
    room_id: Option<RoomId>,
    /// For how long: 1 to 316,224,000, which is ten years.
    seconds: i64,
    /// Up to 500 characters; the person reads it.
    reason: Option<String>,
}

pub(super) fn routes(rooms: Rooms) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(mutes, make_mute))
        .routes(routes!(lift_mute))
        .with_state(rooms)
}

/// Mutes in force, oldest first.
#[utoipa::path(get, path = "/api/v1/admin/mutes", tag = "admin", params(MutesQuery), responses(
    (status = 200, description = "A page", body = MutesPage),
    (status = 403, description = "`forbidden`", body = ErrorBody),
))]
async fn mutes(
    State(rooms): State<Rooms>,
    _: AdminCaller,
    Query(query): Query<MutesQuery>,
) -> Result<axum::Json<MutesPage>, ApiError> {
    let limit = checked_limit(query.limit, DEFAULT_LIMIT, MAX_LIMIT)?;
    let page = rooms.chat.mutes(query.user_id, query.after, limit + 1);
    let mut mutes = page.await?;
    let next = cut(&mut mutes, limit).map(|last| Cursor {
        at: last.created_at,
        id: last.mute_id,
    });
    Ok(axum::Json(MutesPage { mutes, next }))
}

/// Mute somebody, in the place of what mutes them there already.
#[utoipa::path(post, path = "/api/v1/admin/mutes", tag = "admin", request_body = MuteRequest, responses(
    (status = 201, description = "Muted", body = Mute),
    (status = 400, description = "`invalid_payload`", body = ErrorBody),
    (status = 403, description = "`forbidden`", body = ErrorBody),
    (status = 404, description = "`not_found`: no such person or room", body = ErrorBody),
))]
async fn make_mute(
    State(rooms): State<Rooms>,
    admin: AdminCaller,
    Json(request): Json<MuteRequest>,
) -> Result<(StatusCode, axum::Json<Mute>), ApiError> {
    let reason = request.reason.as_deref().map(Reason::parse).transpose()?;
    let new = NewMute {
        user_id: request.user_id,
        room_id: request.room_id,
        seconds: request.seconds,
        reason: reason.flatten().map(Reason::into_string),
        by: by(&admin),
    };
    Ok((StatusCode::CREATED, axum::Json(rooms.chat.mute(new).await?)))
}

/// Let somebody write again before their mute runs out.
#[utoipa::path(delete, path = "/api/v1/admin/mutes/{mute_id}", tag = "admin",
    params(("mute_id" = Uuid, Path, description = "Which")), responses(
    (status = 204, description = "Lifted"),
    (status = 403, description = "`forbidden`", body = ErrorBody),
    (status = 404, description = "`not_found`: it has run out, or was replaced or lifted", body = ErrorBody),
))]
async fn lift_mute(
    State(rooms): State<Rooms>,
    admin: AdminCaller,
    Path(mute_id): Path<Uuid>,
) -> Result<StatusCode, ApiError> {
    rooms.chat.lift_mute(mute_id, by(&admin)).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn by(admin: &AdminCaller) -> MutedBy {
    MutedBy {
        admin: Some(admin.account.user_id),
        policy: None,
    }
}

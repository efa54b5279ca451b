//! Rooms and their members.

use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Rooms,
    caller::Caller,
    extract::{Json, Path},
};
use crate::{
    chat::History,
    gateway::error::{ApiError, ErrorBody},
    model::{Member, MemberRole, RoomId, RoomSummary, UserId},
};

/// The room list.
#[derive(Serialize, ToSchema)]
struct RoomListAnswer {
    /// One's own rev, for `sync`.
    user_rev: i64,
    /// Newest activity first.
    rooms: Vec<RoomSummary>,
}

/// A room with its members.
#[derive(Serialize, ToSchema)]
struct RoomAnswer {
    /// As in the room list.
    room: RoomSummary,
    /// Who belongs to it.
    members: Vec<Member>,
}

/// Members.
#[derive(Serialize, ToSchema)]
struct MembersAnswer {
    /// Those who joined.
    members: Vec<Member>,
}

/// A group to make.
#[derive(Deserialize, ToSchema)]
struct NewGroup {
    /// 1 to 80 characters.
    name: RoomName,
    /// Who belongs to it besides you.
    #[serde(default)]
    member_ids: Vec<UserId>,
}

/// A group's new name.
#[derive(Deserialize, ToSchema)]
struct RenameGroup {
    /// 1 to 80 characters.
    name: RoomName,
}

/// People to take in.
#[derive(Deserialize, ToSchema)]
struct NewMembers {
    /// Who.
    user_ids: Vec<UserId>,
    /// What they see of the time before.
    #[serde(default)]
    history: HistoryChoice,
}

/// A member's new role.
#[derive(Deserialize, ToSchema)]
struct NewRole {
    /// `owner` is given away: whoever gives it becomes an admin.
    role: MemberRole,
}

/// What new members see of the time before.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum HistoryChoice {
    /// Messages from the join on.
    #[default]
    None,
    /// Everything.
    All,
}

/// A room's name: 1 to 80 characters, no control characters, no white space around it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(try_from = "String")]
struct RoomName(String);

pub(super) fn routes(rooms: Rooms) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(list_rooms, create_group))
        .routes(routes!(room, rename_group))
        .routes(routes!(add_members))
        .routes(routes!(set_role, remove_member))
        .with_state(rooms)
}

/// One's rooms, with last messages, unread counts and receipts.
#[utoipa::path(get, path = "/api/v1/rooms", tag = "rooms", responses(
    (status = 200, description = "Newest activity first", body = RoomListAnswer),
    (status = 401, description = "`unauthenticated`", body = ErrorBody),
    (status = 403, description = "`account_pending`", body = ErrorBody),
))]
async fn list_rooms(
    State(rooms): State<Rooms>,
    caller: Caller,
) -> Result<axum::Json<RoomListAnswer>, ApiError> {
    let list = rooms.chat.rooms(caller.account.user_id).await?;
    Ok(axum::Json(RoomListAnswer {
        user_rev: list.user_rev,
        rooms: list.rooms,
    }))
}

/// Make a group; you own it.
#[utoipa::path(post, path = "/api/v1/rooms", tag = "rooms", request_body = NewGroup, responses(
    (status = 201, description = "Made", body = RoomSummary),
    (status = 400, description = "`invalid_payload`", body = ErrorBody),
    (status = 404, description = "`not_found`: somebody is unknown or not active", body = ErrorBody),
    (status = 413, description = "`too_large`: too many members", body = ErrorBody),
))]
async fn create_group(
    State(rooms): State<Rooms>,
    caller: Caller,
    Json(group): Json<NewGroup>,
) -> Result<(StatusCode, axum::Json<RoomSummary>), ApiError> {
    let NewGroup { name, member_ids } = group;
    let summary = rooms
        .chat
        .create_group(caller.account.user_id, name.0, member_ids)
        .await?;
    Ok((StatusCode::CREATED, axum::Json(summary)))
}

/// A room and who belongs to it.
#[utoipa::path(get, path = "/api/v1/rooms/{room_id}", tag = "rooms",
    params(("room_id" = uuid::Uuid, Path, description = "Which")), responses(
    (status = 200, description = "The room", body = RoomAnswer),
    (status = 404, description = "`not_found`", body = ErrorBody),
))]
async fn room(
    State(rooms): State<Rooms>,
    caller: Caller,
    Path(room_id): Path<RoomId>,
) -> Result<axum::Json<RoomAnswer>, ApiError> {
    let (room, members) = rooms.chat.room(caller.account.user_id, room_id).await?;
    Ok(axum::Json(RoomAnswer { room, members }))
}

/// Rename a group (its admins).
#[utoipa::path(patch, path = "/api/v1/rooms/{room_id}", tag = "rooms", request_body = RenameGroup,
    params(("room_id" = uuid::Uuid, Path, description = "Which")), responses(
    (status = 200, description = "Renamed", body = RoomSummary),
    (status = 403, description = "`forbidden`", body = ErrorBody),
    (status = 404, description = "`not_found`", body = ErrorBody),
))]
async fn rename_group(
    State(rooms): State<Rooms>,
    caller: Caller,
    Path(room_id): Path<RoomId>,
    Json(change): Json<RenameGroup>,
) -> Result<axum::Json<RoomSummary>, ApiError> {
    let by = caller.account.user_id;
    let summary = rooms.chat.rename(by, room_id, change.name.0).await?;
    Ok(axum::Json(summary))
}

/// Take people into a group (its admins). Who belongs to it already stays as they are.
#[utoipa::path(post, path = "/api/v1/rooms/{room_id}/members", tag = "rooms", request_body = NewMembers,
    params(("room_id" = uuid::Uuid, Path, description = "Which")), responses(
    (status = 200, description = "Those who joined", body = MembersAnswer),
    (status = 403, description = "`forbidden`", body = ErrorBody),
    (status = 404, description = "`not_found`", body = ErrorBody),
    (status = 413, description = "`too_large`: too many members", body = ErrorBody),
))]
async fn add_members(
    State(rooms): State<Rooms>,
    caller: Caller,
    Path(room_id): Path<RoomId>,
    Json(new): Json<NewMembers>,
) -> Result<axum::Json<MembersAnswer>, ApiError> {
    let by = caller.account.user_id;
    let history = new.history.into();
    let members = rooms
        .chat
        .add_members(by, room_id, new.user_ids, history)
        .await?;
    Ok(axum::Json(MembersAnswer { members }))
}

/// Give a member another role (the owner).
#[utoipa::path(patch, path = "/api/v1/rooms/{room_id}/members/{user_id}", tag = "rooms", request_body = NewRole,
    params(("room_id" = uuid::Uuid, Path, description = "Where"), ("user_id" = uuid::Uuid, Path, description = "Whom")),
    responses(
    (status = 200, description = "Changed", body = Member),
    (status = 403, description = "`forbidden`", body = ErrorBody),
    (status = 404, description = "`not_found`", body = ErrorBody),
))]
async fn set_role(
    State(rooms): State<Rooms>,
    caller: Caller,
    Path((room_id, user_id)): Path<(RoomId, UserId)>,
    Json(new): Json<NewRole>,
) -> Result<axum::Json<Member>, ApiError> {
    let by = caller.account.user_id;
    let member = rooms.chat.set_role(by, room_id, user_id, new.role).await?;
    Ok(axum::Json(member))
}

/// Leave (yourself), or take a member out (admins members, the owner anybody).
#[utoipa::path(delete, path = "/api/v1/rooms/{room_id}/members/{user_id}", tag = "rooms",
    params(("room_id" = uuid::Uuid, Path, description = "Where"), ("user_id" = uuid::Uuid, Path, description = "Whom")),
    responses(
    (status = 204, description = "Gone"),
    (status = 403, description = "`forbidden`", body = ErrorBody),
    (status = 404, description = "`not_found`", body = ErrorBody),
    (status = 409, description = "`conflict`: the owner gives the group away first", body = ErrorBody),
))]
async fn remove_member(
    State(rooms): State<Rooms>,
    caller: Caller,
    Path((room_id, user_id)): Path<(RoomId, UserId)>,
) -> Result<StatusCode, ApiError> {
    let by = caller.account.user_id;
    rooms.chat.remove_member(by, room_id, user_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl TryFrom<String> for RoomName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let name = text.trim();
        let length = name.chars().count();
        if !(1..=80).contains(&length) {
            return Err(format!("is {length} characters, must be 1 to 80"));
        }
        if name.chars().any(char::is_control) {
            return Err("must not have control characters".to_owned());
        }
        Ok(Self(name.to_owned()))
    }
}

impl From<HistoryChoice> for History {
    fn from(choice: HistoryChoice) -> Self {
        match choice {
            HistoryChoice::None => Self::None,
            HistoryChoice::All => Self::All,
        }
    }
}

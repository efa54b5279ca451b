//! Invites, for admins.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    admin::{DEFAULT_LIMIT, MAX_LIMIT, cut},
    caller::AdminCaller,
    extract::{Json, Path, Query, checked_limit},
};
use crate::{
    accounts::{Accounts, NewInvite},
    gateway::error::{ApiError, ErrorBody},
    model::{Cursor, Invite},
};

/// Which part of the list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct InvitesQuery {
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// 1 to 200; 50 if absent.
    limit: Option<i64>,
}

/// A part of the list.
#[derive(Serialize, ToSchema)]
struct InvitesPage {
    /// Oldest first.
    invites: Vec<Invite>,
    /// Ask with it for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    next: Option<Cursor>,
}

/// An invite to make.
#[derive(Deserialize, ToSchema)]
struct InviteRequest {
    /// A note, up to 80 characters; policies see it.
    #[serde(default)]
    label: String,
    /// How many people may become active with it; any number if absent.
    max_uses: Option<i64>,
    /// How long it is valid; until it is revoked if absent.
    valid_seconds: Option<i64>,
}

pub(super) fn routes(accounts: Arc<Accounts>) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(invites, make_invite))
        .routes(routes!(revoke_invite))
        .with_state(accounts)
}

/// Invites, oldest first.
#[utoipa::path(get, path = "/api/v1/admin/invites", tag = "admin", params(InvitesQuery), responses(
    (status = 200, description = "A page", body = InvitesPage),
    (status = 403, description = "`forbidden`", body = ErrorBody),
))]
async fn invites(
    State(accounts): State<Arc<Accounts>>,
    _: AdminCaller,
    Query(query): Query<InvitesQuery>,
) -> Result<axum::Json<InvitesPage>, ApiError> {
    let limit = checked_limit(query.limit, DEFAULT_LIMIT, MAX_LIMIT)?;
    let mut invites = accounts.invites(query.after, limit + 1).await?;
    let next = cut(&mut invites, limit).map(|last| Cursor {
        at: last.created_at,
        id: last.invite_id,
    });
    Ok(axum::Json(InvitesPage { invites, next }))
}

/// Make an invite.
#[utoipa::path(post, path = "/api/v1/admin/invites", tag = "admin", request_body = InviteRequest, responses(
    (status = 201, description = "Made", body = Invite),
    (status = 400, description = "`invalid_payload`", body = ErrorBody),
    (status = 403, description = "`forbidden`", body = ErrorBody),
))]
async fn make_invite(
    State(accounts): State<Arc<Accounts>>,
    admin: AdminCaller,
    Json(request): Json<InviteRequest>,
) -> Result<(StatusCode, axum::Json<Invite>), ApiError> {
    let new = NewInvite {
        label: request.label,
        max_uses: request.max_uses,
        valid_seconds: request.valid_seconds,
    };
    let invite = accounts.invite(admin.account.user_id, new).await?;
    Ok((StatusCode::CREATED, axum::Json(invite)))
}

/// End an invite. Who waits with it is not touched.
#[utoipa::path(delete, path = "/api/v1/admin/invites/{invite_id}", tag = "admin",
    params(("invite_id" = Uuid, Path, description = "Which")), responses(
    (status = 204, description = "Ended"),
    (status = 403, description = "`forbidden`", body = ErrorBody),
    (status = 404, description = "`not_found`", body = ErrorBody),
))]
async fn revoke_invite(
    State(accounts): State<Arc<Accounts>>,
    admin: AdminCaller,
    Path(invite_id): Path<Uuid>,
) -> Result<StatusCode, ApiError> {
    accounts
        .revoke_invite(admin.account.user_id, invite_id)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

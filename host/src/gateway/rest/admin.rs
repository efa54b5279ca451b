//! For admins of the server: who waits, who may stay, what was decided.

use std::sync::Arc;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    caller::AdminCaller,
    extract::{Json, Path, Query, checked_limit},
    people::parse_ids,
};
use crate::{
    accounts::{Accounts, Decision, DecisionKind, Reason},
    gateway::error::{ApiError, ErrorBody},
    model::{Account, AccountFilter, AccountStatus, AuditEntry, Cursor, UserId},
};

pub(super) const DEFAULT_LIMIT: i64 = 50;
pub(super) const MAX_LIMIT: i64 = 200;

/// Which accounts.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AccountsQuery {
    /// Of this status only.
    #[param(inline)]
    status: Option<AccountStatus>,
    /// How the user name or the display name begins, whatever its case.
    #[serde(default)]
    query: String,
    /// Only these: up to 100 ids with commas between.
    ids: Option<String>,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// 1 to 200; 50 if absent.
    limit: Option<i64>,
}

/// A page of accounts.
#[derive(Serialize, ToSchema)]
struct AccountsPage {
    /// Oldest first.
    users: Vec<Account>,
    /// Ask with it for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    next: Option<Cursor>,
}

/// Which lines.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AuditQuery {
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    before: Option<Cursor>,
    /// 1 to 200; 50 if absent.
    limit: Option<i64>,
}

/// A page of the audit log.
#[derive(Serialize, ToSchema)]
struct AuditPage {
    /// Newest first.
    entries: Vec<AuditEntry>,
    /// Ask with it for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    next: Option<Cursor>,
}

/// Why.
#[derive(Deserialize, ToSchema)]
pub(super) struct DecisionRequest {
    /// Up to 500 characters; the person concerned reads it.
    pub(super) reason: Option<String>,
}

pub(super) fn routes(accounts: Arc<Accounts>) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(approve))
        .routes(routes!(reject))
        .routes(routes!(suspend))
        .routes(routes!(reinstate))
        .routes(routes!(audit))
        .with_state(accounts)
}

/// Accounts, oldest first.
#[utoipa::path(get, path = "/api/v1/admin/users", tag = "admin", params(AccountsQuery), responses(
    (status = 200, description = "A page", body = AccountsPage),
    (status = 403, description = "`forbidden`", body = ErrorBody),
))]
async fn list(
    State(accounts): State<Arc<Accounts>>,
    _: AdminCaller,
    Query(query): Query<AccountsQuery>,
) -> Result<axum::Json<AccountsPage>, ApiError> {
    let limit = checked_limit(query.limit, DEFAULT_LIMIT, MAX_LIMIT)?;
    let user_ids = query.ids.as_deref().map(parse_ids).transpose()?;
    let wanted = AccountFilter {
        status: query.status,
        prefix: query.query.trim(),
        user_ids: user_ids.as_deref().unwrap_or_default(),
    };
    let mut users = accounts.accounts(wanted, query.after, limit + 1).await?;
    let next = cut(&mut users, limit).map(|last| Cursor {
        at: last.created_at,
        id: last.user_id.0,
    });
    Ok(axum::Json(AccountsPage { users, next }))
}

/// What was decided, newest first.
#[utoipa::path(get, path = "/api/v1/admin/audit", tag = "admin", params(AuditQuery), responses(
    (status = 200, description = "A page", body = AuditPage),
    (status = 403, description = "`forbidden`", body = ErrorBody),
))]
async fn audit(
    State(accounts): State<Arc<Accounts>>,
    _: AdminCaller,
    Query(query): Query<AuditQuery>,
) -> Result<axum::Json<AuditPage>, ApiError> {
    let limit = checked_limit(query.limit, DEFAULT_LIMIT, MAX_LIMIT)?;
    let mut entries = accounts.audit_log(query.before, limit + 1).await?;
    let next = cut(&mut entries, limit).map(|last| Cursor {
        at: last.at,
        id: last.entry_id,
    });
    Ok(axum::Json(AuditPage { entries, next }))
}

/// One route for each decision.
macro_rules! decisions {
    ($($(#[$doc:meta])* $name:ident = $path:literal, $kind:expr;)*) => {$(
        $(#[$doc])*
        #[utoipa::path(post, path = $path, tag = "admin", request_body = DecisionRequest,
            params(("user_id" = uuid::Uuid, Path, description = "Whom")), responses(
            (status = 200, description = "Decided", body = Account),
            (status = 403, description = "`forbidden`", body = ErrorBody),
            (status = 404, description = "`not_found`", body = ErrorBody),
            (status = 409, description = "`conflict`: not in the status for it", body = ErrorBody),
        ))]
        async fn $name(
            State(accounts): State<Arc<Accounts>>,
            admin: AdminCaller,
            Path(user_id): Path<UserId>,
            Json(request): Json<DecisionRequest>,
        ) -> Result<axum::Json<Account>, ApiError> {
            let decision = Decision {
                by: admin.account.user_id,
                user_id,
                kind: $kind,
                reason: request.reason.as_deref().map(Reason::parse).transpose()?.flatten(),
            };
            Ok(axum::Json(accounts.decide(decision).await?))
        }
    )*};
}

decisions! {
    /// Let somebody in who waits or was refused.
    approve = "/api/v1/admin/users/{user_id}/approve", DecisionKind::Approve;
    /// Refuse somebody who waits.
    reject = "/api/v1/admin/users/{user_id}/reject", DecisionKind::Reject;
    /// Lock somebody out. The last active admin cannot be.
    suspend = "/api/v1/admin/users/{user_id}/suspend", DecisionKind::Suspend;
    /// Let somebody in again who was suspended.
    reinstate = "/api/v1/admin/users/{user_id}/reinstate", DecisionKind::Reinstate;
}

/// Cuts a list that may be one too long; gives the last that stays if there are more.
pub(super) fn cut<T>(items: &mut Vec<T>, limit: i64) -> Option<&T> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = items.len() > limit;
    items.truncate(limit);
    items.last().filter(|_| has_more)
}

//! The server at a glance, for admins.

use std::sync::Arc;

use axum::extract::{FromRef, State};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{RestParts, caller::AdminCaller};
use crate::{
    accounts::Accounts,
    chat::Chat,
    gateway::error::{ApiError, ErrorBody},
    metrics::Metrics,
    model::{AccountCounts, Timestamp},
};

#[derive(Clone)]
struct Glance {
    accounts: Arc<Accounts>,
    chat: Arc<Chat>,
    metrics: Arc<Metrics>,
    started_at: Timestamp,
}

impl FromRef<Glance> for Arc<Accounts> {
    fn from_ref(glance: &Glance) -> Self {
        Self::clone(&glance.accounts)
    }
}

/// What the server is, and what waits for an admin.
#[derive(Serialize, ToSchema)]
struct Overview {
    /// Natter's.
    version: &'static str,
    /// When it was started.
    started_at: Timestamp,
    /// `SQLite` or `PostgreSQL`.
    database: &'static str,
    /// Sockets that are connected.
    sessions: i64,
    /// How many accounts there are.
    accounts: AccountCounts,
    /// Messages that policies hold.
    held: i64,
    /// Reported messages that nobody has decided on.
    reports: i64,
}

pub(super) fn routes(parts: &RestParts) -> OpenApiRouter {
    let glance = Glance {
        accounts: Arc::clone(&parts.accounts),
        chat: Arc::clone(&parts.chat),
        metrics: Arc::clone(&parts.metrics),
        started_at: Timestamp::now(),
    };
    OpenApiRouter::new()
        .routes(routes!(overview))
        .with_state(glance)
}

/// What the server is, and what waits for an admin.
#[utoipa::path(get, path = "/api/v1/admin/overview", tag = "admin", responses(
    (status = 200, description = "At this moment", body = Overview),
    (status = 403, description = "`forbidden`", body = ErrorBody),
))]
async fn overview(
    State(glance): State<Glance>,
    _: AdminCaller,
) -> Result<axum::Json<Overview>, ApiError> {
    Ok(axum::Json(Overview {
        version: env!("CARGO_PKG_VERSION"),
        started_at: glance.started_at,
        database: glance.accounts.database(),
        sessions: glance.metrics.live_sessions(),
        accounts: glance.accounts.account_counts().await?,
        held: glance.chat.held_count().await?,
        reports: glance.chat.report_count().await?,
    }))
}

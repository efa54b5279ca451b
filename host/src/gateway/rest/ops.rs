//! For whoever runs the server: is it alive, may it get traffic, what does it count.

use std::sync::Arc;

use axum::{extract::State, http::header, response::IntoResponse};
use tokio_util::sync::CancellationToken;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::RestParts;
use crate::{
    accounts::Accounts,
    gateway::error::{ApiError, ErrorBody},
    metrics::Metrics,
};

#[derive(Clone)]
struct Ops {
    accounts: Arc<Accounts>,
    draining: CancellationToken,
    metrics: Arc<Metrics>,
}

pub(super) fn routes(parts: &RestParts) -> OpenApiRouter {
    let ops = Ops {
        accounts: Arc::clone(&parts.accounts),
        draining: parts.draining.clone(),
        metrics: Arc::clone(&parts.metrics),
    };
    OpenApiRouter::new()
        .routes(routes!(healthz))
        .routes(routes!(readyz))
        .routes(routes!(metrics))
        .with_state(ops)
}

/// Whether the process lives.
#[utoipa::path(get, path = "/healthz", tag = "operations", security(()), responses(
    (status = 200, description = "It does", body = String, content_type = "text/plain"),
))]
async fn healthz() -> &'static str {
    "ok"
}

/// Whether it may get traffic: the database answers, and the server is not stopping.
#[utoipa::path(get, path = "/readyz", tag = "operations", security(()), responses(
    (status = 200, description = "It may", body = String, content_type = "text/plain"),
    (status = 503, description = "`draining` or `overloaded`", body = ErrorBody),
))]
async fn readyz(State(ops): State<Ops>) -> Result<&'static str, ApiError> {
    if ops.draining.is_cancelled() {
        return Err(ApiError::draining());
    }
    ops.accounts.ping().await?;
    Ok("ready")
}

/// What the server counts, for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "operations", security(()), responses(
    (status = 200, description = "OpenMetrics text", body = String,
        content_type = "application/openmetrics-text"),
))]
async fn metrics(State(ops): State<Ops>) -> impl IntoResponse {
    const FORMAT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, FORMAT)], ops.metrics.render())
}

//! Reported messages: by whoever reads them, for admins.

use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    Rooms,
    admin::{DEFAULT_LIMIT, DecisionRequest, MAX_LIMIT, cut},
    caller::{AdminCaller, Caller},
    extract::{Json, Path, Query, checked_limit},
};
use crate::{
    accounts::Reason,
    gateway::error::{ApiError, ErrorBody},
    model::{Cursor, MessageId, Report, ReportContext, ReportDecision, RoomId},
};

/// Which part of the queue.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ReportsQuery {
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// 1 to 200; 50 if absent.
    limit: Option<i64>,
}

/// A part of the queue.
#[derive(Serialize, ToSchema)]
struct ReportsPage {
    /// Oldest first.
    reports: Vec<Report>,
    /// Ask with it for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    next: Option<Cursor>,
}

/// A message to report.
#[derive(Deserialize, ToSchema)]
struct ReportRequest {
    /// Up to 500 characters, for the admins.
    reason: Option<String>,
}

/// What came of it.
#[derive(Serialize, ToSchema)]
struct Reported {
    /// Names the report; the same if you reported this message before.
    report_id: Uuid,
}

pub(super) fn routes(rooms: Rooms) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(report))
        .routes(routes!(reports))
        .routes(routes!(report_context))
        .routes(routes!(dismiss_report))
        .routes(routes!(delete_reported))
        .with_state(rooms)
}

/// Show a message, with up to five others on each side of it, to the server's admins.
#[utoipa::path(post, path = "/api/v1/rooms/{room_id}/messages/{message_id}/report", tag = "reach",
    request_body = ReportRequest, params(
        ("room_id" = Uuid, Path, description = "Where"),
        ("message_id" = Uuid, Path, description = "Which"),
    ), responses(
    (status = 201, description = "Reported", body = Reported),
    (status = 404, description = "`not_found`", body = ErrorBody),
    (status = 409, description = "`conflict`: it is deleted, or your own", body = ErrorBody),
    (status = 413, description = "`too_large`: too many reports of yours wait", body = ErrorBody),
))]
async fn report(
    State(rooms): State<Rooms>,
    caller: Caller,
    Path(message): Path<(RoomId, MessageId)>,
    Json(request): Json<ReportRequest>,
) -> Result<(StatusCode, axum::Json<Reported>), ApiError> {
    let reason = request.reason.as_deref().map(Reason::parse).transpose()?;
    let reason = reason.flatten().map(Reason::into_string);
    let reporter = caller.account.user_id;
    let report_id = rooms.chat.report(reporter, message, reason).await?;
    Ok((StatusCode::CREATED, axum::Json(Reported { report_id })))
}

/// Reported messages that wait, oldest first.
#[utoipa::path(get, path = "/api/v1/admin/reports", tag = "admin", params(ReportsQuery), responses(
    (status = 200, description = "A page", body = ReportsPage),
    (status = 403, description = "`forbidden`", body = ErrorBody),
))]
async fn reports(
    State(rooms): State<Rooms>,
    _: AdminCaller,
    Query(query): Query<ReportsQuery>,
) -> Result<axum::Json<ReportsPage>, ApiError> {
    let limit = checked_limit(query.limit, DEFAULT_LIMIT, MAX_LIMIT)?;
    let mut reports = rooms.chat.reports(query.after, limit + 1).await?;
    let next = cut(&mut reports, limit).map(|last| Cursor {
        at: last.created_at,
        id: last.report_id,
    });
    Ok(axum::Json(ReportsPage { reports, next }))
}

/// A report with what its reporter saw, as long as it waits.
#[utoipa::path(get, path = "/api/v1/admin/reports/{report_id}", tag = "admin",
    params(("report_id" = Uuid, Path, description = "Which")), responses(
    (status = 200, description = "In its context", body = ReportContext),
    (status = 403, description = "`forbidden`", body = ErrorBody),
    (status = 404, description = "`not_found`", body = ErrorBody),
))]
async fn report_context(
    State(rooms): State<Rooms>,
    _: AdminCaller,
    Path(report_id): Path<Uuid>,
) -> Result<axum::Json<ReportContext>, ApiError> {
    Ok(axum::Json(rooms.chat.report_context(report_id).await?))
}

/// Let the message stand. All reports of it that wait are decided by that.
#[utoipa::path(post, path = "/api/v1/admin/reports/{report_id}/dismiss", tag = "admin", request_body = DecisionRequest,
    params(("report_id" = Uuid, Path, description = "Which")), responses(
    (status = 204, description = "Decided"),
    (status = 403, description = "`forbidden`", body = ErrorBody),
    (status = 404, description = "`not_found`", body = ErrorBody),
    (status = 409, description = "`conflict`: decided already", body = ErrorBody),
))]
async fn dismiss_report(
    State(rooms): State<Rooms>,
    admin: AdminCaller,
    Path(report_id): Path<Uuid>,
    Json(request): Json<DecisionRequest>,
) -> Result<StatusCode, ApiError> {
    decide(
        &rooms,
        &admin,
        report_id,
        (ReportDecision::Dismissed, request),
    )
    .await
}

/// Delete the message, for everybody. All reports of it that wait are decided by that.
#[utoipa::path(post, path = "/api/v1/admin/reports/{report_id}/delete_message", tag = "admin",
    request_body = DecisionRequest, params(("report_id" = Uuid, Path, description = "Which")), responses(
    (status = 204, description = "Decided"),
    (status = 403, description = "`forbidden`", body = ErrorBody),
    (status = 404, description = "`not_found`", body = ErrorBody),
    (status = 409, description = "`conflict`: decided already", body = ErrorBody),
))]
async fn delete_reported(
    State(rooms): State<Rooms>,
    admin: AdminCaller,
    Path(report_id): Path<Uuid>,
    Json(request): Json<DecisionRequest>,
) -> Result<StatusCode, ApiError> {
    decide(
        &rooms,
        &admin,
        report_id,
        (ReportDecision::Deleted, request),
    )
    .await
}

async fn decide(
    rooms: &Rooms,
    admin: &AdminCaller,
    report_id: Uuid,
    (decision, request): (ReportDecision, DecisionRequest),
) -> Result<StatusCode, ApiError> {
    let reason = request.reason.as_deref().map(Reason::parse).transpose()?;
    let reason = reason.flatten().map(Reason::into_string);
    let by = admin.account.user_id;
    rooms
        .chat
        .decide_report(by, report_id, (decision, reason))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

//! What one is logged in with.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    caller::Caller,
    extract::{Json, Path},
};
use crate::{
    accounts::{Accounts, DeviceName},
    gateway::error::{ApiError, ErrorBody},
    model::{Device, DeviceId},
};

/// What one is logged in with.
#[derive(Serialize, ToSchema)]
struct Devices {
    /// Newest first.
    devices: Vec<Device>,
}

/// A device's other name.
#[derive(Deserialize, ToSchema)]
struct RenameDevice {
    /// Up to 80 characters.
    name: String,
}

/// What was logged out.
#[derive(Serialize, ToSchema)]
struct Revoked {
    /// How many devices.
    revoked: u64,
}

pub(super) fn routes(accounts: Arc<Accounts>) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(devices, revoke_other_devices))
        .routes(routes!(rename_device, revoke_device))
        .with_state(accounts)
}

/// What you are logged in with.
#[utoipa::path(get, path = "/api/v1/me/devices", tag = "me", responses(
    (status = 200, description = "Newest first", body = Devices),
    (status = 401, description = "`unauthenticated`", body = ErrorBody),
))]
async fn devices(
    State(accounts): State<Arc<Accounts>>,
    caller: Caller,
) -> Result<axum::Json<Devices>, ApiError> {
    let devices = accounts.devices(caller.identity).await?;
    Ok(axum::Json(Devices { devices }))
}

/// Log every device out but this one: their tokens and sockets end.
#[utoipa::path(delete, path = "/api/v1/me/devices", tag = "me", responses(
    (status = 200, description = "Logged out", body = Revoked),
    (status = 401, description = "`unauthenticated`", body = ErrorBody),
))]
async fn revoke_other_devices(
    State(accounts): State<Arc<Accounts>>,
    caller: Caller,
) -> Result<axum::Json<Revoked>, ApiError> {
    let revoked = accounts.revoke_other_devices(caller.identity).await?;
    Ok(axum::Json(Revoked { revoked }))
}

/// Give a device of yours another name.
#[utoipa::path(patch, path = "/api/v1/me/devices/{device_id}", tag = "me", request_body = RenameDevice,
    params(("device_id" = Uuid, Path, description = "Which")), responses(
    (status = 204, description = "Renamed"),
    (status = 400, description = "`invalid_payload`", body = ErrorBody),
    (status = 404, description = "`not_found`", body = ErrorBody),
))]
async fn rename_device(
    State(accounts): State<Arc<Accounts>>,
    caller: Caller,
    Path(device_id): Path<Uuid>,
    Json(rename): Json<RenameDevice>,
) -> Result<StatusCode, ApiError> {
    let name = DeviceName::parse(&rename.name)?;
    accounts
        .rename_device(caller.identity, DeviceId(device_id), &name)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Log a device of yours out: its tokens and sockets end.
#[utoipa::path(delete, path = "/api/v1/me/devices/{device_id}", tag = "me",
    params(("device_id" = Uuid, Path, description = "Which")), responses(
    (status = 204, description = "Logged out"),
    (status = 404, description = "`not_found`", body = ErrorBody),
))]
async fn revoke_device(
    State(accounts): State<Arc<Accounts>>,
    caller: Caller,
    Path(device_id): Path<Uuid>,
) -> Result<StatusCode, ApiError> {
    accounts
        .revoke_device(caller.identity, DeviceId(device_id))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

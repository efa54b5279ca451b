//! Changing plugins, for admins: upload, config, rollback, on and off, removal.

use axum::{
    Extension,
    extract::{DefaultBodyLimit, FromRequestParts, State},
    http::{StatusCode, request::Parts},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    caller::AdminCaller,
    extract::{BodyLimits, Json, Path},
    plugins::Plugins,
};
use crate::{
    gateway::error::{ApiError, ErrorBody, ErrorCode},
    guard::Guard,
    model::policy::PluginStatus,
    policy::{Change, files::Switch},
};

/// The text of settings, and what JSON puts around it.
const AROUND_COMPONENT_BYTES: usize = 256 * 1024;

/// An admin, where admins may upload.
struct Uploader(AdminCaller);

/// A component to be installed.
#[derive(Deserialize, ToSchema)]
struct UploadRequest {
    /// The component, in base64.
    component: String,
    /// The text of its `.toml`: grants, scope, priority, config; without it what the plugin has stays.
    settings: Option<String>,
}

/// What an active plugin is configured by, and with.
#[derive(Serialize, ToSchema)]
struct ConfigAnswer {
    /// JSON Schema of `config`; absent if it has none, and then any object is taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    schema: Option<serde_json::Value>,
    /// The table `[config]` of its settings.
    #[schema(value_type = Object)]
    config: serde_json::Value,
}

/// Another config.
#[derive(Deserialize, ToSchema)]
struct ConfigRequest {
    /// The whole table; it must fit the schema.
    config: serde_json::Map<String, serde_json::Value>,
}

pub(super) fn routes(plugins: Plugins, limits: BodyLimits) -> OpenApiRouter {
    let bytes = plugins.upload_bytes.div_ceil(3) * 4 + AROUND_COMPONENT_BYTES;
    let upload = OpenApiRouter::new()
        .routes(routes!(upload_plugin, remove_plugin))
        .layer(DefaultBodyLimit::max(bytes))
        .layer(Extension(BodyLimits { bytes, ..limits }));
    OpenApiRouter::new()
        .routes(routes!(plugin_config, configure_plugin))
        .routes(routes!(roll_back_plugin))
        .routes(routes!(enable_plugin))
        .routes(routes!(disable_plugin))
        .merge(upload)
        .with_state(plugins)
}

impl FromRequestParts<Plugins> for Uploader {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, plugins: &Plugins) -> Result<Self, ApiError> {
        let admin = AdminCaller::from_request_parts(parts, plugins).await?;
        if !Guard::UploadsAllowed.admits(plugins.upload_bytes > 0) {
            return Err(ApiError::forbidden(
                "this server takes no uploads: policies.upload_bytes is 0",
            ));
        }
        Ok(Self(admin))
    }
}

/// Check a component as `natter plugin install` does, put it into the folder, and make it active.
#[utoipa::path(put, path = "/api/v1/admin/plugins/{name}", tag = "policies", request_body = UploadRequest,
    params(("name" = String, Path, description = "New, or of the plugin that it takes the place of")), responses(
    (status = 200, description = "It is active, unless its settings say otherwise", body = PluginStatus),
    (status = 400, description = "`invalid_payload`: the name, component or settings cannot be used; nothing was changed", body = ErrorBody),
    (status = 403, description = "`forbidden`, also where `policies.upload_bytes` is 0", body = ErrorBody),
    (status = 409, description = "`conflict`: the folder cannot be written", body = ErrorBody),
    (status = 413, description = "`too_large`: over `policies.upload_bytes`", body = ErrorBody),
))]
async fn upload_plugin(
    State(plugins): State<Plugins>,
    Uploader(admin): Uploader,
    Path(name): Path<String>,
    Json(request): Json<UploadRequest>,
) -> Result<axum::Json<PluginStatus>, ApiError> {
    let component = BASE64_STANDARD.decode(request.component);
    let component = component
        .map_err(|error| ApiError::invalid_payload(format!("component: not base64: {error}")))?;
    let (bytes, limit) = (component.len(), plugins.upload_bytes);
    if bytes > limit {
        let message = format!("component is {bytes} bytes, limit {limit}");
        return Err(ApiError::too_large(message));
    }
    let change = Change::Install {
        component,
        settings: request.settings,
    };
    changed(&plugins, &admin, &name, change).await
}

/// Switch a plugin off and delete its files. What it remembers stays.
#[utoipa::path(delete, path = "/api/v1/admin/plugins/{name}", tag = "policies",
    params(("name" = String, Path, description = "Which")), responses(
    (status = 204, description = "Done"),
    (status = 403, description = "`forbidden`", body = ErrorBody),
    (status = 404, description = "`not_found`", body = ErrorBody),
    (status = 409, description = "`conflict`: why not", body = ErrorBody),
))]
async fn remove_plugin(
    State(plugins): State<Plugins>,
    admin: AdminCaller,
    Path(name): Path<String>,
) -> Result<StatusCode, ApiError> {
    let removing = plugins
        .policies
        .change(&admin.account, &name, Change::Remove);
    removing.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What an active plugin is configured by, and with.
#[utoipa::path(get, path = "/api/v1/admin/plugins/{name}/config", tag = "policies",
    params(("name" = String, Path, description = "Which")), responses(
    (status = 200, description = "Schema and config", body = ConfigAnswer),
    (status = 403, description = "`forbidden`", body = ErrorBody),
    (status = 404, description = "`not_found`: no such plugin, or it is not active", body = ErrorBody),
))]
async fn plugin_config(
    State(plugins): State<Plugins>,
    _: AdminCaller,
    Path(name): Path<String>,
) -> Result<axum::Json<ConfigAnswer>, ApiError> {
    let found = plugins.policies.config(&name)?;
    Ok(axum::Json(ConfigAnswer {
        schema: found.schema,
        config: found.config,
    }))
}

/// Give a plugin another config: checked, written to its settings, and in force.
#[utoipa::path(put, path = "/api/v1/admin/plugins/{name}/config", tag = "policies", request_body = ConfigRequest,
    params(("name" = String, Path, description = "Which")), responses(
    (status = 200, description = "It is in force", body = PluginStatus),
    (status = 400, description = "`invalid_payload`: it does not fit; nothing was changed", body = ErrorBody),
    (status = 403, description = "`forbidden`", body = ErrorBody),
    (status = 404, description = "`not_found`: no such plugin, or it was never active", body = ErrorBody),
    (status = 409, description = "`conflict`: its settings cannot be written", body = ErrorBody),
))]
async fn configure_plugin(
    State(plugins): State<Plugins>,
    admin: AdminCaller,
    Path(name): Path<String>,
    Json(request): Json<ConfigRequest>,
) -> Result<axum::Json<PluginStatus>, ApiError> {
    changed(&plugins, &admin, &name, Change::Configure(request.config)).await
}

/// Make the version active that was before. The file's is not loaded again until it changes.
#[utoipa::path(post, path = "/api/v1/admin/plugins/{name}/rollback", tag = "policies",
    params(("name" = String, Path, description = "Which")), responses(
    (status = 200, description = "It is active", body = PluginStatus),
    (status = 403, description = "`forbidden`", body = ErrorBody),
    (status = 404, description = "`not_found`", body = ErrorBody),
    (status = 409, description = "`conflict`: why not; nothing was changed", body = ErrorBody),
))]
async fn roll_back_plugin(
    State(plugins): State<Plugins>,
    admin: AdminCaller,
    Path(name): Path<String>,
) -> Result<axum::Json<PluginStatus>, ApiError> {
    changed(&plugins, &admin, &name, Change::RollBack).await
}

/// Have a plugin asked again, by the version that was active last.
#[utoipa::path(post, path = "/api/v1/admin/plugins/{name}/enable", tag = "policies",
    params(("name" = String, Path, description = "Which")), responses(
    (status = 200, description = "It is active", body = PluginStatus),
    (status = 400, description = "`invalid_payload`: its settings cannot be used", body = ErrorBody),
    (status = 403, description = "`forbidden`", body = ErrorBody),
    (status = 404, description = "`not_found`: no such plugin, or it was never active", body = ErrorBody),
    (status = 409, description = "`conflict`: why not; nothing was changed", body = ErrorBody),
))]
async fn enable_plugin(
    State(plugins): State<Plugins>,
    admin: AdminCaller,
    Path(name): Path<String>,
) -> Result<axum::Json<PluginStatus>, ApiError> {
    changed(&plugins, &admin, &name, Change::Switch(Switch::On)).await
}

/// Have a plugin asked no more. Its files, and what it remembers, stay.
#[utoipa::path(post, path = "/api/v1/admin/plugins/{name}/disable", tag = "policies",
    params(("name" = String, Path, description = "Which")), responses(
    (status = 200, description = "It is switched off", body = PluginStatus),
    (status = 400, description = "`invalid_payload`: its settings cannot be used", body = ErrorBody),
    (status = 403, description = "`forbidden`", body = ErrorBody),
    (status = 404, description = "`not_found`", body = ErrorBody),
    (status = 409, description = "`conflict`: its settings cannot be written", body = ErrorBody),
))]
async fn disable_plugin(
    State(plugins): State<Plugins>,
    admin: AdminCaller,
    Path(name): Path<String>,
) -> Result<axum::Json<PluginStatus>, ApiError> {
    changed(&plugins, &admin, &name, Change::Switch(Switch::Off)).await
}

/// Changes a plugin, and answers how it is then.
async fn changed(
    plugins: &Plugins,
    admin: &AdminCaller,
    name: &str,
    change: Change,
) -> Result<axum::Json<PluginStatus>, ApiError> {
    plugins
        .policies
        .change(&admin.account, name, change)
        .await?;
    let mut statuses = plugins.policies.statuses().into_iter();
    let status = statuses.find(|it| &*it.name == name);
    let status =
        status.ok_or_else(|| ApiError::new(ErrorCode::NotFound, "it was removed since"))?;
    Ok(axum::Json(status))
}

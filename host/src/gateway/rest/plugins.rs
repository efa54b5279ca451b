//! Plugins for admins: how they are, what they say and decide, their panels; and the slash commands, for everybody.
//!
//! Not here: changing them (`plugin_changes`).

use std::sync::Arc;

use axum::extract::{FromRef, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    admin::{DEFAULT_LIMIT, MAX_LIMIT, cut},
    caller::{AdminCaller, Caller},
    extract::{Json, Path, Query, checked_limit},
};
use crate::{
    accounts::Accounts,
    chat::ChatError,
    effects::{EffectError, Effects},
    gateway::error::{ApiError, ErrorBody, ErrorCode},
    model::{
        Cursor, DecisionId,
        policy::{
            ActionRequest, CommandInfo, DecisionRecord, Effect, LogLine, PluginPanels, PluginStatus,
        },
    },
    policy::Policies,
};

/// What these routes work with.
#[derive(Clone)]
pub(super) struct Plugins {
    pub(super) accounts: Arc<Accounts>,
    pub(super) policies: Arc<Policies>,
    pub(super) effects: Effects,
    pub(super) upload_bytes: usize,
}

impl FromRef<Plugins> for Arc<Accounts> {
    fn from_ref(plugins: &Plugins) -> Self {
        Self::clone(&plugins.accounts)
    }
}

/// Every plugin.
#[derive(Serialize, ToSchema)]
struct PluginsAnswer {
    /// By name.
    plugins: Vec<PluginStatus>,
    /// The largest component that may be uploaded; 0: none.
    upload_bytes: usize,
}

/// The live log.
#[derive(Serialize, ToSchema)]
struct LogAnswer {
    /// Oldest first.
    lines: Vec<LogLine>,
}

/// Which decisions.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct DecisionsQuery {
    /// Of this plugin only.
    plugin: Option<String>,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    before: Option<Cursor>,
    /// 1 to 200; 50 if absent.
    limit: Option<i64>,
}

/// A page of decisions.
#[derive(Serialize, ToSchema)]
struct DecisionsPage {
    /// Newest first.
    decisions: Vec<DecisionRecord>,
    /// Ask with it for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    next: Option<Cursor>,
}

/// The panels of all plugins.
#[derive(Serialize, ToSchema)]
struct PanelsAnswer {
    /// By priority of the plugins.
    plugins: Vec<PluginPanels>,
}

/// A click.
#[derive(Deserialize, ToSchema)]
struct ClickRequest {
    /// On which panel.
    panel_id: String,
    /// Which action.
    action_id: String,
    /// On which row.
    row_id: Option<String>,
    /// The filled form; it must fit the action's schema.
    #[serde(default)]
    form: serde_json::Map<String, serde_json::Value>,
}

/// What came of it.
#[derive(Serialize, ToSchema)]
struct ClickAnswer {
    /// The plugin's words.
    message: String,
    /// Names the decision in the records.
    #[schema(value_type = uuid::Uuid)]
    decision_id: DecisionId,
    /// What the plugin wanted done, and what came of each.
    effects: Vec<EffectAnswer>,
}

/// Something that the plugin wanted done.
#[derive(Serialize, ToSchema)]
struct EffectAnswer {
    /// `post`, `set_status`, `mute`, `remove`, `notify_admins`, or another word of the plugin's.
    kind: String,
    /// To what: an id, by kind.
    target: String,
    /// What came of it.
    outcome: EffectOutcome,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ApiError>,
}

/// What came of an effect.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum EffectOutcome {
    /// It stands.
    Done,
    /// It could not be done.
    Failed,
    /// The plugin may not, or wants too much at once.
    Refused,
}

impl EffectAnswer {
    fn tried((effect, outcome): (Effect, Result<(), EffectError>)) -> Self {
        let (outcome, error) = match outcome {
            Ok(()) => (EffectOutcome::Done, None),
            Err(error) => (EffectOutcome::Failed, Some(error.into())),
        };
        Self {
            kind: effect.kind,
            target: effect.target,
            outcome,
            error,
        }
    }

    fn refused(effect: Effect) -> Self {
        Self {
            kind: effect.kind,
            target: effect.target,
            outcome: EffectOutcome::Refused,
            error: None,
        }
    }
}

/// All slash commands.
#[derive(Serialize, ToSchema)]
struct CommandsAnswer {
    /// In the order in which plugins are asked.
    commands: Vec<CommandInfo>,
}

pub(super) fn routes(plugins: Plugins) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(every_plugin))
        .routes(routes!(plugin_log))
        .routes(routes!(decisions))
        .routes(routes!(panels))
        .routes(routes!(click))
        .routes(routes!(commands))
        .with_state(plugins)
}

/// Every plugin: whether it works, its version, and what it does.
#[utoipa::path(get, path = "/api/v1/admin/plugins", tag = "policies", responses(
    (status = 200, description = "All of them", body = PluginsAnswer),
    (status = 403, description = "`forbidden`", body = ErrorBody),
))]
async fn every_plugin(State(plugins): State<Plugins>, _: AdminCaller) -> axum::Json<PluginsAnswer> {
    axum::Json(PluginsAnswer {
        plugins: plugins.policies.statuses(),
        upload_bytes: plugins.upload_bytes,
    })
}

/// The last lines of a plugin's log.
#[utoipa::path(get, path = "/api/v1/admin/plugins/{name}/log", tag = "policies",
    params(("name" = String, Path, description = "Which")), responses(
    (status = 200, description = "The lines", body = LogAnswer),
    (status = 403, description = "`forbidden`", body = ErrorBody),
    (status = 404, description = "`not_found`", body = ErrorBody),
))]
async fn plugin_log(
    State(plugins): State<Plugins>,
    _: AdminCaller,
    Path(name): Path<String>,
) -> Result<axum::Json<LogAnswer>, ApiError> {
    let lines = plugins.policies.log(&name);
    let lines = lines.ok_or_else(|| ApiError::new(ErrorCode::NotFound, "no such plugin"))?;
    Ok(axum::Json(LogAnswer { lines }))
}

/// What plugins decided, newest first, without what people wrote.
#[utoipa::path(get, path = "/api/v1/admin/decisions", tag = "policies", params(DecisionsQuery), responses(
    (status = 200, description = "A page", body = DecisionsPage),
    (status = 403, description = "`forbidden`", body = ErrorBody),
))]
async fn decisions(
    State(plugins): State<Plugins>,
    _: AdminCaller,
    Query(query): Query<DecisionsQuery>,
) -> Result<axum::Json<DecisionsPage>, ApiError> {
    let limit = checked_limit(query.limit, DEFAULT_LIMIT, MAX_LIMIT)?;
    let before = query.before.unwrap_or(Cursor::LAST);
    let read = plugins
        .policies
        .decisions(query.plugin.as_deref(), before, limit + 1);
    let mut decisions = read.await.map_err(ChatError::from)?;
    let next = cut(&mut decisions, limit).map(|last| Cursor {
        at: last.at,
        id: last.decision_id.0,
    });
    Ok(axum::Json(DecisionsPage { decisions, next }))
}

/// What plugins show to admins.
#[utoipa::path(get, path = "/api/v1/admin/panels", tag = "policies", responses(
    (status = 200, description = "The panels of all plugins", body = PanelsAnswer),
    (status = 403, description = "`forbidden`", body = ErrorBody),
))]
async fn panels(State(plugins): State<Plugins>, _: AdminCaller) -> axum::Json<PanelsAnswer> {
    let plugins = plugins.policies.admin_panels().await;
    axum::Json(PanelsAnswer { plugins })
}

/// Do something on a panel.
#[utoipa::path(post, path = "/api/v1/admin/plugins/{name}/actions", tag = "policies", request_body = ClickRequest,
    params(("name" = String, Path, description = "Whose panel")), responses(
    (status = 200, description = "What the plugin says, and what came of what it wants done", body = ClickAnswer),
    (status = 400, description = "`invalid_payload`: the form does not fit", body = ErrorBody),
    (status = 403, description = "`forbidden`", body = ErrorBody),
    (status = 404, description = "`not_found`: no such plugin or action", body = ErrorBody),
    (status = 409, description = "`conflict`: the row does not offer it any more, or the plugin refused or failed; nothing was changed",
        body = ErrorBody),
))]
async fn click(
    State(plugins): State<Plugins>,
    admin: AdminCaller,
    Path(name): Path<String>,
    Json(click): Json<ClickRequest>,
) -> Result<axum::Json<ClickAnswer>, ApiError> {
    let request = ActionRequest {
        panel_id: click.panel_id,
        action_id: click.action_id,
        row_id: click.row_id,
        admin_id: admin.account.user_id,
        form: serde_json::Value::Object(click.form).to_string(),
    };
    let answer = plugins.policies.admin_decide(&name, request).await?;
    let carried_out = plugins.effects.carry_out_all(answer.effects).await;
    let tried = carried_out.into_iter().map(EffectAnswer::tried);
    let refused = answer.refused.into_iter().map(EffectAnswer::refused);
    Ok(axum::Json(ClickAnswer {
        message: answer.message,
        decision_id: answer.decision_id,
        effects: tried.chain(refused).collect(),
    }))
}

/// The slash commands that plugins declare.
#[utoipa::path(get, path = "/api/v1/commands", tag = "policies", responses(
    (status = 200, description = "All of them", body = CommandsAnswer),
))]
async fn commands(State(plugins): State<Plugins>, _: Caller) -> axum::Json<CommandsAnswer> {
    let commands = plugins.policies.commands();
    axum::Json(CommandsAnswer { commands })
}

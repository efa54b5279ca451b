//! What plugins show to admins, and slash commands.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Attr, Effect, GrantedEffect, PluginName};
use crate::model::{DecisionId, MemberRole, RoomId, RoomKind, UserId, UserRole};

/// The panels of one plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PluginPanels {
    /// Whose.
    #[schema(value_type = String)]
    pub plugin: PluginName,
    /// Its panels; empty with an error if it could not be asked.
    pub panels: Vec<Panel>,
    /// Why not.
    pub error: Option<String>,
}

/// A table for admins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Panel {
    /// Names it among the plugin's.
    pub id: String,
    /// For people.
    pub title: String,
    /// The heads.
    pub columns: Vec<String>,
    /// What it shows.
    pub rows: Vec<PanelRow>,
    /// What can be done.
    pub actions: Vec<PanelAction>,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PanelRow {
    /// Names it in the panel.
    pub id: String,
    /// One per column.
    pub cells: Vec<String>,
    /// Ids of the actions that it offers.
    pub actions: Vec<String>,
    /// More.
    pub attrs: Vec<Attr>,
}

/// Something an admin can do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PanelAction {
    /// Names it in the panel.
    pub id: String,
    /// The button.
    pub title: String,
    /// JSON Schema of its form; empty for none.
    pub form: String,
}

/// An admin's click.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionRequest {
    /// On which panel.
    pub panel_id: String,
    /// Which action.
    pub action_id: String,
    /// On which row.
    pub row_id: Option<String>,
    /// By whom.
    pub admin_id: UserId,
    /// The form as JSON; `{}` without one.
    pub form: String,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionAnswer {
    /// For the admin; may be empty.
    pub message: String,
    /// Names the decision in the records.
    pub decision_id: DecisionId,
    /// To be carried out.
    pub effects: Vec<GrantedEffect>,
    /// What the plugin wanted besides, and may not.
    pub refused: Vec<Effect>,
}

/// Where an action on a row is offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// By whom.
    pub plugin: PluginName,
    /// On which of its panels.
    pub panel_id: String,
}

/// A slash command that a plugin declares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CommandInfo {
    /// Whose.
    #[schema(value_type = String)]
    pub plugin: PluginName,
    /// Without the slash.
    pub name: String,
    /// What follows it.
    pub usage: String,
    /// What it does.
    pub summary: String,
}

/// A slash command that somebody typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandCall {
    /// Without the slash.
    pub name: String,
    /// What followed.
    pub arguments: String,
    /// Who typed it.
    pub actor_id: UserId,
    /// Their role in the room.
    pub actor_role: MemberRole,
    /// Their role in the server, for the scope of plugins.
    pub account_role: UserRole,
    /// Where; `None` in a direct room that is not made yet.
    pub room_id: Option<RoomId>,
    /// Direct or group.
    pub room_kind: RoomKind,
}

/// What a command answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandAnswer {
    /// For who typed it.
    pub reply: Option<String>,
    /// Names the decision in the records.
    pub decision_id: DecisionId,
    /// To be carried out.
    pub effects: Vec<GrantedEffect>,
}

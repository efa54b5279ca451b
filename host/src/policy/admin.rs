//! Panels, decisions of admins, and slash commands: one plugin is asked, and a failure is shown to who asked.

use std::sync::Arc;

use super::{
    Policies, answer,
    asked::{Asked, Reply},
    generation::Generation,
    runner::{AskError, Overloaded},
    schema::Schema,
};
use crate::model::{
    DecisionId,
    policy::{
        ActionAnswer, ActionRequest, CommandAnswer, CommandCall, CommandInfo, GrantedEffect, Hook,
        Offer, Panel, PanelAction, PanelRow, PluginPanels, Rejection,
    },
};

/// Why an admin's click changed nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AdminError {
    /// The plugin cannot answer.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// Its panel has no such action.
    #[error("the plugin has no such action")]
    NoSuchAction,
    /// The row does not offer the action, or is gone: somebody may have been faster.
    #[error("this is not offered any more")]
    NotOffered,
    /// The form does not fit the action's schema.
    #[error("the form does not fit: {0}")]
    Form(String),
    /// The plugin refused, in its own words.
    #[error("{0}")]
    Refused(String),
}

/// Why a command did nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// The plugin cannot answer; `NotThere` if none declares the command for this room and role.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// The plugin refused, in its own words.
    #[error("{}", .0.reason)]
    Rejected(Rejection),
}

impl Policies {
    /// The panels of all plugins that have some, in the order of their priority.
    pub async fn admin_panels(&self) -> Vec<PluginPanels> {
        let snapshot = self.snapshot.load_full();
        let mut all = Vec::new();
        for generation in snapshot.of(Hook::Admin) {
            let (panels, error) = match self.panels(generation).await {
                Ok(panels) => (panels, None),
                Err(error) => (Vec::new(), Some(error.to_string())),
            };
            let plugin = generation.plugin.name.clone();
            all.push(PluginPanels {
                plugin,
                panels,
                error,
            });
        }
        all
    }

    /// Brings an admin's click to the plugin, after the form was checked against the action's schema.
    ///
    /// # Errors
    /// Why nothing was changed.
    pub async fn admin_decide(
        &self,
        plugin: &str,
        request: ActionRequest,
    ) -> Result<ActionAnswer, AdminError> {
        let snapshot = self.snapshot.load_full();
        let mut exporting = snapshot.of(Hook::Admin).iter();
        let generation = exporting
            .find(|it| &*it.plugin.name == plugin)
            .ok_or(AskError::NotThere)?;
        let panels = self.panels(generation).await?;
        check_form(offered(&panels, &request)?, &request.form)?;
        let by = Some(request.admin_id);
        match self.ask(generation, Asked::Decide(request)).await? {
            (Reply::Answer(Ok((message, effects))), decision_id) => {
                let (granted, refused) = self.runner.sort(generation, decision_id, effects);
                let effects = granted.into_iter();
                let effects = effects.map(|it| GrantedEffect { by, ..it }).collect();
                Ok(ActionAnswer {
                    message,
                    decision_id,
                    effects,
                    refused,
                })
            }
            (Reply::Answer(Err(why)), _) => Err(AdminError::Refused(why)),
            _ => Err(AskError::NotThere.into()),
        }
    }

    /// The panels on which a row offers an action, of plugins that have this grant, in the order of their priority. A plugin that fails
    /// offers nothing.
    pub async fn offers(&self, grant: &str, action_id: &str, row_id: &str) -> Vec<Offer> {
        let snapshot = self.snapshot.load_full();
        let mut offers = Vec::new();
        for generation in snapshot.of(Hook::Admin) {
            if !generation.settings.grants(grant) {
                continue;
            }
            for panel in self.panels(generation).await.unwrap_or_default() {
                if row_of(&panel, row_id).is_some_and(|row| offers_action(row, action_id)) {
                    offers.push(Offer {
                        plugin: generation.plugin.name.clone(),
                        panel_id: panel.id,
                    });
                }
            }
        }
        offers
    }

    /// The commands of all plugins. Of two that have one name, the plugin that comes first is asked.
    #[must_use]
    pub fn commands(&self) -> Vec<CommandInfo> {
        let snapshot = self.snapshot.load();
        let exporting = snapshot.of(Hook::Commands).iter();
        exporting
            .flat_map(|it| it.described.commands.iter().cloned())
            .collect()
    }

    /// Brings a slash command to the plugin that declares it.
    ///
    /// # Errors
    /// Why it did nothing.
    pub async fn command(&self, call: CommandCall) -> Result<CommandAnswer, CommandError> {
        let snapshot = self.snapshot.load_full();
        let asked = Asked::Command(call.clone());
        let subject = asked.subject();
        let mut exporting = snapshot.of(Hook::Commands).iter();
        let declares = |it: &&Arc<Generation>| {
            it.settings.scope.covers(&subject)
                && it
                    .described
                    .commands
                    .iter()
                    .any(|command| command.name == call.name)
        };
        let generation = exporting.find(declares).ok_or(AskError::NotThere)?;
        match self.ask(generation, asked).await? {
            (Reply::Command(Ok((reply, effects))), decision_id) => Ok(CommandAnswer {
                reply,
                decision_id,
                effects: self.runner.granted(generation, decision_id, effects),
            }),
            (Reply::Command(Err(rejection)), _) => {
                Err(CommandError::Rejected(answer::tidy_rejection(rejection)))
            }
            _ => Err(AskError::NotThere.into()),
        }
    }

    async fn panels(&self, generation: &Arc<Generation>) -> Result<Vec<Panel>, AskError> {
        match self.ask(generation, Asked::Panels).await? {
            (Reply::Panels(panels), _) => Ok(panels),
            _ => Err(AskError::NotThere),
        }
    }

    /// Asks one plugin, where plugins run.
    async fn ask(
        &self,
        generation: &Arc<Generation>,
        asked: Asked,
    ) -> Result<(Reply, DecisionId), AskError> {
        let (runner, generation) = (Arc::clone(&self.runner), Arc::clone(generation));
        let asking = self
            .runtime
            .spawn(async move { runner.ask_one(&generation, &asked).await });
        asking
            .await
            .unwrap_or(Err(AskError::Overloaded(Overloaded)))
    }
}

/// The action that is meant, if it is offered where it is meant.
fn offered<'a>(
    panels: &'a [Panel],
    request: &ActionRequest,
) -> Result<&'a PanelAction, AdminError> {
    let panel = panels.iter().find(|panel| panel.id == request.panel_id);
    let panel = panel.ok_or(AdminError::NoSuchAction)?;
    let row = match &request.row_id {
        Some(row_id) => Some(row_of(panel, row_id).ok_or(AdminError::NotOffered)?),
        None => None,
    };
    let mut actions = panel.actions.iter();
    let action = actions.find(|it| it.id == request.action_id);
    let action = action.ok_or(AdminError::NoSuchAction)?;
    let is_offered = match row {
        Some(row) => offers_action(row, &action.id),
        // What no row offers is an action of the panel as a whole.
        None => !panel.rows.iter().any(|row| offers_action(row, &action.id)),
    };
    is_offered.then_some(action).ok_or(AdminError::NotOffered)
}

fn row_of<'a>(panel: &'a Panel, row_id: &str) -> Option<&'a PanelRow> {
    panel.rows.iter().find(|row| row.id == row_id)
}

fn offers_action(row: &PanelRow, action_id: &str) -> bool {
    row.actions.iter().any(|it| it == action_id)
}

fn check_form(action: &PanelAction, form: &str) -> Result<(), AdminError> {
    let form: serde_json::Value =
        serde_json::from_str(form).map_err(|error| AdminError::Form(error.to_string()))?;
    if action.form.is_empty() {
        return Ok(());
    }
    let schema = Schema::parse(&action.form)
        .map_err(|why| AdminError::Form(format!("the plugin's own schema {why}")))?;
    schema.check(&form).map_err(AdminError::Form)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_must_fit_its_schema() {
        let schema = r#"{"type": "object", "required": ["reason"], "properties": {"reason": {"type": "string"}}}"#;
        let action = |form: &str| PanelAction {
            id: "reject".to_owned(),
            title: "Reject".to_owned(),
            form: form.to_owned(),
        };
        assert_eq!(check_form(&action(schema), r#"{"reason": "spam"}"#), Ok(()));
        for form in ["{}", r#"{"reason": 1}"#, "reason"] {
            let refused = check_form(&action(schema), form);
            assert!(matches!(refused, Err(AdminError::Form(_))), "{form}");
        }
        assert_eq!(check_form(&action(""), "{}"), Ok(()));
        assert!(check_form(&action("{"), "{}").is_err());
    }
}

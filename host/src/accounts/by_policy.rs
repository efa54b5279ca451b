//! What policies do to accounts: their bots, statuses that they set, what they tell admins, and their say in an admin's decision.

use super::{
    AccountError, Accounts, Decision, DecisionKind,
    admin::{by_policy, change_status},
    to_its_end,
};
use crate::{
    delivery::Outbound,
    model::{
        AccountStatus, PolicyNotice, ServerEvent, Timestamp, UserId, UserRole,
        policy::{ActionAnswer, ActionRequest, GrantedEffect, Offer},
    },
    policy::{AdminError, AskError},
    store::{NewAuditEntry, NewUser, StatusChange, StoreError},
};

/// That nothing speaks against an admin's decision.
pub(super) struct Consent {
    /// Whose word it is, for the audit log.
    pub(super) word: String,
    /// The plugin's, for where the admin gave none.
    pub(super) reason: Option<String>,
    /// What else the plugin wants done, once the decision stands.
    pub(super) effects: Vec<GrantedEffect>,
}

impl Accounts {
    /// The account as which a plugin posts; made when it is first wanted. Nobody can log in as it, nor take its name.
    ///
    /// # Errors
    /// The database fails.
    pub async fn bot(&self, plugin: &str) -> Result<UserId, AccountError> {
        let username = format!("bot:{plugin}");
        if let Some(account) = self.store.account_by_name(&username).await? {
            return Ok(account.user_id);
        }
        let bot = NewUser {
            user_id: UserId::generate(),
            username: username.clone(),
            display_name: plugin.to_owned(),
            password_hash: "none".to_owned(),
            status: AccountStatus::Active,
            role: UserRole::Member,
            created_at: Timestamp::now(),
        };
        match self.store.create_bot(&bot).await {
            Ok(()) => Ok(bot.user_id),
            // Another process was faster.
            Err(StoreError::Conflict { .. }) => {
                let account = self.store.account_by_name(&username).await?;
                account.map(|it| it.user_id).ok_or(AccountError::NotFound)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Tells every active admin what a plugin has to say.
    ///
    /// # Errors
    /// The database fails.
    pub async fn notify_admins(&self, plugin: &str, text: String) -> Result<(), AccountError> {
        let admins = self.store.active_admins().await?;
        let outbound = Outbound::new(ServerEvent::PolicyNotice(PolicyNotice {
            plugin: plugin.to_owned(),
            text,
        }));
        self.delivery.push_all(admins, &outbound);
        Ok(())
    }

    /// Gives an account the status that a plugin asks for, if its present one allows that.
    ///
    /// # Errors
    /// `NotFound`, `WrongStatus`, `LastAdmin`.
    pub async fn set_status(
        &self,
        user_id: UserId,
        to: AccountStatus,
        effect: &GrantedEffect,
    ) -> Result<(), AccountError> {
        let account = self.store.account(user_id).await?;
        let from = account.ok_or(AccountError::NotFound)?.status;
        let kind = match (from, to) {
            (AccountStatus::Suspended, AccountStatus::Active) => DecisionKind::Reinstate,
            (_, AccountStatus::Active) => DecisionKind::Approve,
            (_, AccountStatus::Rejected) => DecisionKind::Reject,
            (_, AccountStatus::Suspended | AccountStatus::Pending | AccountStatus::Deleted) => {
                DecisionKind::Suspend
            }
        };
        let (from, to) = kind.path();
        let change = StatusChange {
            user_id,
            from,
            to,
            invite_use: kind.invite_use(),
            audit: NewAuditEntry {
                at: Timestamp::now(),
                actor_id: effect.by,
                action: kind.audit_name(),
                target_id: Some(user_id),
                reason: effect.effect.text("reason"),
                detail: Some(by_policy(Some(&effect.plugin), Some(effect.decision_id))),
            },
        };
        let (store, delivery) = (self.store.clone(), self.delivery.clone());
        to_its_end(change_status(store, delivery, change))
            .await
            .map(drop)
    }

    /// Asks the plugin whose panel offers this decision about this person. Without a plugin that works, the admin's word suffices.
    ///
    /// # Errors
    /// `PolicyRefuses`, also if the plugin wants another status for the person; `Overloaded`; `Invalid` if the plugin wants a reason.
    pub(super) async fn consult(&self, decision: &Decision) -> Result<Consent, AccountError> {
        let (action_id, row_id) = (decision.kind.audit_name(), decision.user_id.to_string());
        let mut word = "by REST: no policy has a say in it".to_owned();
        let offers = self.policies.offers("set_status", action_id, &row_id).await;
        for Offer { plugin, panel_id } in offers {
            let reason = decision.reason.clone().map(super::Reason::into_string);
            let form = reason.map_or_else(
                || serde_json::json!({}),
                |reason| serde_json::json!({ "reason": reason }),
            );
            let request = ActionRequest {
                panel_id,
                action_id: action_id.to_owned(),
                row_id: Some(row_id.clone()),
                admin_id: decision.by,
                form: form.to_string(),
            };
            match self.policies.admin_decide(&plugin, request).await {
                Ok(answer) => return consented(decision, &plugin, answer),
                Err(AdminError::Refused(why)) => return Err(AccountError::PolicyRefuses(why)),
                Err(AdminError::Form(rule)) => {
                    return Err(AccountError::Invalid {
                        field: "reason",
                        rule,
                    });
                }
                Err(AdminError::Ask(AskError::Overloaded(_))) => {
                    return Err(AccountError::Overloaded {
                        retry_after_ms: 250,
                    });
                }
                Err(failed) => word = format!("by REST: policy {plugin}: {failed}"),
            }
        }
        Ok(Consent {
            word,
            reason: None,
            effects: Vec::new(),
        })
    }
}

/// What a plugin answered. Its wish about this person's status is the decision itself; other effects are its own.
fn consented(
    decision: &Decision,
    plugin: &str,
    answer: ActionAnswer,
) -> Result<Consent, AccountError> {
    let person = decision.user_id.to_string();
    let is_wish = |it: &GrantedEffect| it.effect.kind == "set_status" && it.effect.target == person;
    let (wishes, effects): (Vec<_>, Vec<_>) = answer.effects.into_iter().partition(is_wish);
    let status = decision.kind.path().1;
    for wish in &wishes {
        let wanted = wish.effect.attr("status").unwrap_or_default();
        if AccountStatus::from_word(wanted) != Some(status) {
            let why = format!("policy {plugin} wants the status `{wanted}` instead");
            return Err(AccountError::PolicyRefuses(why));
        }
    }
    Ok(Consent {
        word: by_policy(Some(plugin), Some(answer.decision_id)),
        reason: wishes.iter().find_map(|it| it.effect.text("reason")),
        effects,
    })
}

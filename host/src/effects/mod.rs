//! Carries out what policies asked for.
//!
//! Rule: only what the operator has granted comes here, and each effect is tried once. What cannot be done is logged with the plugin and
//! the decision. Nobody waits for what comes through the bounded queue; an admin waits for what their click brings about.
//!
//! Not here: who may ask for what (`policy`), calls and recordings: effects on those are unsupported so far.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    accounts::{AccountError, Accounts},
    chat::{Chat, ChatError, MutedBy, NewMute},
    model::{
        AccountStatus, RoomId, UserId,
        policy::{Effect, GrantedEffect},
    },
};

/// Carries out effects.
#[derive(Clone, Debug)]
pub struct Effects {
    /// Statuses, bots, admins.
    pub accounts: Arc<Accounts>,
    /// Rooms and messages.
    pub chat: Arc<Chat>,
}

/// Why an effect was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum EffectError {
    /// This server does not do that.
    #[error("unsupported")]
    Unsupported,
    /// Its target or an attribute is missing or wrong.
    #[error("{0} is missing or wrong")]
    Malformed(&'static str),
    /// The account is not in the status for it, or the like.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The room refuses.
    #[error(transparent)]
    Chat(#[from] ChatError),
}

impl Effects {
    /// Carries out what comes, one after the other, until `stop`.
    pub async fn run(self, mut queue: mpsc::Receiver<GrantedEffect>, stop: CancellationToken) {
        loop {
            let effect = tokio::select! {
                effect = queue.recv() => effect,
                () = stop.cancelled() => return,
            };
            let Some(granted) = effect else {
                return;
            };
            drop(self.carry_out(&granted).await);
        }
    }

    /// Carries out what an admin's click brings about, to its end even if the admin does not wait for it. Answers what came of each.
    pub async fn carry_out_all(
        &self,
        effects: Vec<GrantedEffect>,
    ) -> Vec<(Effect, Result<(), EffectError>)> {
        let effects_of = self.clone();
        let carrying_out = tokio::spawn(async move {
            let mut outcomes = Vec::with_capacity(effects.len());
            for granted in effects {
                let outcome = effects_of.carry_out(&granted).await;
                outcomes.push((granted.effect, outcome));
            }
            outcomes
        });
        carrying_out.await.unwrap_or_default()
    }

    /// # Errors
    /// Why it was not done, which was logged.
    async fn carry_out(&self, granted: &GrantedEffect) -> Result<(), EffectError> {
        let outcome = self.attempt(granted).await;
        if let Err(error) = &outcome {
            let GrantedEffect {
                plugin,
                decision_id,
                effect,
                ..
            } = granted;
            tracing::warn!(%plugin, %decision_id, kind = effect.kind, %error, "an effect was not carried out");
        }
        outcome
    }

    async fn attempt(&self, granted: &GrantedEffect) -> Result<(), EffectError> {
        let effect = &granted.effect;
        match effect.kind.as_str() {
            "post" => self.post(granted).await,
            "set_status" => self.set_status(granted).await,
            "mute" => self.mute(granted).await,
            "remove" => {
                let (room_id, user_id) = (RoomId(attr_id(effect)?), UserId(target(effect)?));
                Ok(self.chat.expel(room_id, user_id, granted).await?)
            }
            "notify_admins" => {
                let text = effect.text("text").ok_or(EffectError::Malformed("text"))?;
                Ok(self.accounts.notify_admins(&granted.plugin, text).await?)
            }
            _ => Err(EffectError::Unsupported),
        }
    }

    async fn post(&self, granted: &GrantedEffect) -> Result<(), EffectError> {
        let effect = &granted.effect;
        let room_id = RoomId(target(effect)?);
        let body = effect.attr("body").ok_or(EffectError::Malformed("body"))?;
        let bot = self.accounts.bot(&granted.plugin).await?;
        self.chat.post(bot, room_id, body.to_owned()).await?;
        Ok(())
    }

    async fn set_status(&self, granted: &GrantedEffect) -> Result<(), EffectError> {
        let effect = &granted.effect;
        let to = effect.attr("status").and_then(AccountStatus::from_word);
        let to = to.filter(|it| *it != AccountStatus::Pending);
        let to = to.ok_or(EffectError::Malformed("status"))?;
        let user_id = UserId(target(effect)?);
        Ok(self.accounts.set_status(user_id, to, granted).await?)
    }

    async fn mute(&self, granted: &GrantedEffect) -> Result<(), EffectError> {
        let effect = &granted.effect;
        let seconds = effect.attr("seconds").and_then(|it| it.parse().ok());
        let user_id = UserId(target(effect)?);
        let room_id = match effect.attr("room_id") {
            Some(_) => Some(RoomId(attr_id(effect)?)),
            None => None,
        };
        let by = MutedBy {
            admin: granted.by,
            policy: Some((granted.plugin.clone(), granted.decision_id)),
        };
        match seconds.ok_or(EffectError::Malformed("seconds"))? {
            0 => self.chat.lift_mute_of(user_id, room_id, by).await?,
            seconds => {
                let new = NewMute {
                    user_id,
                    room_id,
                    seconds,
                    reason: effect.text("reason"),
                    by,
                };
                self.chat.mute(new).await?;
            }
        }
        Ok(())
    }
}

fn target(effect: &Effect) -> Result<Uuid, EffectError> {
    let target = effect.target.parse();
    target.map_err(|_| EffectError::Malformed("target"))
}

fn attr_id(effect: &Effect) -> Result<Uuid, EffectError> {
    let id = effect.attr("room_id").and_then(|it| it.parse().ok());
    id.ok_or(EffectError::Malformed("room_id"))
}

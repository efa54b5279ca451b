//! Takes an event through the plugins.
//!
//! Rule: in the order of the snapshot; `modify` feeds the next; the first `hold` or `reject` ends it; a failed call counts as the plugin's
//! `on_failure` says; no free instance is an error, never an allow.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::mpsc;

use super::{
    answer,
    asked::{Asked, Reply},
    generation::{Generation, Outcome},
    keeper::Keeper,
    record::{Recorder, Said},
    settings::OnFailure,
    snapshot::Snapshot,
};
use crate::{
    metrics::PolicyMetrics,
    model::{
        DecisionId, Timestamp,
        policy::{Decision, Effect, GrantedEffect, Hold, LogLevel, Rejection, Verdict},
    },
};

/// Effects of one call; what more it asks for is refused. Chosen, not standard.
const EFFECTS_OF_A_CALL: usize = 64;

/// Too many events for the plugins: the same may be accepted a little later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the policies have too much to do")]
pub struct Overloaded;

/// Why a plugin could not answer a single question.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// The same may be answered a little later.
    #[error(transparent)]
    Overloaded(#[from] Overloaded),
    /// No active plugin of that name has that hook, or covers that event.
    #[error("no active plugin answers that")]
    NotThere,
    /// It failed; nothing was changed.
    #[error("the plugin {plugin} failed: {why}")]
    Failed {
        /// Which.
        plugin: String,
        /// For the admin.
        why: String,
    },
}

/// What every way through the plugins needs.
#[derive(Debug)]
pub(super) struct Runner {
    pub(super) deadline: Duration,
    pub(super) budget: Duration,
    pub(super) body_bytes: usize,
    pub(super) recorder: Recorder,
    pub(super) keeper: Arc<Keeper>,
    pub(super) metrics: PolicyMetrics,
    pub(super) effects: mpsc::Sender<GrantedEffect>,
}

impl Runner {
    /// Takes an event that somebody waits for through all plugins.
    pub(super) async fn decide(
        &self,
        snapshot: &Snapshot,
        mut asked: Asked,
    ) -> Result<Decision, Overloaded> {
        let (decision_id, at) = (DecisionId::generate(), Timestamp::now());
        let end = Instant::now() + self.budget;
        let subject = asked.subject();
        let mut decision = Decision::unasked();
        let mut failed_before = false;
        for generation in snapshot.of(asked.hook()) {
            if !generation.settings.scope.covers(&subject) {
                continue;
            }
            decision.decision_id = Some(decision_id);
            let left = end.saturating_duration_since(Instant::now());
            let (outcome, micros) = if left.is_zero() {
                let why = format!("no time was left of {} ms", self.budget.as_millis());
                (
                    Outcome::Failed {
                        word: "timeout",
                        why,
                    },
                    0,
                )
            } else {
                let deadline = self.deadline.min(left);
                generation.ask(&asked, decision_id, at, deadline).await
            };
            let (verdict, judged) = match outcome {
                Outcome::Overloaded => return Err(Overloaded),
                Outcome::Answered { reply, wrote } => {
                    if wrote {
                        self.keeper.wake();
                    }
                    let Reply::Verdict(verdict, effects) = reply else {
                        continue;
                    };
                    let verdict = answer::tidy(verdict, self.body_bytes);
                    let (word, reason) = match &verdict {
                        Ok(verdict) => answer::words(verdict),
                        Err(why) => ("unusable", Some(*why)),
                    };
                    let said = Said {
                        word,
                        reason,
                        micros,
                    };
                    self.recorder
                        .record(&asked, generation, (decision_id, at), said);
                    match verdict {
                        Ok(verdict) => {
                            let granted = self.granted(generation, decision_id, effects);
                            decision.effects.extend(granted);
                            (verdict, true)
                        }
                        Err(_) => (failed(generation, asked.hook()), false),
                    }
                }
                Outcome::Failed { word, why } => {
                    let reason = Some(why.as_str());
                    let said = Said {
                        word,
                        reason,
                        micros,
                    };
                    self.recorder
                        .record(&asked, generation, (decision_id, at), said);
                    (failed(generation, asked.hook()), false)
                }
            };
            failed_before |= !judged;
            match verdict {
                Verdict::Allow => decision.judged = !failed_before,
                Verdict::Modify { body } => {
                    if let Asked::Message(message) = &mut asked {
                        message.body.clone_from(&body);
                    }
                    decision.plugin = Some(generation.plugin.name.clone());
                    decision.modified = Some(body);
                    decision.judged = !failed_before;
                }
                Verdict::Hold(_) | Verdict::Reject(_) => {
                    if let Verdict::Hold(Hold {
                        body: Some(body), ..
                    }) = &verdict
                    {
                        decision.modified = Some(body.clone());
                    }
                    decision.plugin = Some(generation.plugin.name.clone());
                    decision.verdict = verdict;
                    decision.judged = judged;
                    break;
                }
            }
        }
        Ok(decision)
    }

    /// Tells one plugin of something that has happened; a failure is noted and nothing else.
    pub(super) async fn tell(&self, generation: &Generation, asked: &Asked) {
        match self.ask_one(generation, asked).await {
            Ok((Reply::Effects(effects), decision_id)) => {
                let granted = self.granted(generation, decision_id, effects);
                self.hand_over(granted);
            }
            Err(AskError::Overloaded(_)) => {
                self.metrics.events_left_out.inc();
            }
            Ok(_) | Err(_) => {}
        }
    }

    /// Asks one plugin; a failure is the asker's to show.
    pub(super) async fn ask_one(
        &self,
        generation: &Generation,
        asked: &Asked,
    ) -> Result<(Reply, DecisionId), AskError> {
        let (decision_id, at) = (DecisionId::generate(), Timestamp::now());
        let (outcome, micros) = generation.ask(asked, decision_id, at, self.deadline).await;
        match outcome {
            Outcome::Answered { reply, wrote } => {
                if wrote {
                    self.keeper.wake();
                }
                Ok((reply, decision_id))
            }
            Outcome::Failed { word, why } => {
                let reason = Some(why.as_str());
                let said = Said {
                    word,
                    reason,
                    micros,
                };
                self.recorder
                    .record(asked, generation, (decision_id, at), said);
                let plugin = generation.plugin.name.to_string();
                Err(AskError::Failed { plugin, why })
            }
            Outcome::Overloaded => Err(Overloaded.into()),
        }
    }

    /// The effects that the operator has granted; the others are noted.
    pub(super) fn granted(
        &self,
        generation: &Generation,
        decision_id: DecisionId,
        effects: Vec<Effect>,
    ) -> Vec<GrantedEffect> {
        self.sort(generation, decision_id, effects).0
    }

    /// The same, and those that were refused.
    pub(super) fn sort(
        &self,
        generation: &Generation,
        decision_id: DecisionId,
        effects: Vec<Effect>,
    ) -> (Vec<GrantedEffect>, Vec<Effect>) {
        let (mut granted, mut refused) = (Vec::new(), Vec::new());
        let plugin = &generation.plugin;
        for effect in effects {
            let why = if !generation.settings.grants(&effect.kind) {
                format!("is not granted (grants in {}.toml)", plugin.name)
            } else if granted.len() == EFFECTS_OF_A_CALL {
                format!("is one too many: a call may ask for {EFFECTS_OF_A_CALL}")
            } else {
                granted.push(GrantedEffect {
                    plugin: plugin.name.clone(),
                    decision_id,
                    by: None,
                    effect,
                });
                continue;
            };
            self.metrics.effects_refused.inc();
            let kind: String = effect.kind.chars().take(40).collect();
            let note = format!("the effect {kind} {why}");
            plugin.log.write(Timestamp::now(), LogLevel::Warn, &note);
            refused.push(effect);
        }
        (granted, refused)
    }

    /// Hands effects over to be carried out; never waits.
    pub(super) fn hand_over(&self, effects: Vec<GrantedEffect>) {
        for effect in effects {
            if let Err(mpsc::error::TrySendError::Full(effect)) = self.effects.try_send(effect) {
                self.metrics.effects_left_out.inc();
                let (plugin, kind) = (&*effect.plugin, effect.effect.kind);
                tracing::warn!(plugin, kind, "too many effects wait; one was left out");
            }
        }
    }
}

/// What a failed call counts as.
fn failed(generation: &Generation, hook: crate::model::policy::Hook) -> Verdict {
    match generation.settings.on_failure(hook) {
        OnFailure::Allow => Verdict::Allow,
        OnFailure::Hold => Verdict::Hold(Hold {
            note: format!("the policy {} failed", generation.plugin.name),
            ..Hold::default()
        }),
        OnFailure::Reject => Verdict::Reject(Rejection {
            code: "policy_unavailable".to_owned(),
            reason: "A rule of this server could not be checked. Try again later.".to_owned(),
        }),
    }
}

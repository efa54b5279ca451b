//! How long calls take by themselves.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{Policies, asked::Asked, generation::Outcome};
use crate::model::{
    DecisionId, Timestamp,
    policy::{Hook, PolicyMessage},
};

impl Policies {
    /// Goes to the plugins' threads and back so often, with nothing to do there, and answers what each time took.
    ///
    /// # Errors
    /// The threads are gone.
    pub async fn time_hops(&self, hops: usize) -> Result<Vec<Duration>, String> {
        let mut took = Vec::with_capacity(hops);
        for _ in 0..hops {
            let began = Instant::now();
            let there = self.runtime.spawn(async {});
            there.await.map_err(|error| error.to_string())?;
            took.push(began.elapsed());
        }
        Ok(took)
    }

    /// Asks a plugin about a message so often, one call after the other on a thread of the plugins, and answers what each took, from the
    /// typed event to the typed verdict.
    ///
    /// # Errors
    /// It does not judge messages, or a call failed.
    pub async fn time_calls(
        &self,
        plugin: &str,
        message: &PolicyMessage,
        calls: usize,
    ) -> Result<Vec<Duration>, String> {
        let snapshot = self.snapshot.load_full();
        let mut judging = snapshot.of(Hook::Messages).iter();
        let found = judging.find(|it| &*it.plugin.name == plugin);
        let generation = Arc::clone(found.ok_or("it does not judge messages")?);
        let (asked, deadline) = (Asked::Message(message.clone()), self.runner.deadline);
        let measuring = self.runtime.spawn(async move {
            let mut took = Vec::with_capacity(calls);
            for _ in 0..calls {
                let began = Instant::now();
                let id = DecisionId::generate();
                let (outcome, _) = generation.ask(&asked, id, Timestamp::now(), deadline).await;
                took.push(began.elapsed());
                match outcome {
                    Outcome::Answered { .. } => {}
                    Outcome::Failed { why, .. } => return Err(why),
                    Outcome::Overloaded => return Err("no instance was free".to_owned()),
                }
            }
            Ok(took)
        });
        measuring
            .await
            .unwrap_or_else(|error| Err(error.to_string()))
    }
}

//! Asks plugins: the only module that knows wasmtime.
//!
//! Rule: a hook is a pure decision. A plugin gets an event and answers with a verdict and effects; what is done about them is the caller's.
//! Plugins run on threads of their own, each call within its deadline; where no plugin has a hook, asking costs nothing.
//!
//! Not here: carrying out effects, what a held message or a waiting newcomer means (`chat`, `accounts`).

mod activity;
mod admin;
mod answer;
mod asked;
mod bindings;
mod board;
mod breaker;
mod capacity;
mod component;
mod convert;
mod counters;
mod directory;
mod engine;
mod events;
pub mod files;
mod generation;
mod http;
#[cfg(test)]
mod idle;
mod imports;
mod instance;
mod keeper;
mod kv;
mod loader;
mod log;
mod measure;
mod options;
mod pool;
mod record;
mod runner;
mod schema;
mod scope;
mod settings;
mod snapshot;
mod state;
mod stats;
#[cfg(test)]
mod tests;
mod wasi;

use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use tokio::{
    runtime::Handle,
    sync::{Semaphore, mpsc, oneshot},
};

pub use activity::{PolicyTasks, Started};
pub use admin::{AdminError, CommandError};
pub use options::{BreakerOptions, KvLimits, PolicyOptions, RecordDecisions};
pub use runner::{AskError, Overloaded};

pub use loader::{Change, ChangeError};

use self::{asked::Asked, board::Board, loader::Request, runner::Runner, snapshot::Snapshot};
use crate::{
    model::{
        Account, Cursor,
        policy::{
            CallAttempt, CallNotice, Decision, DecisionRecord, GrantedEffect, Hook, LogLine,
            Newcomer, PluginStatus, PolicyMessage, RoomAttempt,
        },
    },
    store::{Store, StoreError},
};

/// Events that are judged at the same time, over all plugins; beyond it callers are told `Overloaded`. Chosen, not standard.
const IN_FLIGHT: usize = 4_096;

/// The policies of this server. Shared by `Arc`.
#[derive(Debug)]
pub struct Policies {
    runner: Arc<Runner>,
    snapshot: Arc<ArcSwap<Snapshot>>,
    board: Arc<Board>,
    store: Store,
    requests: mpsc::Sender<Request>,
    in_flight: Arc<Semaphore>,
    runtime: Handle,
}

/// What an active plugin is configured by, and with.
#[derive(Clone, Debug, PartialEq)]
pub struct PluginConfig {
    /// JSON Schema of `config`; `None` if it has none, and then any object is taken.
    pub schema: Option<serde_json::Value>,
    /// The table `[config]` of its settings.
    pub config: serde_json::Value,
}

impl Policies {
    /// Runs something on the policies' threads. What it asks there needs no way to another thread and back, which costs more than most
    /// answers: for who asks often.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(work);
    }

    /// Judges who registers, or has answered questions. See [`Decision::judged`] before letting anybody in.
    ///
    /// # Errors
    /// The plugins have too much to do: the same may be judged a little later.
    pub async fn registration(&self, newcomer: &Newcomer) -> Result<Decision, Overloaded> {
        self.decide(Hook::Registration, || Asked::Registration(newcomer.clone()))
            .await
    }

    /// Judges a message or an edit before it is accepted. No lock and no transaction may be held meanwhile.
    ///
    /// # Errors
    /// As [`Self::registration`].
    pub async fn before_message(&self, message: &PolicyMessage) -> Result<Decision, Overloaded> {
        self.decide(Hook::Messages, || Asked::Message(message.clone()))
            .await
    }

    /// Judges a change of a group: allow or reject.
    ///
    /// # Errors
    /// As [`Self::registration`].
    pub async fn room(&self, room: &RoomAttempt) -> Result<Decision, Overloaded> {
        self.decide(Hook::Rooms, || Asked::Room(room.clone())).await
    }

    /// Judges who starts or joins a call: allow or reject.
    ///
    /// # Errors
    /// As [`Self::registration`].
    pub async fn call(&self, call: &CallAttempt) -> Result<Decision, Overloaded> {
        self.decide(Hook::Calls, || Asked::Call(call.clone())).await
    }

    /// Tells of a message or an edit that was accepted. Never waits; under load events are left out and counted.
    pub fn after_message(&self, message: &PolicyMessage) {
        self.tell(Hook::MessageEvents, || Asked::MessageEvent(message.clone()));
    }

    /// Tells of what happened in a call. Never waits; under load events are left out and counted.
    pub fn call_event(&self, event: &CallNotice) {
        self.tell(Hook::CallEvents, || Asked::CallEvent(event.clone()));
    }

    /// Hands effects that came with an answer over to be carried out, once what they came with stands. Never waits; what finds no
    /// place is left out and counted.
    pub fn carry_out(&self, effects: Vec<GrantedEffect>) {
        self.runner.hand_over(effects);
    }

    /// Whether an active plugin has this hook: callers need not make an event that nobody judges.
    #[must_use]
    pub fn has(&self, hook: Hook) -> bool {
        !self.snapshot.load().of(hook).is_empty()
    }

    /// Every plugin that this server knows, by name.
    #[must_use]
    pub fn statuses(&self) -> Vec<PluginStatus> {
        self.board.statuses(&self.snapshot.load())
    }

    /// The last lines of a plugin's log, oldest first; `None` if there is no such plugin.
    #[must_use]
    pub fn log(&self, plugin: &str) -> Option<Vec<LogLine>> {
        self.board.log(plugin)
    }

    /// Kept decisions older than the cursor, newest first, of one plugin or of all.
    ///
    /// # Errors
    /// The database failed.
    pub async fn decisions(
        &self,
        plugin: Option<&str>,
        before: Cursor,
        limit: i64,
    ) -> Result<Vec<DecisionRecord>, StoreError> {
        self.store.decisions(plugin, before, limit).await
    }

    /// What an active plugin is configured by, and with.
    ///
    /// # Errors
    /// `NotThere`, also if it is known but not active.
    pub fn config(&self, plugin: &str) -> Result<PluginConfig, ChangeError> {
        let snapshot = self.snapshot.load();
        let active = snapshot.get(plugin).ok_or(ChangeError::NotThere)?;
        Ok(PluginConfig {
            schema: serde_json::from_str(&active.described.config_schema).ok(),
            config: active.settings.config_json(),
        })
    }

    /// Changes a plugin at an admin's wish: it is done and in the audit log when this answers.
    ///
    /// # Errors
    /// Why not; nothing was changed.
    pub async fn change(
        &self,
        by: &Account,
        plugin: &str,
        change: Change,
    ) -> Result<(), ChangeError> {
        let (reply, answer) = oneshot::channel();
        let request = Request {
            plugin: plugin.to_owned(),
            change,
            by: (by.user_id, by.username.clone()),
            reply,
        };
        let sent = self.requests.send(request).await;
        sent.map_err(|_| ChangeError::Stopping)?;
        answer.await.unwrap_or(Err(ChangeError::Stopping))
    }

    async fn decide(
        &self,
        hook: Hook,
        asked: impl FnOnce() -> Asked,
    ) -> Result<Decision, Overloaded> {
        let snapshot = self.snapshot.load();
        if snapshot.of(hook).is_empty() {
            return Ok(Decision::unasked());
        }
        let (snapshot, asked) = (Guard::into_inner(snapshot), asked());
        let Ok(permit) = Arc::clone(&self.in_flight).try_acquire_owned() else {
            return Err(Overloaded);
        };
        let runner = Arc::clone(&self.runner);
        let deciding = async move {
            let decision = runner.decide(&snapshot, asked).await;
            drop(permit);
            decision
        };
        if Handle::current().id() == self.runtime.id() {
            return deciding.await;
        }
        // A panic was counted and logged where it happened; the client may try again.
        let deciding = self.runtime.spawn(deciding);
        deciding.await.unwrap_or(Err(Overloaded))
    }

    fn tell(&self, hook: Hook, asked: impl FnOnce() -> Asked) {
        let snapshot = self.snapshot.load();
        let exporting = snapshot.of(hook);
        if exporting.is_empty() {
            return;
        }
        let asked = Arc::new(asked());
        let subject = asked.subject();
        for generation in exporting {
            if generation.settings.scope.covers(&subject) {
                events::enqueue(generation, &asked, &self.runner.metrics);
            }
        }
    }
}

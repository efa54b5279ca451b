//! What the server keeps beside one instance: who it is, and the call at hand.

use std::{sync::Arc, time::Instant};

use wasmtime::StoreLimits;
use wasmtime_wasi::{ResourceTable, WasiCtx, WasiCtxView, WasiView};

use super::{
    counters::Counters,
    directory::Directory,
    http::Http,
    kv::{Namespace, Writes},
    log::PluginLog,
    settings::Settings,
    wasi::{self, Errors, FixedClock, SeededRandom},
};
use crate::model::{DecisionId, Timestamp, policy::Hook};

/// What all instances of a generation have in common.
#[derive(Clone, Debug)]
pub(super) struct Surroundings {
    pub(super) log: Arc<PluginLog>,
    pub(super) counters: Arc<Counters>,
    pub(super) namespace: Arc<Namespace>,
    pub(super) settings: Arc<Settings>,
    pub(super) config_json: Arc<str>,
    pub(super) directory: Directory,
    pub(super) http: Arc<Http>,
}

/// The data of an instance's `wasmtime::Store`.
pub(super) struct HostState {
    pub(super) around: Surroundings,
    pub(super) clock: FixedClock,
    pub(super) random: SeededRandom,
    pub(super) errors: Errors,
    pub(super) limits: StoreLimits,
    /// When the call at hand is cut. Waiting for another server moves it.
    pub(super) deadline: Instant,
    /// At which point it takes place; none while an instance is made.
    pub(super) hook: Option<Hook>,
    pub(super) writes: Writes,
    wasi: WasiCtx,
    table: ResourceTable,
}

impl HostState {
    pub(super) fn new(around: Surroundings, limits: StoreLimits) -> Self {
        let (clock, random, errors) = Default::default();
        Self {
            wasi: wasi::system(&clock, &random, &errors),
            around,
            clock,
            random,
            errors,
            limits,
            deadline: Instant::now(),
            hook: None,
            writes: Writes::default(),
            table: ResourceTable::new(),
        }
    }

    /// Before a call.
    pub(super) fn begin(
        &mut self,
        hook: Option<Hook>,
        decision_id: DecisionId,
        at: Timestamp,
        deadline: Instant,
    ) {
        self.clock.set(u64::try_from(at.0).unwrap_or(0));
        self.random.seed(decision_id.0.as_u128());
        self.deadline = deadline;
        self.hook = hook;
        self.writes = Writes::default();
    }

    /// The time of the call at hand.
    pub(super) fn now(&self) -> Timestamp {
        Timestamp(i64::try_from(self.clock.now_ms()).unwrap_or(i64::MAX))
    }
}

impl WasiView for HostState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

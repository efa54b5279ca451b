//! What the server keeps beside one instance: who it is, and the call at hand.

use std::{sync::Arc, time::Instant};

use wasmtime::ResourceLimiter;
use wasmtime_wasi::{ResourceTable, WasiCtx, WasiCtxView, WasiView};

use super::{
    counters::Counters,
    directory::Directory,
    engine::CORE_INSTANCES,
    http::Http,
    kv::{Namespace, Writes},
    log::PluginLog,
    settings::Settings,
    wasi::{self, Errors, FixedClock, SeededRandom, Seeds},
};
use crate::model::{DecisionId, Timestamp, policy::Hook};

/// Elements of all tables of an instance. Chosen: Python's components have some ten thousand.
const TABLE_ELEMENTS: usize = 100_000;
/// Resources of the host that an instance holds at once: what it prints to, what it waits for.
const RESOURCES: usize = 256;

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
    pub(super) seeds: Seeds,
}

/// What an instance may still grow by, all its memories and tables together.
#[derive(Debug)]
pub(super) struct Limits {
    memory_bytes_left: usize,
    table_elements_left: usize,
}

impl Limits {
    pub(super) fn new(memory_bytes: usize) -> Self {
        Self {
            memory_bytes_left: memory_bytes,
            table_elements_left: TABLE_ELEMENTS,
        }
    }
}

/// More than is left ends the call: a plugin that is told so would mostly trap anyway.
fn grow(left: &mut usize, by: usize, what: &str) -> wasmtime::Result<bool> {
    match left.checked_sub(by) {
        Some(rest) => {
            *left = rest;
            Ok(true)
        }
        None => Err(wasmtime::Error::msg(format!(
            "{what} would grow by {by}, beyond the limit by {}",
            by - *left
        ))),
    }
}

impl ResourceLimiter for Limits {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let by = desired.saturating_sub(current);
        grow(&mut self.memory_bytes_left, by, "memory in bytes")
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let by = desired.saturating_sub(current);
        grow(&mut self.table_elements_left, by, "tables in elements")
    }

    fn instances(&self) -> usize {
        CORE_INSTANCES as usize
    }
}

/// The data of an instance's `wasmtime::Store`.
pub(super) struct HostState {
    pub(super) around: Surroundings,
    pub(super) clock: FixedClock,
    pub(super) random: SeededRandom,
    pub(super) errors: Errors,
    pub(super) limits: Limits,
    /// When the call at hand is cut. Waiting for another server moves it.
    pub(super) deadline: Instant,
    /// At which point it takes place; none while an instance is made.
    pub(super) hook: Option<Hook>,
    pub(super) writes: Writes,
    wasi: WasiCtx,
    table: ResourceTable,
}

impl HostState {
    pub(super) fn new(around: Surroundings, limits: Limits) -> Self {
        let (clock, errors) = Default::default();
        let random = SeededRandom::new(around.seeds.clone());
        let mut table = ResourceTable::new();
        table.set_max_capacity(RESOURCES);
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
            table,
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
        self.random.seed(decision_id);
        self.errors.clear();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_memories_of_an_instance_share_one_limit() {
        let mut limits = Limits::new(100);
        assert!(limits.memory_growing(0, 60, None).is_ok());
        assert!(limits.memory_growing(0, 30, Some(1_000)).is_ok());
        assert!(limits.memory_growing(60, 71, None).is_err());
        assert!(limits.memory_growing(60, 70, None).is_ok());
        assert!(limits.table_growing(0, TABLE_ELEMENTS, None).is_ok());
        assert!(limits.table_growing(0, 1, None).is_err());
    }
}

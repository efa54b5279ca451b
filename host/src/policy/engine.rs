//! wasmtime as we use it.
//!
//! Rule: one engine for the life of the process. Its ticker lets plugins that compute for long give way to others, and ends those that
//! are beyond their deadline.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread::JoinHandle,
    time::Duration,
};

use anyhow::Context as _;
use wasmtime::{
    Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig,
    component::{HasSelf, Linker},
};

use super::{bindings, capacity::Room, state::HostState};

/// How long a plugin computes before others get their turn. Chosen, not standard: a fifth of what a message may wait.
const TICK: Duration = Duration::from_millis(2);
/// The guest's stack, and the fiber's around it.
const STACK_BYTES: usize = 512 * 1024;
const FIBER_BYTES: usize = 2 * 1024 * 1024;
/// Instances that may live at once, over all plugins and generations. Chosen, not standard.
const POOL_INSTANCES: u32 = 256;
/// Their memories and tables: most components have one memory and two tables.
const POOL_MEMORIES: u32 = 512;
const POOL_TABLES: u32 = 2_048;
/// The same, to be reserved from.
pub(super) const ROOM: Room = Room {
    instances: POOL_INSTANCES as usize,
    memories: POOL_MEMORIES as usize,
    tables: POOL_TABLES as usize,
};
/// Core instances of one component: one in Python has about 50.
pub(super) const CORE_INSTANCES: u32 = 100;

/// The engine with its ticker.
#[derive(Debug)]
pub(super) struct PolicyEngine {
    pub(super) engine: Engine,
    stop: Arc<AtomicBool>,
    ticker: Option<JoinHandle<()>>,
}

impl PolicyEngine {
    /// # Errors
    /// This machine cannot run compiled plugins.
    pub(super) fn start(memory_bytes: usize) -> anyhow::Result<Self> {
        let engine = match Engine::new(&config(Some(memory_bytes))) {
            Ok(engine) => engine,
            Err(error) => {
                // Address space may be limited (`ulimit -v`, containers).
                tracing::warn!(%error, "no pool for plugin instances: each will be allocated by itself, which is slower");
                Engine::new(&config(None))
                    .map_err(plain)
                    .context("plugins cannot be run on this machine")?
            }
        };
        let stop = Arc::new(AtomicBool::new(false));
        let ticker = std::thread::Builder::new().name("policy-ticker".to_owned());
        let ticker = ticker.spawn({
            let (engine, stop) = (engine.weak(), Arc::clone(&stop));
            move || {
                while !stop.load(Relaxed) {
                    std::thread::sleep(TICK);
                    let Some(engine) = engine.upgrade() else {
                        return;
                    };
                    engine.increment_epoch();
                }
            }
        })?;
        Ok(Self {
            engine,
            stop,
            ticker: Some(ticker),
        })
    }

    /// With all that a plugin may import.
    pub(super) fn linker(&self) -> anyhow::Result<Linker<HostState>> {
        let mut linker = Linker::new(&self.engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker).map_err(plain)?;
        bindings::Policy::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)
            .map_err(plain)?;
        Ok(linker)
    }
}

impl Drop for PolicyEngine {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
        if let Some(ticker) = self.ticker.take() {
            drop(ticker.join());
        }
    }
}

fn plain(error: wasmtime::Error) -> anyhow::Error {
    anyhow::anyhow!("{error:#}")
}

/// `memory_bytes`: of a pool's slot; none for no pool.
fn config(memory_bytes: Option<usize>) -> Config {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        .wasm_component_model(true)
        .max_wasm_stack(STACK_BYTES)
        .async_stack_size(FIBER_BYTES)
        // One core at most compiles; the others have messages to carry.
        .parallel_compilation(false);
    let Some(memory_bytes) = memory_bytes else {
        // Where address space is scarce, a memory takes what it uses, and pays with checks of its bounds.
        config
            .memory_reservation(0)
            .memory_reservation_for_growth(1024 * 1024)
            .memory_guard_size(64 * 1024);
        return config;
    };
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(POOL_INSTANCES)
        // Only counted: they cost what their memories and tables cost.
        .total_core_instances(CORE_INSTANCES * POOL_INSTANCES)
        .total_memories(POOL_MEMORIES)
        .total_tables(POOL_TABLES)
        .total_stacks(POOL_INSTANCES)
        .max_core_instances_per_component(CORE_INSTANCES)
        .max_memories_per_component(20)
        .max_tables_per_component(60)
        .max_component_instance_size(4 * 1024 * 1024)
        .max_core_instance_size(4 * 1024 * 1024)
        .max_memory_size(memory_bytes);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config
}

//! Starting and stopping: the threads on which plugins run, and the tasks around them.

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use arc_swap::ArcSwap;
use tokio::{
    runtime::{Handle, Runtime},
    sync::{Semaphore, mpsc},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use super::{
    IN_FLIGHT, Policies,
    board::Board,
    capacity::Capacity,
    engine::{self, PolicyEngine},
    http::{Addresses, Http},
    keeper::Keeper,
    loader::{Loader, LoaderParts},
    options::PolicyOptions,
    record::{self, Recorder},
    runner::Runner,
    snapshot::Snapshot,
};
use crate::{metrics::PolicyMetrics, model::policy::GrantedEffect, store::Store};

/// Granted effects of hooks that nobody waits for, on their way to be carried out. Chosen, not standard.
const EFFECTS: usize = 1_024;
/// Requests that wait for the loader.
const REQUESTS: usize = 16;

/// Policies that are up.
#[derive(Debug)]
pub struct Started {
    /// Asks them.
    pub policies: Arc<Policies>,
    /// Stops them.
    pub tasks: PolicyTasks,
    /// Effects of hooks that nobody waits for; those of others come with their answers. To be carried out by who takes them.
    pub effects: mpsc::Receiver<GrantedEffect>,
}

/// What runs until the server stops.
#[derive(Debug)]
pub struct PolicyTasks {
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
    runtime: Threads,
    engine: PolicyEngine,
}

/// The threads on which plugins run. A runtime may not be dropped where others wait; this may.
#[derive(Debug)]
struct Threads(Option<Runtime>);

impl Threads {
    fn start(count: usize) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(count)
            .thread_name("policy")
            .enable_all()
            .build()
            .context("the policies' threads cannot be started")?;
        Ok(Self(Some(runtime)))
    }

    fn handle(&self) -> Handle {
        self.0
            .as_ref()
            .expect("only dropping takes it")
            .handle()
            .clone()
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Policies {
    /// Starts, and loads what lies in the folder before it answers: from the first event on, every policy is asked.
    ///
    /// # Errors
    /// This machine cannot run plugins, or a folder or the database cannot be used. A plugin that cannot be loaded is no error.
    pub async fn start(
        store: Store,
        metrics: PolicyMetrics,
        options: PolicyOptions,
    ) -> anyhow::Result<Started> {
        let engine = PolicyEngine::start(options.memory_bytes)?;
        let linker = engine.linker()?;
        let runtime = Threads::start(options.threads)?;
        let stop = CancellationToken::new();
        let keeper = Arc::new(Keeper::new(store.clone(), options.kv));
        let left_out = metrics.decisions_left_out.clone();
        let (recorder, records) = Recorder::new(options.record, left_out.clone());
        let (effects_in, effects) = mpsc::channel(EFFECTS);
        let runner = Arc::new(Runner {
            deadline: options.deadline,
            budget: options.chain_budget,
            body_bytes: options.body_bytes,
            recorder,
            keeper: Arc::clone(&keeper),
            metrics,
            effects: effects_in,
        });
        let (snapshot, board) = (
            Arc::new(ArcSwap::from_pointee(Snapshot::default())),
            Arc::new(Board::default()),
        );
        let (requests, requested) = mpsc::channel(REQUESTS);
        let days = options.record_days;
        let mut loader = Loader::new(LoaderParts {
            store: store.clone(),
            keeper: Arc::clone(&keeper),
            http: Arc::new(Http::new(Addresses::Public)),
            runner: Arc::clone(&runner),
            snapshot: Arc::clone(&snapshot),
            board: Arc::clone(&board),
            engine: engine.engine.clone(),
            capacity: Arc::new(Capacity::new(engine::ROOM)),
            linker,
            runtime: runtime.handle(),
            stop: stop.clone(),
            options,
        })
        .context("the plugins cannot be loaded")?;
        let tasks = vec![
            tokio::spawn(record::keep(
                store.clone(),
                records,
                days,
                left_out,
                stop.clone(),
            )),
            tokio::spawn({
                let stop = stop.clone();
                async move { keeper.run(stop).await }
            }),
        ];
        let policies = Arc::new(Self {
            runner,
            snapshot,
            board,
            store,
            requests,
            in_flight: Arc::new(Semaphore::new(IN_FLIGHT)),
            runtime: runtime.handle(),
        });
        let mut tasks = PolicyTasks {
            stop,
            tasks,
            runtime,
            engine,
        };
        if let Err(error) = loader.begin().await {
            tasks.stop(Duration::from_secs(1)).await;
            return Err(error);
        }
        tasks.tasks.push(tokio::spawn(loader.run(requested)));
        Ok(Started {
            policies,
            tasks,
            effects,
        })
    }
}

impl PolicyTasks {
    /// Stops: what plugins remember and what they decided is written; calls that still last are cut.
    pub async fn stop(self, limit: Duration) {
        let Self {
            stop,
            tasks,
            runtime,
            engine,
        } = self;
        stop.cancel();
        let ends = async {
            for task in tasks {
                if let Err(error) = task.await {
                    tracing::error!(%error, "a task of the policies ended badly");
                }
            }
        };
        if tokio::time::timeout(limit, ends).await.is_err() {
            tracing::warn!("what the policies remember was not written in time");
        }
        drop(runtime);
        // The ticker sleeps for a moment: not on a thread that others need.
        drop(tokio::task::spawn_blocking(move || drop(engine)).await);
    }
}

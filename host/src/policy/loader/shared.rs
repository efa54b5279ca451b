//! What the tasks of all plugins share.

use std::{path::PathBuf, sync::Arc};

use anyhow::Context as _;
use arc_swap::ArcSwap;
use tokio::{
    runtime::Handle,
    sync::{Semaphore, mpsc},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{activate::Activator, compiled::Compiler, refusal::Refusal, source::Component};
use crate::{
    policy::{
        board::Board, capacity::Capacity, component::Linked, directory::Directory, events,
        generation::Plugin, http::Http, keeper::Keeper, options::PolicyOptions, runner::Runner,
        snapshot::Snapshot, state::HostState, wasi::Seeds,
    },
    store::Store,
};

/// What the loader stands on.
pub(in crate::policy) struct LoaderParts {
    pub(in crate::policy) options: PolicyOptions,
    pub(in crate::policy) store: Store,
    pub(in crate::policy) keeper: Arc<Keeper>,
    pub(in crate::policy) http: Arc<Http>,
    pub(in crate::policy) runner: Arc<Runner>,
    pub(in crate::policy) snapshot: Arc<ArcSwap<Snapshot>>,
    pub(in crate::policy) board: Arc<Board>,
    pub(in crate::policy) engine: wasmtime::Engine,
    pub(in crate::policy) capacity: Arc<Capacity>,
    pub(in crate::policy) linker: wasmtime::component::Linker<HostState>,
    /// Where plugins run.
    pub(in crate::policy) runtime: Handle,
    pub(in crate::policy) stop: CancellationToken,
}

/// What the tasks of all plugins share.
pub(super) struct Shared {
    pub(super) folder: PathBuf,
    pub(super) compiler: Arc<Compiler>,
    pub(super) activator: Activator,
    pub(super) store: Store,
    pub(super) runner: Arc<Runner>,
    pub(super) snapshot: Arc<ArcSwap<Snapshot>>,
    pub(super) board: Arc<Board>,
    pub(super) runtime: Handle,
    pub(super) stop: CancellationToken,
    /// What is to end when the server stops.
    pub(super) tasks: TaskTracker,
    /// One component is compiled at a time: the other cores have messages to carry.
    compiling: Semaphore,
}

impl Shared {
    /// # Errors
    /// The folders cannot be made.
    pub(super) fn new(parts: LoaderParts) -> anyhow::Result<Self> {
        let options = parts.options;
        std::fs::create_dir_all(&options.folder).with_context(|| {
            format!(
                "the plugins folder {} (policies.folder) cannot be made",
                options.folder.display()
            )
        })?;
        let private = &options.private_folder;
        let compiler = Compiler::new(&parts.engine, parts.linker, private)
            .with_context(|| format!("{} cannot be used", private.display()))?;
        Ok(Self {
            folder: options.folder.clone(),
            compiler: Arc::new(compiler),
            activator: Activator {
                keeper: parts.keeper,
                capacity: parts.capacity,
                seeds: Seeds::open(&private.join("seeds"))
                    .with_context(|| format!("{} cannot be used", private.display()))?,
                directory: Directory::new(parts.store.clone()),
                http: parts.http,
                metrics: parts.runner.metrics.clone(),
                options,
            },
            store: parts.store,
            runner: parts.runner,
            snapshot: parts.snapshot,
            board: parts.board,
            runtime: parts.runtime,
            stop: parts.stop,
            tasks: TaskTracker::new(),
            compiling: Semaphore::new(1),
        })
    }

    /// What the versions of a plugin are to share, with a task of its own that tells it of events.
    pub(super) fn plugin(&self, name: &str) -> Arc<Plugin> {
        let options = &self.activator.options;
        let (events, told) = mpsc::channel(options.after_queue_events);
        let telling = events::tell(
            Arc::clone(&self.runner),
            told,
            options.instances,
            self.stop.clone(),
        );
        self.tasks.spawn_on(telling, &self.runtime);
        Arc::new(Plugin::new(name, options.kv.keys, events))
    }

    /// What can be instantiated.
    pub(super) async fn linked(&self, component: &Component) -> Result<Linked, Refusal> {
        let turn = self.compiling.acquire().await;
        let linking = tokio::task::spawn_blocking({
            let (compiler, component) = (Arc::clone(&self.compiler), component.clone());
            move || compiler.linked(&component.hash, &component.bytes)
        });
        let linked = linking.await;
        drop(turn);
        let linked = linked.map_err(|_| Refusal::of_content("compiling it failed badly"))?;
        linked.map_err(Refusal::of_content)
    }

    /// Keeps a copy: without one the plugin would not come back after a restart, if its file is gone or broken.
    pub(super) async fn keep_copy(&self, component: Component) -> Result<(), Refusal> {
        let keeping = tokio::task::spawn_blocking({
            let compiler = Arc::clone(&self.compiler);
            move || compiler.keep_copy(&component.hash, &component.bytes)
        });
        let failed = |error: &dyn std::fmt::Display| {
            Refusal::for_now(format!("no copy of it can be kept: {error}"))
        };
        let kept = keeping.await.map_err(|error| failed(&error))?;
        kept.map_err(|error| failed(&error))
    }

    /// The copy of a component that was active once.
    pub(super) async fn copy(&self, hash: &str) -> Result<Component, Refusal> {
        let reading = tokio::task::spawn_blocking({
            let (compiler, hash) = (Arc::clone(&self.compiler), hash.to_owned());
            move || compiler.copy(&hash).map(Component::new)
        });
        let failed = |error: &dyn std::fmt::Display| {
            Refusal::for_now(format!("the copy of {hash} cannot be read: {error}"))
        };
        let read = reading.await.map_err(|error| failed(&error))?;
        read.map_err(|error| failed(&error))
    }

    /// Changes what is asked. Several plugins may change at once.
    pub(super) fn change_snapshot(&self, change: impl Fn(&Snapshot) -> Snapshot) {
        self.snapshot.rcu(|snapshot| change(snapshot));
    }
}

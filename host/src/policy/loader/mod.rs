//! Watches the plugins folder and keeps the snapshot as the operator wants it.
//!
//! Rule: a change either becomes active as a whole, or changes nothing but a line that says why. A vanished file is an alarm, not an
//! order: only `enabled = false` or a removal switches a policy off.

mod activate;
mod compiled;
mod entry;
mod folder;
mod requests;
mod watch;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use arc_swap::ArcSwap;
use tokio::{
    runtime::Handle,
    sync::{Notify, mpsc},
};
use tokio_util::sync::CancellationToken;

pub(super) use self::requests::Request;
pub use self::requests::{Change, ChangeError};
use self::{
    activate::{Activator, Candidate},
    compiled::Compiler,
    entry::{Entry, Source},
    folder::{Files, Settling, Stamp},
};
use super::{
    board::Board, directory::Directory, events, generation::Generation, http::Http, keeper::Keeper,
    options::PolicyOptions, runner::Runner, settings::Settings, snapshot::Snapshot,
    state::HostState,
};
use crate::{
    model::policy::PluginState,
    store::{PluginRow, PluginVersionRow, Store},
};

/// The folder is looked at this often even if nobody tells of a change: some file systems do not.
const LOOK: Duration = Duration::from_secs(2);
/// Activations of a plugin that are remembered.
const VERSIONS: i64 = 50;
/// Versions to which admins are shown a way back.
const EARLIER: usize = 10;

/// What the loader stands on.
pub(super) struct LoaderParts {
    pub(super) options: PolicyOptions,
    pub(super) store: Store,
    pub(super) keeper: Arc<Keeper>,
    pub(super) http: Arc<Http>,
    pub(super) runner: Arc<Runner>,
    pub(super) snapshot: Arc<ArcSwap<Snapshot>>,
    pub(super) board: Arc<Board>,
    pub(super) engine: wasmtime::Engine,
    pub(super) linker: wasmtime::component::Linker<HostState>,
    /// Where plugins run.
    pub(super) runtime: Handle,
    pub(super) stop: CancellationToken,
}

/// The one task that changes the snapshot.
pub(super) struct Loader {
    folder: PathBuf,
    settling: Settling,
    settle: Duration,
    counters: usize,
    compiler: Arc<Compiler>,
    activator: Arc<Activator>,
    store: Store,
    runner: Arc<Runner>,
    snapshot: Arc<ArcSwap<Snapshot>>,
    board: Arc<Board>,
    runtime: Handle,
    stop: CancellationToken,
    plugins: BTreeMap<String, Entry>,
}

impl Loader {
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
            settling: Settling::new(options.settle),
            settle: options.settle,
            counters: options.kv.keys,
            compiler: Arc::new(compiler),
            activator: Arc::new(Activator {
                keeper: parts.keeper,
                directory: Directory::new(parts.store.clone()),
                http: parts.http,
                metrics: parts.runner.metrics.clone(),
                options,
            }),
            store: parts.store,
            runner: parts.runner,
            snapshot: parts.snapshot,
            board: parts.board,
            runtime: parts.runtime,
            stop: parts.stop,
            plugins: BTreeMap::new(),
        })
    }

    /// Loads what lies in the folder, and what was active before and is not there any more.
    ///
    /// # Errors
    /// The database cannot say what was active.
    pub(super) async fn begin(&mut self) -> anyhow::Result<()> {
        let mut needed = BTreeSet::new();
        for row in self.store.plugins().await? {
            let versions = self.store.plugin_versions(&row.name, VERSIONS).await?;
            needed.extend(versions.iter().map(|version| version.hash.clone()));
            let entry = Entry::known(row, &versions, self.counters);
            self.plugins.insert(entry.plugin.name.to_string(), entry);
        }
        self.compiler.prune(&needed);
        while self.look().await {
            tokio::time::sleep(self.settle).await;
        }
        for name in self.plugins.keys().cloned().collect::<Vec<_>>() {
            self.fall_back(&name).await;
        }
        Ok(())
    }

    /// Watches until told to stop.
    pub(super) async fn run(mut self, mut requests: mpsc::Receiver<Request>) {
        let changed = Arc::new(Notify::new());
        let _watcher = watch::watch(&self.folder, Arc::clone(&changed));
        let stop = self.stop.clone();
        let mut pause = LOOK;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                request = requests.recv() => match request {
                    Some(request) => self.answer(request).await,
                    None => return,
                },
                () = changed.notified() => {},
                () = tokio::time::sleep(pause) => {},
            }
            pause = if self.look().await {
                self.settle / 2
            } else {
                LOOK
            };
        }
    }

    /// Looks at the folder once. Answers whether something has not come to rest.
    async fn look(&mut self) -> bool {
        let found = match folder::scan(&self.folder) {
            Ok(found) => found,
            Err(error) => {
                // A folder that is away for a moment says nothing about the plugins.
                tracing::error!(folder = %self.folder.display(), %error, "the plugins folder cannot be read");
                return false;
            }
        };
        let (settled, mut restless) = self.settling.observe(Instant::now(), found);
        for (name, files) in settled {
            restless |= !self.take(&name, files).await;
        }
        restless
    }

    /// Takes a plugin's files as they are. Answers whether they were at rest while they were read.
    async fn take(&mut self, name: &str, files: Files) -> bool {
        let reading = tokio::task::spawn_blocking({
            let (folder, name) = (self.folder.clone(), name.to_owned());
            move || Source::read(&folder, &name, files)
        });
        let read = reading
            .await
            .unwrap_or_else(|_| Err("reading it failed badly".to_owned()));
        let source = match read {
            Ok(Some(source)) => source,
            Ok(None) => {
                self.settling.again(name);
                return false;
            }
            Err(why) => {
                if files.component.is_some() || self.plugins.contains_key(name) {
                    self.refuse(name, &why);
                }
                return true;
            }
        };
        if source.hash.is_none() && !self.plugins.contains_key(name) {
            return true;
        }
        let entry = self.entry(name);
        if entry.tried.as_ref() == Some(&source.identity()) {
            return true;
        }
        entry.tried = Some(source.identity());
        self.apply(name, source).await;
        true
    }

    /// Does what the files say. A file that is gone says nothing: what it said last still holds.
    async fn apply(&mut self, name: &str, source: Source) {
        let entry = self.entry(name);
        let plugin = Arc::clone(&entry.plugin);
        let last = entry.settings.clone().unwrap_or_default();
        let gone = entry::gone(name, &source, &last);
        let text = source.settings.unwrap_or(last);
        let settings = match Settings::parse(&text) {
            Ok(settings) => Arc::new(settings),
            Err(why) => return self.refuse(name, &format!("{name}.toml: {why}")),
        };
        if !settings.enabled {
            return self.disable(name);
        }
        let entry = self.entry(name);
        let same_settings = entry.active.is_some() && entry.settings.as_ref() == Some(&text);
        let is_ignored = source.hash.is_some() && entry.ignored == source.hash;
        let loaded = match (source.hash, source.bytes) {
            (Some(hash), Some(bytes)) if !is_ignored => {
                if same_settings && entry.last_hash.as_ref() == Some(&hash) {
                    Ok(())
                } else {
                    let ignored = entry.ignored.take();
                    let loaded = self.load(name, hash, bytes, settings, text).await;
                    if loaded.is_err() {
                        self.entry(name).ignored = ignored;
                    }
                    loaded
                }
            }
            _ if same_settings => Ok(()),
            _ => match entry.last_hash.clone() {
                Some(hash) => self.try_copy(name, hash, &text).await,
                None => return self.forget(name),
            },
        };
        match (loaded, gone) {
            (Err(why), _) => self.refuse(name, &why),
            (Ok(()), Some(why)) => {
                tracing::error!(plugin = name, "{why}");
                self.board.wrong(&plugin, PluginState::FileGone, &why);
            }
            (Ok(()), None) if is_ignored => self.board.well(&plugin, PluginState::RolledBack),
            (Ok(()), None) => self.board.well(&plugin, PluginState::Active),
        }
    }

    fn disable(&mut self, name: &str) {
        self.snapshot
            .store(Arc::new(self.snapshot.load().without(name)));
        tracing::warn!(plugin = name, "the plugin is switched off by its settings");
        let entry = self.entry(name);
        entry.active = None;
        let plugin = Arc::clone(&entry.plugin);
        self.board.well(&plugin, PluginState::Disabled);
    }

    /// It never worked, and its file is gone.
    fn forget(&mut self, name: &str) {
        self.plugins.remove(name);
        self.board.remove(name);
    }

    /// Makes a component active.
    async fn load(
        &mut self,
        name: &str,
        hash: Arc<str>,
        bytes: Vec<u8>,
        settings: Arc<Settings>,
        text: String,
    ) -> Result<(), String> {
        let began = Instant::now();
        let generation = self.prepare(name, hash, Arc::new(bytes), settings).await?;
        self.put(generation, text).await;
        let took_ms = began.elapsed().as_millis();
        tracing::info!(plugin = name, took_ms, "the plugin is active");
        Ok(())
    }

    /// Makes a component ready to be put in its plugin's place.
    async fn prepare(
        &mut self,
        name: &str,
        hash: Arc<str>,
        bytes: Arc<Vec<u8>>,
        settings: Arc<Settings>,
    ) -> Result<Generation, String> {
        let linked = tokio::task::spawn_blocking({
            let (compiler, hash, bytes) = (
                Arc::clone(&self.compiler),
                Arc::clone(&hash),
                Arc::clone(&bytes),
            );
            move || compiler.linked(&hash, &bytes)
        });
        let linked = linked
            .await
            .map_err(|_| "compiling it failed badly".to_owned())??;
        let entry = self.entry(name);
        let candidate = Candidate {
            plugin: Arc::clone(&entry.plugin),
            number: entry.generation + 1,
            hash,
            linked,
            settings,
            former_state: entry.state_version,
        };
        let activator = Arc::clone(&self.activator);
        let activating = self
            .runtime
            .spawn(async move { activator.activate(candidate).await });
        let generation = activating
            .await
            .map_err(|_| "activating it failed badly".to_owned())??;
        if let Err(error) = self.compiler.keep_copy(&generation.hash, &bytes) {
            tracing::warn!(plugin = name, %error, "no copy of the plugin was kept: it cannot be rolled back to");
        }
        Ok(generation)
    }

    /// Puts a generation in its plugin's place.
    async fn put(&mut self, generation: Generation, text: String) {
        let name = generation.plugin.name.to_string();
        let generation = Arc::new(generation);
        self.snapshot
            .store(Arc::new(self.snapshot.load().with(Arc::clone(&generation))));
        self.runner.metrics.load_accepted(&name);
        let note = format!(
            "generation {} is active: version {}, {}",
            generation.number, generation.described.version, generation.hash
        );
        generation
            .plugin
            .log
            .note(crate::model::policy::LogLevel::Info, &note);
        if let Some(seconds) = generation.described.interval_seconds {
            self.runtime.spawn(events::tick(
                Arc::clone(&self.runner),
                Arc::clone(&self.snapshot),
                Arc::downgrade(&generation),
                Duration::from_secs(seconds.into()),
                self.stop.clone(),
            ));
        }
        let entry = self.entry(&name);
        entry.activated(&generation, text);
        let row = entry.row(&generation);
        let version = PluginVersionRow {
            plugin: name.clone(),
            generation: row.generation,
            hash: row.hash.clone(),
            version: generation.described.version.clone(),
            state_version: generation.described.state_version.into(),
            activated_at: generation.active_since,
        };
        self.note(&name, &row, &version).await;
    }

    async fn note(&mut self, name: &str, row: &PluginRow, version: &PluginVersionRow) {
        if let Err(error) = self.store.plugin_activated(row, version, VERSIONS).await {
            tracing::warn!(plugin = name, %error, "the activation was not noted: after a restart the version before may count as the last");
        }
        let earlier = match self.store.plugin_versions(name, VERSIONS).await {
            Ok(versions) => entry::earlier(&versions, &row.hash, EARLIER),
            Err(_) => Vec::new(),
        };
        let plugin = Arc::clone(&self.entry(name).plugin);
        self.board.earlier(&plugin, earlier);
    }

    /// What was active before, if nothing is.
    async fn fall_back(&mut self, name: &str) {
        let entry = self.entry(name);
        let plugin = Arc::clone(&entry.plugin);
        let (Some(hash), Some(text)) = (entry.last_hash.clone(), entry.settings.clone()) else {
            return;
        };
        let is_disabled = self.board.state(name) == Some(PluginState::Disabled);
        if self.snapshot.load().get(name).is_some() || is_disabled {
            return;
        }
        let is_gone = Stamp::at(&self.folder.join(format!("{name}.wasm"))).is_none();
        let (state, refused) = match self.board.last_error(name) {
            Some(why) if !is_gone => (PluginState::KeptOld, why),
            _ => (PluginState::FileGone, entry::component_gone(name)),
        };
        match self.try_copy(name, hash, &text).await {
            Ok(()) => {
                tracing::error!(
                    plugin = name,
                    "{refused}; the version that was active last is used"
                );
                self.board.wrong(&plugin, state, &refused);
            }
            Err(why) => self.refuse(name, &why),
        }
    }

    /// Loads the private copy of a component that was active once.
    async fn try_copy(&mut self, name: &str, hash: Arc<str>, text: &str) -> Result<(), String> {
        let settings = Settings::parse(text).map_err(|why| format!("{name}.toml: {why}"))?;
        let bytes = self.compiler.copy(&hash);
        let bytes = bytes.map_err(|error| format!("the copy of {hash} cannot be read: {error}"))?;
        self.load(name, hash, bytes, Arc::new(settings), text.to_owned())
            .await
    }

    /// Says why something did not become active; what was active stays.
    fn refuse(&mut self, name: &str, why: &str) {
        let entry = self.entry(name);
        let plugin = Arc::clone(&entry.plugin);
        let state = if entry.active.is_some() {
            PluginState::KeptOld
        } else {
            PluginState::Failed
        };
        let kept = match entry.active.as_ref() {
            Some(active) => format!("generation {} still serves", active.number),
            None => "nothing of it is active".to_owned(),
        };
        tracing::error!(plugin = name, "the plugin was refused: {why}; {kept}");
        self.runner.metrics.load_refused(name);
        self.board.wrong(&plugin, state, why);
    }

    fn entry(&mut self, name: &str) -> &mut Entry {
        let counters = self.counters;
        self.plugins
            .entry(name.to_owned())
            .or_insert_with(|| Entry::new(name, counters))
    }
}

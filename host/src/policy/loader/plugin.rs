//! One plugin, from its files to what is asked: a task of its own, so that what takes long with one plugin holds up no other.
//!
//! Rule: a change either becomes active as a whole, or changes nothing but a line that says why. What was active once and cannot be
//! loaded does not go unasked: it stands in the chain as unavailable, and `on_failure` speaks for it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::mpsc;

use super::{
    Report, Shared,
    activate::{Candidate, Prepared},
    folder::Files,
    known::{Known, earlier, kept_error, version_row},
    refusal::Refusal,
    requests::Request,
    source::{Component, Source},
};
use crate::{
    model::policy::{LogLevel, PluginState},
    policy::{
        board::Board,
        events,
        generation::{Generation, Plugin, Unavailable},
        settings::Settings,
    },
    store::{PluginRow, PluginVersionRow},
};

/// Activations of a plugin that are remembered.
pub(super) const VERSIONS: i64 = 50;
/// Versions to which admins are shown a way back.
const EARLIER: usize = 10;
/// Between a refusal that may pass and the next try, and the longest such pause; it doubles each time. Chosen, not standard.
const PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// What a plugin's task is to do.
pub(super) enum Job {
    /// Its files have changed and come to rest. Answered by a [`Report`].
    Files(Files),
    /// Somebody asks.
    Request(Request),
}

/// Keeps one plugin as its files and the operator want it.
pub(super) struct PluginLoader {
    pub(super) shared: Arc<Shared>,
    pub(super) plugin: Arc<Plugin>,
    pub(super) known: Known,
    /// What answers, if it does.
    active: Option<Arc<Generation>>,
    /// As the store has it.
    pub(super) saved: Option<PluginRow>,
    pause: Duration,
}

impl PluginLoader {
    /// Of a plugin that was never seen.
    pub(super) fn new(name: &str, shared: Arc<Shared>) -> Self {
        Self {
            plugin: shared.plugin(name),
            shared,
            known: Known::default(),
            active: None,
            saved: None,
            pause: PAUSE,
        }
    }

    /// Of one that the store knows.
    pub(super) fn known(
        row: PluginRow,
        versions: &[PluginVersionRow],
        shared: Arc<Shared>,
    ) -> Self {
        Self {
            known: Known::read(&row, versions),
            saved: Some(row.clone()),
            ..Self::new(&row.name, shared)
        }
    }

    /// Works until nobody has a job any more.
    pub(super) async fn run(
        mut self,
        mut jobs: mpsc::Receiver<Job>,
        reports: mpsc::Sender<Report>,
    ) {
        while let Some(job) = jobs.recv().await {
            let again = match job {
                Job::Request(request) => {
                    self.answer(request).await;
                    if self.save().await {
                        continue;
                    }
                    Some(self.next_pause())
                }
                Job::Files(files) => self.take(files).await,
            };
            let name = self.plugin.name.to_string();
            // Who wanted to know may have stopped.
            drop(reports.send(Report { name, again }).await);
        }
    }

    /// Takes the files as they are. Answers when they are to be looked at once more, if at all.
    async fn take(&mut self, files: Files) -> Option<Duration> {
        if files.component.is_none() && self.known.last.is_none() {
            self.forget();
        } else {
            let reading = tokio::task::spawn_blocking({
                let (shared, name) = (Arc::clone(&self.shared), Arc::clone(&self.plugin.name));
                move || Source::read(&shared.folder, &name, files)
            });
            let read = reading.await;
            let read = read.unwrap_or_else(|_| Err(Refusal::for_now("reading it failed badly")));
            let applied = match read {
                // They were not at rest.
                Ok(None) => return Some(Duration::ZERO),
                Ok(Some(source)) => self.apply(source).await,
                Err(refusal) => Err(refusal),
            };
            if let Err(refusal) = applied
                && self.refuse(refusal, files).await.is_transient
            {
                self.save().await;
                return Some(self.next_pause());
            }
        }
        if self.save().await {
            self.pause = PAUSE;
            None
        } else {
            Some(self.next_pause())
        }
    }

    fn next_pause(&mut self) -> Duration {
        let pause = self.pause;
        self.pause = (2 * pause).min(LONGEST_PAUSE);
        pause
    }

    /// Does what the files say. A file that is gone says nothing: what it said last still holds.
    async fn apply(&mut self, source: Source) -> Result<(), Refusal> {
        let gone = self.gone(&source);
        let Source {
            component,
            settings,
        } = source;
        let is_empty = component.is_none() && settings.is_none();
        self.known.file_hash = component.as_ref().map(|it| Arc::clone(&it.hash));
        let text = settings.unwrap_or_else(|| self.known.settings.clone());
        if !self.parse(&text)?.enabled {
            // With both files gone it is not only switched off: somebody has cleared up.
            match is_empty {
                true => self.forget(),
                false => self.disable(text, gone.as_deref()),
            }
            return Ok(());
        }
        let is_ignored = component.is_some() && self.known.ignored == self.known.file_hash;
        match component {
            Some(component) if !is_ignored => {
                if !self.serves(&component.hash, &text) {
                    self.load(component, text).await?;
                }
                self.known.ignored = None;
            }
            _ => self.load_last(text).await?,
        }
        match gone {
            Some(why) => {
                tracing::error!(plugin = &*self.plugin.name, "{why}");
                self.board()
                    .wrong(&self.plugin, PluginState::FileGone, &why);
            }
            None if is_ignored => self.board().well(&self.plugin, PluginState::RolledBack),
            None => self.board().well(&self.plugin, PluginState::Active),
        }
        Ok(())
    }

    fn serves(&self, hash: &str, settings: &str) -> bool {
        let active = self.active.as_ref();
        active.is_some_and(|it| *it.hash == *hash) && self.known.settings == settings
    }

    /// The component that was active last, by its private copy.
    async fn load_last(&mut self, settings: String) -> Result<(), Refusal> {
        match self.known.last.clone() {
            Some(last) if !self.serves(&last.hash, &settings) => {
                self.load_copy(&last.hash, settings).await
            }
            _ => Ok(()),
        }
    }

    /// Loads the private copy of a component that was active once.
    pub(super) async fn load_copy(&mut self, hash: &str, settings: String) -> Result<(), Refusal> {
        let component = self.shared.copy(hash).await?;
        self.load(component, settings).await
    }

    /// Makes a component active.
    async fn load(&mut self, component: Component, settings: String) -> Result<(), Refusal> {
        let began = Instant::now();
        let parsed = self.parse(&settings)?;
        let prepared = self.prepare(component, Arc::new(parsed)).await?;
        self.put(prepared, settings);
        let took_ms = began.elapsed().as_millis();
        tracing::info!(plugin = &*self.plugin.name, took_ms, "the plugin is active");
        Ok(())
    }

    /// Makes a component ready to be put in its plugin's place.
    pub(super) async fn prepare(
        &self,
        component: Component,
        settings: Arc<Settings>,
    ) -> Result<Prepared, Refusal> {
        let hash = Arc::clone(&component.hash);
        let linked = self.shared.linked(&component).await?;
        self.shared.keep_copy(component).await?;
        let candidate = Candidate {
            plugin: Arc::clone(&self.plugin),
            number: self.known.generation + 1,
            hash,
            linked,
            settings,
            former: self.active.clone(),
            former_state: self.known.state_version,
        };
        let shared = Arc::clone(&self.shared);
        let activating = self
            .shared
            .runtime
            .spawn(async move { shared.activator.activate(candidate).await });
        let failed = |_| Refusal::of_content("activating it failed badly");
        activating.await.map_err(failed)?
    }

    /// Puts a generation in its plugin's place.
    pub(super) fn put(&mut self, prepared: Prepared, settings: String) {
        let Prepared { generation, moved } = prepared;
        let generation = Arc::new(generation);
        let shared = &self.shared;
        shared.change_snapshot(|snapshot| snapshot.with(Arc::clone(&generation)));
        shared.runner.metrics.load_accepted(&self.plugin.name);
        let note = format!(
            "generation {} is active: version {}, {}",
            generation.number, generation.described.version, generation.hash
        );
        self.plugin.log.note(LogLevel::Info, &note);
        if let Some(seconds) = generation.described.interval_seconds {
            let interval = Duration::from_secs(seconds.into());
            let ticking = events::tick(
                shared.runner.metrics.clone(),
                Arc::clone(&shared.snapshot),
                Arc::downgrade(&generation),
                interval,
                shared.stop.clone(),
            );
            shared.runtime.spawn(ticking);
        }
        if let Some(moved) = moved {
            moved.done();
        }
        self.known.activated(&generation, settings);
        self.active = Some(generation);
    }

    /// Says why something did not become active. What was active stays so; if nothing is, what was active last comes back, or stands in
    /// the chain as unavailable. Answers why even that failed, else the same.
    async fn refuse(&mut self, refusal: Refusal, files: Files) -> Refusal {
        let (state, kept, answer) = match (&self.active, self.known.last.is_some()) {
            (Some(active), _) => {
                let kept = format!("generation {} still serves", active.number);
                (PluginState::KeptOld, kept, refusal.clone())
            }
            (None, false) => {
                let kept = "nothing of it was ever active".to_owned();
                (PluginState::Failed, kept, refusal.clone())
            }
            (None, true) if self.is_switched_off() => {
                let kept = "it stays switched off".to_owned();
                (PluginState::Disabled, kept, refusal.clone())
            }
            (None, true) => match self.load_last(self.known.settings.clone()).await {
                Ok(()) => {
                    let state = match files.component {
                        Some(_) => PluginState::KeptOld,
                        None => PluginState::FileGone,
                    };
                    let kept = "the version that was active last is used".to_owned();
                    (state, kept, refusal.clone())
                }
                Err(other) => {
                    self.stand_in(&other.why);
                    let kept = format!(
                        "nor can the version that was active last be used ({}): each of its hooks fails",
                        other.why
                    );
                    (PluginState::Unavailable, kept, other)
                }
            },
        };
        let (name, why) = (&*self.plugin.name, &refusal.why);
        tracing::error!(plugin = name, "the plugin was refused: {why}; {kept}");
        self.shared.runner.metrics.load_refused(name);
        self.board().wrong(&self.plugin, state, why);
        Refusal {
            is_transient: refusal.is_transient || answer.is_transient,
            ..answer
        }
    }

    /// Whether it is to be asked: it was active, and is not switched off.
    pub(super) fn is_wanted(&self) -> bool {
        self.known.last.is_some() && !self.is_switched_off()
    }

    fn is_switched_off(&self) -> bool {
        // What this server cannot read any more switched nothing off.
        Settings::parse(&self.known.settings).is_ok_and(|settings| !settings.enabled)
    }

    /// Takes its place in the chain while nothing of it can be asked.
    pub(super) fn stand_in(&self, why: &str) {
        let Some(last) = &self.known.last else {
            return;
        };
        let unavailable = Unavailable {
            plugin: Arc::clone(&self.plugin),
            number: self.known.generation,
            hash: Arc::clone(&last.hash),
            version: last.version.clone(),
            hooks: last.hooks.clone(),
            settings: Settings::parse(&self.known.settings).unwrap_or_default(),
            why: why.to_owned(),
        };
        let breaker = self.shared.activator.options.breaker;
        let metrics = &self.shared.runner.metrics;
        let generation = Arc::new(Generation::unavailable(unavailable, breaker, metrics));
        self.shared
            .change_snapshot(|snapshot| snapshot.with(Arc::clone(&generation)));
        self.board().well(&self.plugin, PluginState::Unavailable);
    }

    pub(super) fn disable(&mut self, settings: String, gone: Option<&str>) {
        let name = &*self.plugin.name;
        if self.board().state(name) != Some(PluginState::Disabled) {
            tracing::warn!(plugin = name, "the plugin is switched off by its settings");
        }
        self.take_out();
        self.known.settings = settings;
        match gone {
            Some(why) => self.board().wrong(&self.plugin, PluginState::Disabled, why),
            None => self.board().well(&self.plugin, PluginState::Disabled),
        }
    }

    /// There is nothing of it any more.
    pub(super) fn forget(&mut self) {
        self.take_out();
        self.known = self.known.forgotten();
        self.board().remove(&self.plugin.name);
    }

    fn take_out(&mut self) {
        self.active = None;
        let name = &self.plugin.name;
        self.shared
            .change_snapshot(|snapshot| snapshot.without(name));
    }

    /// Notes how it stands. Answers whether the store has it.
    pub(super) async fn save(&mut self) -> bool {
        let row = self.row();
        let is_unseen = self.saved.is_none() && row.state == PluginRow::REMOVED;
        if is_unseen || self.saved.as_ref() == Some(&row) {
            return true;
        }
        let name = &*self.plugin.name;
        let version = self.active.as_ref();
        let version = version.map(|it| version_row(it, &self.known.settings));
        let store = &self.shared.store;
        let saved = store.save_plugin(&row, version.as_ref(), VERSIONS).await;
        if let Err(error) = saved {
            tracing::warn!(plugin = name, %error, "how the plugin stands was not noted; it will be tried again");
            return false;
        }
        if let Ok(versions) = store.plugin_versions(name, VERSIONS).await {
            let active = row.hash.as_deref().unwrap_or_default();
            let earlier = earlier(versions, active).into_iter().take(EARLIER);
            let hashes = earlier.map(|version| version.hash).collect();
            self.board().earlier(name, hashes);
        }
        self.saved = Some(row);
        true
    }

    fn row(&self) -> PluginRow {
        let row = self.known.row(&self.plugin.name);
        let Some((state, error)) = self.board().standing(&self.plugin.name) else {
            return row;
        };
        let (last_error, last_error_at) = error.unzip();
        PluginRow {
            state: state.as_str().to_owned(),
            last_error: last_error.map(kept_error),
            last_error_at,
            ..row
        }
    }

    /// Which of the files is gone, and what that means.
    fn gone(&self, source: &Source) -> Option<String> {
        let name = &self.plugin.name;
        if source.component.is_none() {
            return Some(format!(
                "{name}.wasm is gone; what was active still is. To switch it off: `enabled = false` in {name}.toml"
            ));
        }
        let is_gone = source.settings.is_none() && !self.known.settings.is_empty();
        is_gone.then(|| {
            format!("{name}.toml is gone; its last settings still hold. For the defaults put an empty one there")
        })
    }

    pub(super) fn parse(&self, settings: &str) -> Result<Settings, Refusal> {
        let name = &self.plugin.name;
        Settings::parse(settings).map_err(|why| Refusal::of_content(format!("{name}.toml: {why}")))
    }

    pub(super) fn board(&self) -> &Board {
        &self.shared.board
    }
}

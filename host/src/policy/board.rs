//! How each plugin is, for admins: written by the loader, read by anybody.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering::Relaxed},
};

use super::{generation::Plugin, snapshot::Snapshot};
use crate::model::{
    Timestamp,
    policy::{HookStatus, LogLevel, LogLine, PluginName, PluginState, PluginStatus},
};

/// All plugins that were ever seen by this server.
#[derive(Debug, Default)]
pub(super) struct Board {
    entries: Mutex<BTreeMap<PluginName, Entry>>,
}

#[derive(Debug)]
struct Entry {
    plugin: Arc<Plugin>,
    state: PluginState,
    last_error: Option<(String, Timestamp)>,
    earlier: Vec<String>,
}

impl Board {
    /// The plugin works, or is switched off.
    pub(super) fn well(&self, plugin: &Arc<Plugin>, state: PluginState) {
        let mut entries = self.lock();
        let entry = entry(&mut entries, plugin);
        entry.state = state;
        entry.last_error = None;
    }

    /// Something is wrong with it.
    pub(super) fn wrong(&self, plugin: &Arc<Plugin>, state: PluginState, why: &str) {
        plugin.log.note(LogLevel::Error, why);
        let mut entries = self.lock();
        let entry = entry(&mut entries, plugin);
        entry.state = state;
        entry.last_error = Some((why.to_owned(), Timestamp::now()));
    }

    /// To what it can be rolled back.
    pub(super) fn earlier(&self, plugin: &str, hashes: Vec<String>) {
        if let Some(entry) = self.lock().get_mut(plugin) {
            entry.earlier = hashes;
        }
    }

    /// It was removed.
    pub(super) fn remove(&self, plugin: &str) {
        self.lock().remove(plugin);
    }

    /// How it is.
    pub(super) fn state(&self, plugin: &str) -> Option<PluginState> {
        self.standing(plugin).map(|(state, _)| state)
    }

    /// The same, with what is wrong with it and since when.
    pub(super) fn standing(
        &self,
        plugin: &str,
    ) -> Option<(PluginState, Option<(String, Timestamp)>)> {
        let entries = self.lock();
        let entry = entries.get(plugin)?;
        Some((entry.state, entry.last_error.clone()))
    }

    /// A plugin's live log, oldest line first.
    pub(super) fn log(&self, plugin: &str) -> Option<Vec<LogLine>> {
        let log = Arc::clone(&self.lock().get(plugin)?.plugin.log);
        Some(log.lines())
    }

    /// All of them.
    pub(super) fn statuses(&self, snapshot: &Snapshot) -> Vec<PluginStatus> {
        let entries = self.lock();
        entries
            .values()
            .map(|entry| status(entry, snapshot))
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<PluginName, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn entry<'a>(entries: &'a mut BTreeMap<PluginName, Entry>, plugin: &Arc<Plugin>) -> &'a mut Entry {
    entries.entry(plugin.name.clone()).or_insert_with(|| Entry {
        plugin: Arc::clone(plugin),
        state: PluginState::Failed,
        last_error: None,
        earlier: Vec::new(),
    })
}

fn status(entry: &Entry, snapshot: &Snapshot) -> PluginStatus {
    let name = entry.plugin.name.clone();
    let active = snapshot.get(&name);
    let (last_error, last_error_at) = entry.last_error.clone().unzip();
    let hook = |generation: &super::generation::Generation, hook| {
        let stats = &entry.plugin.stats[hook as usize];
        HookStatus {
            hook,
            verdicts: stats.verdicts(),
            traps: stats.traps.load(Relaxed),
            timeouts: stats.timeouts.load(Relaxed),
            overloads: stats.overloads.load(Relaxed),
            breaker: generation.breaker(hook),
            p50_us: stats.percentile_us(50),
            p99_us: stats.percentile_us(99),
        }
    };
    PluginStatus {
        state: entry.state,
        generation: active.map_or(0, |it| it.number),
        hash: active.map(|it| it.hash.to_string()).unwrap_or_default(),
        version: active
            .map(|it| it.described.version.clone())
            .unwrap_or_default(),
        summary: active
            .map(|it| it.described.summary.clone())
            .unwrap_or_default(),
        active_since: active
            .filter(|it| it.pool.is_ok())
            .map(|it| it.active_since),
        priority: active.map_or(0, |it| it.settings.priority),
        grants: active
            .map(|it| it.settings.grants.iter().cloned().collect())
            .unwrap_or_default(),
        hooks: active
            .map(|it| it.hooks.iter().map(|point| hook(it, *point)).collect())
            .unwrap_or_default(),
        last_error,
        last_error_at,
        earlier: entry.earlier.clone(),
        name,
    }
}

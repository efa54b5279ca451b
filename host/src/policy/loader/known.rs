//! What is known of one plugin over restarts: what the store keeps of it.

use std::sync::Arc;

use super::super::{answer::short, generation::Generation};
use crate::{
    model::policy::Hook,
    store::{PluginRow, PluginVersionRow},
};

/// Longest error that is kept.
const ERROR_BYTES: usize = 4_096;

/// What is known of one plugin.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The highest number given out.
    pub(super) generation: u64,
    /// What is active, or was last and is to come back.
    pub(super) last: Option<Last>,
    /// The form of its keys, as of the last activation.
    pub(super) state_version: Option<u32>,
    /// The text of the settings that hold; empty for the defaults.
    pub(super) settings: String,
    /// The file's component that is not to be loaded, after a rollback.
    pub(super) ignored: Option<Arc<str>>,
    /// The file's component, as it was read last.
    pub(super) file_hash: Option<Arc<str>>,
}

/// The version that was active last.
#[derive(Clone, Debug)]
pub(super) struct Last {
    pub(super) hash: Arc<str>,
    pub(super) version: String,
    pub(super) hooks: Vec<Hook>,
}

impl Known {
    /// As the store knows it.
    pub(super) fn read(row: &PluginRow, versions: &[PluginVersionRow]) -> Self {
        let newest = versions.first();
        let generation = newest.map_or(0, |it| it.generation).max(row.generation);
        let state_version = newest.map(|it| it.state_version);
        let hooks = row.hooks.split(' ').filter_map(Hook::from_word);
        let last = row.hash.as_deref().map(|hash| Last {
            hash: hash.into(),
            version: newest.map(|it| it.version.clone()).unwrap_or_default(),
            hooks: hooks.collect(),
        });
        Self {
            generation: u64::try_from(generation).unwrap_or(0),
            last,
            state_version: state_version.and_then(|version| u32::try_from(version).ok()),
            settings: row.settings.clone(),
            ignored: row.ignored_hash.as_deref().map(Into::into),
            file_hash: None,
        }
    }

    /// A generation became active with these settings.
    pub(super) fn activated(&mut self, generation: &Generation, settings: String) {
        self.generation = generation.number;
        self.last = Some(Last {
            hash: Arc::clone(&generation.hash),
            version: generation.described.version.clone(),
            hooks: generation.hooks.clone(),
        });
        self.state_version = Some(generation.described.state_version);
        self.settings = settings;
    }

    /// What is left when it is removed: its numbers go on.
    pub(super) fn forgotten(&self) -> Self {
        Self {
            generation: self.generation,
            state_version: self.state_version,
            ..Self::default()
        }
    }

    /// What the store is to keep, as of a plugin that is not there any more: how it stands is not known here.
    pub(super) fn row(&self, name: &str) -> PluginRow {
        let hooks = self.last.iter().flat_map(|last| &last.hooks);
        let hooks: Vec<&str> = hooks.map(|hook| hook.as_str()).collect();
        PluginRow {
            name: name.to_owned(),
            state: PluginRow::REMOVED.to_owned(),
            generation: i64::try_from(self.generation).unwrap_or(i64::MAX),
            hash: self.last.as_ref().map(|last| last.hash.to_string()),
            hooks: hooks.join(" "),
            settings: self.settings.clone(),
            ignored_hash: self.ignored.as_deref().map(ToOwned::to_owned),
            last_error: None,
            last_error_at: None,
        }
    }
}

/// An error as the store keeps it.
pub(super) fn kept_error(why: String) -> String {
    short(why, ERROR_BYTES)
}

/// An activation as the store keeps it.
pub(super) fn version_row(generation: &Generation, settings: &str) -> PluginVersionRow {
    PluginVersionRow {
        plugin: generation.plugin.name.to_string(),
        generation: i64::try_from(generation.number).unwrap_or(i64::MAX),
        hash: generation.hash.to_string(),
        version: generation.described.version.clone(),
        state_version: generation.described.state_version.into(),
        settings: settings.to_owned(),
        activated_at: generation.active_since,
    }
}

/// What was active before `active`, newest first, each component once.
pub(super) fn earlier(versions: Vec<PluginVersionRow>, active: &str) -> Vec<PluginVersionRow> {
    let mut earlier: Vec<PluginVersionRow> = Vec::new();
    for version in versions {
        if version.hash != active && earlier.iter().all(|it| it.hash != version.hash) {
            earlier.push(version);
        }
    }
    earlier
}

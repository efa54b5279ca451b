//! What the loader knows of one plugin, and what it reads of it.

use std::{path::Path, sync::Arc};

use sha2::{Digest as _, Sha256};

use super::{
    super::{
        asked::hex,
        generation::{Generation, Plugin},
    },
    folder::{Files, Stamp},
};
use crate::store::{PluginRow, PluginVersionRow};

/// The largest component that is read. Chosen, not standard: one in Python has about 40 MB.
const COMPONENT_BYTES: usize = 256 * 1024 * 1024;

/// A component's hash and the settings' text: the same pair is not tried twice.
pub(super) type Identity = (Option<Arc<str>>, Option<String>);

/// One plugin.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) plugin: Arc<Plugin>,
    /// What is in the snapshot.
    pub(super) active: Option<Arc<Generation>>,
    /// The highest number given out.
    pub(super) generation: u64,
    /// Of what is active, or was last.
    pub(super) last_hash: Option<Arc<str>>,
    pub(super) settings: Option<String>,
    pub(super) state_version: Option<u32>,
    /// What was read last.
    pub(super) tried: Option<Identity>,
    /// The file's component, after a rollback.
    pub(super) ignored: Option<Arc<str>>,
}

impl Entry {
    pub(super) fn new(name: &str, counters: usize) -> Self {
        Self {
            plugin: Arc::new(Plugin::new(name, counters)),
            active: None,
            generation: 0,
            last_hash: None,
            settings: None,
            state_version: None,
            tried: None,
            ignored: None,
        }
    }

    /// As the store knows it.
    pub(super) fn known(row: PluginRow, versions: &[PluginVersionRow], counters: usize) -> Self {
        let state_version = versions.first().map(|version| version.state_version);
        Self {
            generation: u64::try_from(row.generation).unwrap_or(0),
            last_hash: Some(row.hash.into()),
            settings: Some(row.settings),
            state_version: state_version.and_then(|version| u32::try_from(version).ok()),
            ignored: row.ignored_hash.map(Into::into),
            ..Self::new(&row.name, counters)
        }
    }

    pub(super) fn activated(&mut self, generation: &Arc<Generation>, settings: String) {
        self.generation = generation.number;
        self.last_hash = Some(Arc::clone(&generation.hash));
        self.settings = Some(settings);
        self.state_version = Some(generation.described.state_version);
        self.active = Some(Arc::clone(generation));
    }

    /// Whether the file's component is not to be loaded.
    pub(super) fn is_rolled_back(&self) -> bool {
        self.ignored.is_some() && self.ignored == self.tried_hash()
    }

    /// The component of the file that was read last.
    pub(super) fn tried_hash(&self) -> Option<Arc<str>> {
        self.tried.as_ref().and_then(|(hash, _)| hash.clone())
    }

    pub(super) fn row(&self, generation: &Generation) -> PluginRow {
        PluginRow {
            name: self.plugin.name.to_string(),
            generation: i64::try_from(generation.number).unwrap_or(i64::MAX),
            hash: generation.hash.to_string(),
            settings: self.settings.clone().unwrap_or_default(),
            ignored_hash: self.ignored.as_deref().map(ToOwned::to_owned),
        }
    }
}

/// The hashes that were active before `active`, newest first, each once.
pub(super) fn earlier(versions: &[PluginVersionRow], active: &str, limit: usize) -> Vec<String> {
    let mut earlier: Vec<String> = Vec::new();
    for version in versions {
        if version.hash != active && !earlier.contains(&version.hash) {
            earlier.push(version.hash.clone());
        }
    }
    earlier.truncate(limit);
    earlier
}

/// Which of a plugin's files is gone, and what that means.
pub(super) fn gone(name: &str, source: &Source, last_settings: &str) -> Option<String> {
    if source.hash.is_none() {
        return Some(component_gone(name));
    }
    let is_gone = source.settings.is_none() && !last_settings.is_empty();
    is_gone.then(|| {
        format!("{name}.toml is gone; its last settings still hold. For the defaults put an empty one there")
    })
}

/// A plugin without its component.
pub(super) fn component_gone(name: &str) -> String {
    format!(
        "{name}.wasm is gone; what was active still is. To switch it off: `enabled = false` in {name}.toml"
    )
}

/// A plugin's files as read.
pub(super) struct Source {
    pub(super) hash: Option<Arc<str>>,
    pub(super) bytes: Option<Vec<u8>>,
    pub(super) settings: Option<String>,
}

impl Source {
    /// Reads the files; `None` if they changed meanwhile.
    ///
    /// # Errors
    /// One cannot be read, for the operator.
    pub(super) fn read(folder: &Path, name: &str, files: Files) -> Result<Option<Self>, String> {
        let component = folder.join(format!("{name}.wasm"));
        let settings = folder.join(format!("{name}.toml"));
        let bytes = match files.component {
            Some(_) => Some(read(&component)?),
            None => None,
        };
        let text = match files.settings {
            Some(_) => Some(
                String::from_utf8(read(&settings)?)
                    .map_err(|_| format!("{name}.toml is not UTF-8"))?,
            ),
            None => None,
        };
        let now = Files {
            component: Stamp::at(&component),
            settings: Stamp::at(&settings),
        };
        if now != files {
            return Ok(None);
        }
        Ok(Some(Self {
            hash: bytes
                .as_ref()
                .map(|bytes| hex(&Sha256::digest(bytes)).into()),
            bytes,
            settings: text,
        }))
    }

    pub(super) fn identity(&self) -> Identity {
        (self.hash.clone(), self.settings.clone())
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let failed = |error| format!("{} cannot be read: {error}", path.display());
    let length = std::fs::metadata(path).map_err(failed)?.len();
    if length > COMPONENT_BYTES as u64 {
        return Err(format!(
            "{} has {length} bytes, limit {COMPONENT_BYTES}",
            path.display()
        ));
    }
    std::fs::read(path).map_err(failed)
}

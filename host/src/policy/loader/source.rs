//! A plugin's files as read.

use std::{path::Path, sync::Arc};

use sha2::{Digest as _, Sha256};

use super::{
    super::asked::hex,
    folder::{Files, Stamp},
    refusal::Refusal,
};

/// The largest component that is read. Chosen, not standard: one in Python has about 40 MB.
const COMPONENT_BYTES: u64 = 256 * 1024 * 1024;
/// The largest settings.
const SETTINGS_BYTES: u64 = 1024 * 1024;

/// A plugin's files as read.
pub(super) struct Source {
    pub(super) component: Option<Component>,
    pub(super) settings: Option<String>,
}

/// A component as read.
#[derive(Clone)]
pub(super) struct Component {
    /// SHA-256 in hex.
    pub(super) hash: Arc<str>,
    pub(super) bytes: Arc<Vec<u8>>,
}

impl Source {
    /// Reads the files; `None` if they changed meanwhile. Blocks on the disk.
    ///
    /// # Errors
    /// One cannot be read.
    pub(super) fn read(folder: &Path, name: &str, files: Files) -> Result<Option<Self>, Refusal> {
        let component = folder.join(format!("{name}.wasm"));
        let settings = folder.join(format!("{name}.toml"));
        let bytes = match files.component {
            Some(_) => Some(read(&component, COMPONENT_BYTES)?),
            None => None,
        };
        let text = match files.settings {
            Some(_) => Some(
                String::from_utf8(read(&settings, SETTINGS_BYTES)?)
                    .map_err(|_| Refusal::of_content(format!("{name}.toml is not UTF-8")))?,
            ),
            None => None,
        };
        let now = Files {
            component: Stamp::at(&component),
            settings: Stamp::at(&settings),
        };
        Ok((now == files).then(|| Self {
            component: bytes.map(Component::new),
            settings: text,
        }))
    }
}

impl Component {
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        Self {
            hash: hex(&Sha256::digest(&bytes)).into(),
            bytes: Arc::new(bytes),
        }
    }
}

fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Refusal> {
    let failed = |error| Refusal::for_now(format!("{} cannot be read: {error}", path.display()));
    let length = std::fs::metadata(path).map_err(failed)?.len();
    if length > limit {
        let path = path.display();
        return Err(Refusal::of_content(format!(
            "{path} has {length} bytes, limit {limit}"
        )));
    }
    std::fs::read(path).map_err(failed)
}

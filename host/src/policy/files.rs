//! A plugin's files: how they are put into the folder, by the server and by `natter plugin`.
//!
//! Rule: what is put there is there whole at once, by a rename, and is on disk before.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

use toml_edit::{DocumentMut, TomlError};

/// Settings that say that a plugin is off; the server obeys them, running or not. An installation takes them away.
pub const REMOVED: &str = "# Removed by `natter plugin remove`; `natter plugin install` takes this file away.\nenabled = false\n";

/// Whether a plugin is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// It is.
    On,
    /// It is not; its files and what it remembers stay.
    Off,
}

/// Longest name. With the extension and what is put around it while it is written, it must be a file's name.
const NAME_BYTES: usize = 200;

/// Whether this can be a plugin's name.
///
/// # Errors
/// It would be another file than the plugin's; in words.
pub fn check_name(name: &str) -> Result<(), String> {
    let is_file = !name.starts_with('.') && !name.contains(['/', '\\']);
    if is_file && (1..=NAME_BYTES).contains(&name.len()) && !name.contains(char::is_control) {
        return Ok(());
    }
    Err(format!(
        "{name:?} cannot be a plugin's name: it is a file's"
    ))
}

/// The settings that an installation writes, if any: those that are given, or empty ones in the place of [`REMOVED`].
#[must_use]
pub fn settings_to_write(given: Option<String>, there: Option<&str>) -> Option<String> {
    match (given, there) {
        (None, Some(REMOVED)) => Some(String::new()),
        (given, _) => given,
    }
}

/// Settings with another `enabled`; what else stands in them stays.
///
/// # Errors
/// They are no TOML; in words.
pub fn switched(settings: &str, to: Switch) -> Result<String, String> {
    let parsed: Result<DocumentMut, TomlError> = settings.parse();
    let mut document = parsed.map_err(|error| error.to_string())?;
    document["enabled"] = toml_edit::value(to == Switch::On);
    Ok(document.to_string())
}

/// Puts a file into the folder, which is made if it is missing.
///
/// # Errors
/// It cannot be written; what was there before still is.
pub fn put(folder: &Path, file: &str, content: &[u8]) -> io::Result<()> {
    /// Two plugins may be the same component, whose copy is then written twice at once.
    static WRITTEN: AtomicU64 = AtomicU64::new(0);
    fs::create_dir_all(folder)?;
    let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
    let part = folder.join(format!(".{file}.{number}.part"));
    let mut written = File::create(&part)?;
    written.write_all(content)?;
    written.sync_all()?;
    fs::rename(&part, folder.join(file))?;
    File::open(folder)?.sync_all()
}

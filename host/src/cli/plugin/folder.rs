//! The plugins folder.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use natter::policy::files;

/// The plugin's name by its file.
pub(super) fn name_of(file: &Path) -> anyhow::Result<String> {
    let stem = file.file_stem().and_then(|stem| stem.to_str());
    let stem = stem.with_context(|| format!("{} has no name", file.display()))?;
    Ok(stem.to_owned())
}

/// # Errors
/// It would be another file than the plugin's.
pub(super) fn check_name(name: &str) -> anyhow::Result<()> {
    files::check_name(name).map_err(anyhow::Error::msg)
}

/// Puts a file into the folder.
pub(super) fn put(folder: &Path, file: &str, content: &[u8]) -> anyhow::Result<()> {
    let place = || format!("{} cannot be written", folder.join(file).display());
    files::put(folder, file, content).with_context(place)
}

/// Deletes a file, if it is there.
pub(super) fn delete(path: &Path) -> anyhow::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{} cannot be deleted", path.display()))
        }
        _ => Ok(()),
    }
}

/// The components that lie there, by their names.
pub(super) fn components(folder: &Path) -> anyhow::Result<Vec<(String, PathBuf)>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.with_context(|| folder.display().to_string())?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let name = name_of(&path).unwrap_or_default();
        let is_component = path.extension().is_some_and(|it| it == "wasm") && path.is_file();
        if is_component && check_name(&name).is_ok() {
            found.push((name, path));
        }
    }
    Ok(found)
}

//! The plugins folder.
//!
//! Rule: what is put there is there whole at once, by a rename, and is on disk before.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, ensure};

/// Says that a plugin is off; the server obeys it, running or not.
pub(super) const REMOVED: &str = "# Removed by `natter plugin remove`; `natter plugin install` takes this file away.\nenabled = false\n";

/// The plugin's name by its file.
pub(super) fn name_of(file: &Path) -> anyhow::Result<String> {
    let stem = file.file_stem().and_then(|stem| stem.to_str());
    let stem = stem.with_context(|| format!("{} has no name", file.display()))?;
    Ok(stem.to_owned())
}

/// # Errors
/// It would be another file than the plugin's.
pub(super) fn check_name(name: &str) -> anyhow::Result<()> {
    ensure!(
        !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '\0']),
        "{name:?} cannot be a plugin's name: it is a file's"
    );
    Ok(())
}

/// Puts a file into the folder.
pub(super) fn put(folder: &Path, file: &str, content: &[u8]) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let part = folder.join(format!(".{file}.part"));
    let place = folder.join(file);
    let write = || {
        let mut written = File::create(&part)?;
        written.write_all(content)?;
        written.sync_all()?;
        fs::rename(&part, &place)?;
        File::open(folder)?.sync_all()
    };
    write().with_context(|| format!("{} cannot be written", place.display()))
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

//! `plugin list`: which version of each plugin was activated last, how the files in the folder stand to it, and what failed lately.
//!
//! Rule: why a file is not used is what the server's own loader says about it here and now.

use std::{collections::BTreeMap, fs, io::ErrorKind, path::Path};

use anyhow::Context as _;
use natter::{
    config::Config,
    model::Timestamp,
    store::{PluginRow, PluginVersionRow, Store},
};

use super::{
    database, folder,
    installed::{VERSIONS, hash, or_dash, short},
    rehearsal,
};

/// What failed longer ago is history.
const LATELY_SECONDS: i64 = 86_400;

/// Prints all plugins.
pub(super) async fn list(config: &Config) -> anyhow::Result<()> {
    let store = database::open(config).await?;
    let rows = store.plugins().await?;
    let mut known: BTreeMap<String, Option<PluginRow>> = rows
        .into_iter()
        .map(|row| (row.name.clone(), Some(row)))
        .collect();
    for (name, _) in folder::components(&config.policies.folder)? {
        known.entry(name).or_default();
    }
    if known.is_empty() {
        println!("No plugin lies in {}.", config.policies.folder.display());
    }
    for (name, row) in known {
        println!("{name}: {}", state(config, &name, row.as_ref()).await?);
        if let Some(row) = row {
            let versions = store.plugin_versions(&name, VERSIONS).await?;
            let active = versions
                .iter()
                .find(|version| version.generation == row.generation);
            if let Some(active) = active {
                print_active(&store, active).await?;
            }
        }
    }
    store.close().await;
    Ok(())
}

async fn print_active(store: &Store, active: &PluginVersionRow) -> anyhow::Result<()> {
    println!(
        "  version {}, {}, generation {}, active since {}",
        or_dash(&active.version),
        short(&active.hash),
        active.generation,
        active.activated_at
    );
    let since = Timestamp::now().plus_seconds(-LATELY_SECONDS);
    let since = since.max(active.activated_at);
    for failure in store.failures(&active.plugin, since).await? {
        println!(
            "  failed: {} {} times, the last at {}: {}: {}",
            failure.hook,
            failure.times,
            failure.last_at,
            failure.verdict,
            failure.reason.replace('\n', " ")
        );
    }
    Ok(())
}

/// In words: how the files in the folder and what was activated last stand to each other.
async fn state(config: &Config, name: &str, row: Option<&PluginRow>) -> anyhow::Result<String> {
    let found = Found::read(config, name)?;
    if found.is_switched_off() {
        return Ok("switched off by its settings".to_owned());
    }
    if row.is_some_and(|row| found.is(row)) {
        return Ok("the file is what was activated last".to_owned());
    }
    let Some(component) = found.component else {
        return Ok("the file is gone; the version below is still used".to_owned());
    };
    if row.is_some_and(|row| row.ignored_hash == Some(hash(&component))) {
        return Ok("rolled back: the file is not used".to_owned());
    }
    let used = match row {
        Some(_) => "the version below is used",
        None => "nothing of it was ever active",
    };
    let settings = found
        .settings
        .or_else(|| row.map(|row| row.settings.clone()));
    let tried = rehearsal::rehearse(name, component, settings.as_deref(), config).await?;
    Ok(match tried {
        Err(why) => format!("the file is refused: {why}; {used}"),
        Ok(_) => format!(
            "the file was not looked at yet, or was refused for what only the server knows (its log says why); {used}"
        ),
    })
}

/// A plugin's files as they lie in the folder.
pub(super) struct Found {
    component: Option<Vec<u8>>,
    settings: Option<String>,
}

impl Found {
    pub(super) fn read(config: &Config, name: &str) -> anyhow::Result<Self> {
        let place = |extension: &str| config.policies.folder.join(format!("{name}.{extension}"));
        let settings = read(&place("toml"))?;
        Ok(Self {
            component: read(&place("wasm"))?,
            settings: settings.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        })
    }

    /// Whether this is what was activated last. Settings whose file is gone still hold.
    pub(super) fn is(&self, row: &PluginRow) -> bool {
        let component = self.component.as_ref();
        component.is_some_and(|it| hash(it) == row.hash)
            && self.settings.as_ref().is_none_or(|it| *it == row.settings)
    }

    /// Settings that cannot be read switch nothing off.
    pub(super) fn is_switched_off(&self) -> bool {
        let settings = self.settings.as_deref().unwrap_or_default();
        let table: toml::Table = settings.parse().unwrap_or_default();
        table.get("enabled") == Some(&toml::Value::Boolean(false))
    }
}

/// A file's content, if it is there.
fn read(file: &Path) -> anyhow::Result<Option<Vec<u8>>> {
    match fs::read(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        content => Ok(Some(content.with_context(|| file.display().to_string())?)),
    }
}

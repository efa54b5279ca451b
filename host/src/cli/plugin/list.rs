//! `plugin list`: which version of each plugin was activated last, how the files in the folder stand to it, and what failed lately.
//!
//! Rule: why a file is not used is what the server noted when it refused it; nothing is loaded here.

use std::{collections::BTreeMap, fs, io::ErrorKind, path::Path, time::SystemTime};

use anyhow::Context as _;
use natter::{
    config::Config,
    model::{Timestamp, policy::PluginState},
    store::{PluginRow, PluginVersionRow, Store},
};

use super::{
    folder,
    installed::{VERSIONS, hash, or_dash, short},
};
use crate::cli::database;

/// What failed longer ago is history.
const LATELY_SECONDS: i64 = 86_400;

/// Prints all plugins.
pub(super) async fn list(config: &Config) -> anyhow::Result<()> {
    let store = database::open(config).await?;
    let rows = store.plugins().await?;
    let rows = rows.into_iter().filter(|it| it.state != PluginRow::REMOVED);
    let mut known: BTreeMap<String, Option<PluginRow>> =
        rows.map(|row| (row.name.clone(), Some(row))).collect();
    for (name, _) in folder::components(&config.policies.folder)? {
        known.entry(name).or_default();
    }
    if known.is_empty() {
        println!("No plugin lies in {}.", config.policies.folder.display());
    }
    for (name, row) in known {
        println!("{name}: {}", state(config, &name, row.as_ref())?);
        if let Some(row) = row.filter(|it| it.hash.is_some()) {
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
fn state(config: &Config, name: &str, row: Option<&PluginRow>) -> anyhow::Result<String> {
    let found = Found::read(config, name)?;
    if found.is_switched_off() {
        return Ok("switched off by its settings".to_owned());
    }
    let Some(row) = row else {
        return Ok("no server has looked at the file yet".to_owned());
    };
    let noted = row.last_error.as_ref().zip(row.last_error_at);
    let noted = noted.filter(|(_, at)| found.changed_at.is_none_or(|it| it <= *at));
    let why = noted.map(|(why, at)| format!("{} ({at})", why.replace('\n', " ")));
    if row.state == PluginState::Unavailable.as_str() {
        let why = why.unwrap_or_else(|| "it is being loaded".to_owned());
        return Ok(format!(
            "nothing of it works, each of its hooks fails: {why}"
        ));
    }
    if found.is(row) {
        return Ok("the file is what was activated last".to_owned());
    }
    let Some(component) = &found.component else {
        return Ok("the file is gone; the version below is still used".to_owned());
    };
    if row.ignored_hash == Some(hash(component)) {
        return Ok("rolled back: the file is not used".to_owned());
    }
    let used = match row.hash {
        Some(_) => "the version below is used",
        None => "nothing of it was ever active",
    };
    Ok(match why {
        Some(why) => format!("the file is refused: {why}; {used}"),
        None => format!("no server has looked at the file yet; {used}"),
    })
}

/// A plugin's files as they lie in the folder.
pub(super) struct Found {
    component: Option<Vec<u8>>,
    settings: Option<String>,
    changed_at: Option<Timestamp>,
}

impl Found {
    pub(super) fn read(config: &Config, name: &str) -> anyhow::Result<Self> {
        let place = |extension: &str| config.policies.folder.join(format!("{name}.{extension}"));
        let settings = read(&place("toml"))?;
        let changed = ["wasm", "toml"].map(|extension| changed_at(&place(extension)));
        Ok(Self {
            changed_at: changed.into_iter().flatten().max(),
            component: read(&place("wasm"))?,
            settings: settings.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        })
    }

    /// Whether this is what was activated last. Settings whose file is gone still hold.
    pub(super) fn is(&self, row: &PluginRow) -> bool {
        let component = self.component.as_ref();
        component.is_some_and(|it| row.hash == Some(hash(it)))
            && self.settings.as_ref().is_none_or(|it| *it == row.settings)
    }

    /// Settings that cannot be read switch nothing off.
    pub(super) fn is_switched_off(&self) -> bool {
        let settings = self.settings.as_deref().unwrap_or_default();
        let table: toml::Table = settings.parse().unwrap_or_default();
        table.get("enabled") == Some(&toml::Value::Boolean(false))
    }
}

fn changed_at(file: &Path) -> Option<Timestamp> {
    let changed = fs::metadata(file).and_then(|it| it.modified()).ok()?;
    let since = changed.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok().map(Timestamp)
}

/// A file's content, if it is there.
fn read(file: &Path) -> anyhow::Result<Option<Vec<u8>>> {
    match fs::read(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        content => Ok(Some(content.with_context(|| file.display().to_string())?)),
    }
}

//! What is installed in a server: from its folder and its database, which say what was activated last.
//!
//! Rule: an installation is a file that is put into the folder; whether the server took it shows in `list` a moment later.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context as _, bail, ensure};
use natter::{
    config::Config,
    model::Cursor,
    store::{PluginRow, PluginVersionRow},
};
use sha2::{Digest as _, Sha256};

use super::{
    database,
    folder::{self, REMOVED},
    rehearsal,
};

/// Activations that are looked at.
const VERSIONS: i64 = 50;
/// So much of a hash tells versions apart.
const SHORT: usize = 12;

/// Prints all plugins: how the server left them, and what lies in the folder and was not looked at since.
pub(super) async fn list(config: &Config) -> anyhow::Result<()> {
    let store = database::open(config).await?;
    let rows = store.plugins().await?;
    let rows = rows.into_iter().filter(|it| it.state != PluginRow::REMOVED);
    let mut known: BTreeMap<String, Option<PluginRow>> =
        rows.map(|row| (row.name.clone(), Some(row))).collect();
    let components = folder::components(&config.policies.folder)?;
    for (name, _) in &components {
        known.entry(name.clone()).or_default();
    }
    if known.is_empty() {
        println!("No plugin lies in {}.", config.policies.folder.display());
    }
    for (name, row) in known {
        let Some(row) = row else {
            println!("{name}: no server has looked at it yet");
            continue;
        };
        println!("{name}: {}", state(&row));
        if let (Some(error), Some(at)) = (&row.last_error, row.last_error_at) {
            println!("  {at}: {}", error.replace('\n', " "));
        }
        let versions = store.plugin_versions(&name, VERSIONS).await?;
        let mut versions = versions.iter().filter(|_| row.hash.is_some());
        if let Some(active) = versions.find(|version| version.generation == row.generation) {
            println!(
                "  version {}, {}, generation {}, active since {}",
                or_dash(&active.version),
                short(&active.hash),
                active.generation,
                active.activated_at
            );
        }
    }
    store.close().await;
    Ok(())
}

/// In words: how the server left it.
fn state(row: &PluginRow) -> &str {
    match row.state.as_str() {
        "active" => "active",
        "kept_old" => "the file or its settings were refused; the version below is used",
        "file_gone" => "a file is gone; the version below is still used",
        "unavailable" => "the version below cannot be loaded: each of its hooks fails",
        "failed" => "refused; nothing of it was ever active",
        "disabled" => "switched off by its settings",
        "rolled_back" => "rolled back: the file is not used",
        other => other,
    }
}

/// Checks a component and puts it into the folder, its settings first.
pub(super) async fn install(
    config: &Config,
    name: &str,
    file: &Path,
    settings: Option<String>,
) -> anyhow::Result<()> {
    folder::check_name(name)?;
    let plugins = &config.policies.folder;
    let there = fs::read_to_string(plugins.join(format!("{name}.toml"))).ok();
    let new_settings = match (settings, there.as_deref()) {
        (None, Some(REMOVED)) => Some(String::new()),
        (settings, _) => settings,
    };
    let judged = new_settings.as_deref().or(there.as_deref());
    let report = rehearsal::check(name, file, judged).await?;
    if let Some(settings) = new_settings {
        folder::put(plugins, &format!("{name}.toml"), settings.as_bytes())?;
    }
    let component = fs::read(file).with_context(|| file.display().to_string())?;
    folder::put(plugins, &format!("{name}.wasm"), &component)?;
    print!("{report}");
    println!(
        "It lies in {} as {name}; a running server takes it within a moment.",
        plugins.display()
    );
    Ok(())
}

/// Puts the version back that was active before the present one.
pub(super) async fn roll_back(config: &Config, name: &str) -> anyhow::Result<()> {
    folder::check_name(name)?;
    let store = database::open(config).await?;
    let rows = store.plugins().await?;
    let versions = store.plugin_versions(name, VERSIONS).await?;
    store.close().await;
    let row = rows.into_iter().find(|row| row.name == name);
    let row = row.filter(|it| it.hash.is_some());
    let row = row.with_context(|| format!("no plugin {name} was ever active"))?;
    let earlier = earlier(&row, &versions)
        .with_context(|| format!("{name} has no earlier version to go back to"))?;
    let copy = config.server.data_dir.join("policies/versions");
    let copy = copy.join(format!("{}.wasm", earlier.hash));
    let component = fs::read(&copy).with_context(|| copy.display().to_string())?;
    ensure!(
        hash(&component) == earlier.hash,
        "{} is damaged",
        copy.display()
    );
    let settings = format!("{name}.toml");
    let there = fs::read_to_string(config.policies.folder.join(&settings)).ok();
    let judged = there.as_deref().unwrap_or(&row.settings);
    if let Err(unfit) = rehearsal::check(name, &copy, Some(judged)).await {
        // Settings that came with the newer version may not fit: those of then do.
        rehearsal::check(name, &copy, Some(&earlier.settings)).await?;
        let old = earlier.settings.as_bytes();
        folder::put(&config.policies.folder, &settings, old)?;
        println!("{settings} is put back too: with the present one, {unfit:#}.");
    }
    folder::put(&config.policies.folder, &format!("{name}.wasm"), &component)?;
    println!(
        "{name} is put back to version {}, {}; a running server takes it within a moment.",
        or_dash(&earlier.version),
        short(&earlier.hash)
    );
    Ok(())
}

/// The version before the present one. One that an admin has rolled back from would not be loaded.
fn earlier<'a>(row: &PluginRow, versions: &'a [PluginVersionRow]) -> Option<&'a PluginVersionRow> {
    versions.iter().find(|it| {
        row.hash.as_ref() != Some(&it.hash) && row.ignored_hash.as_ref() != Some(&it.hash)
    })
}

/// Switches a plugin off and deletes its component.
pub(super) async fn remove(config: &Config, name: &str) -> anyhow::Result<()> {
    folder::check_name(name)?;
    let plugins = &config.policies.folder;
    let component = plugins.join(format!("{name}.wasm"));
    let settings = format!("{name}.toml");
    let store = database::open(config).await?;
    let rows = store.plugins().await?;
    let is_known = rows
        .iter()
        .any(|row| row.name == name && row.state != PluginRow::REMOVED);
    store.close().await;
    if !is_known && !component.exists() {
        bail!("there is no plugin {name}");
    }
    // First this: a component that only vanishes stays active, as an accident would.
    folder::put(plugins, &settings, REMOVED.as_bytes())?;
    folder::delete(&component)?;
    println!(
        "{name} is off; a running server obeys within a moment. {settings} stays in the folder to say so."
    );
    Ok(())
}

/// Prints when versions became active, and the last decisions.
pub(super) async fn logs(config: &Config, name: &str, decisions: u32) -> anyhow::Result<()> {
    let store = database::open(config).await?;
    let mut versions = store.plugin_versions(name, VERSIONS).await?;
    let found = store.decisions(Some(name), Cursor::LAST, decisions.into());
    let mut found = found.await?;
    store.close().await;
    ensure!(!versions.is_empty(), "no plugin {name} was ever active");
    versions.reverse();
    for version in versions {
        println!(
            "{}  active  generation {}, version {}, {}",
            version.activated_at,
            version.generation,
            or_dash(&version.version),
            short(&version.hash)
        );
    }
    found.reverse();
    for decision in found {
        println!(
            "{}  {}  {}  {} µs  {}",
            decision.at,
            decision.hook.as_str(),
            decision.verdict,
            decision.micros,
            decision.reason.as_deref().unwrap_or_default()
        );
    }
    println!("What {name} itself logged is in the server's log, with plugin={name}.");
    Ok(())
}

fn hash(component: &[u8]) -> String {
    let bytes = Sha256::digest(component);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn short(hash: &str) -> &str {
    hash.get(..SHORT).unwrap_or(hash)
}

fn or_dash(version: &str) -> &str {
    if version.is_empty() { "-" } else { version }
}

//! What is installed in a server: from its folder and its database, which say what was activated last.
//!
//! Rule: an installation is a file that is put into the folder; whether the server took it shows in `list` a moment later.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context as _, bail, ensure};
use natter::{
    config::Config,
    model::Cursor,
    policy::files,
    store::{PluginRow, PluginVersionRow},
};
use sha2::{Digest as _, Sha256};

use super::{database, folder, rehearsal};

/// Activations that are looked at.
const VERSIONS: i64 = 50;
/// So much of a hash tells versions apart.
const SHORT: usize = 12;

/// Prints all plugins.
pub(super) async fn list(config: &Config) -> anyhow::Result<()> {
    let store = database::open(config).await?;
    let rows = store.plugins().await?;
    let mut known: BTreeMap<String, Option<PluginRow>> = rows
        .into_iter()
        .map(|row| (row.name.clone(), Some(row)))
        .collect();
    let components = folder::components(&config.policies.folder)?;
    for (name, _) in &components {
        known.entry(name.clone()).or_default();
    }
    if known.is_empty() {
        println!("No plugin lies in {}.", config.policies.folder.display());
    }
    for (name, row) in known {
        let versions = store.plugin_versions(&name, VERSIONS).await?;
        let active = row.as_ref().and_then(|row| {
            let mut versions = versions.iter();
            versions.find(|version| version.generation == row.generation)
        });
        let state = state(config, &name, row.as_ref())?;
        match active {
            Some(active) => println!(
                "{name}: {state}\n  version {}, {}, generation {}, active since {}",
                or_dash(&active.version),
                short(&active.hash),
                active.generation,
                active.activated_at
            ),
            None => println!("{name}: {state}"),
        }
    }
    store.close().await;
    Ok(())
}

/// In words: how the file in the folder and what was activated last stand to each other.
fn state(config: &Config, name: &str, row: Option<&PluginRow>) -> anyhow::Result<&'static str> {
    let folder = &config.policies.folder;
    if is_switched_off(&folder.join(format!("{name}.toml")))? {
        return Ok("switched off by its settings");
    }
    let file = folder.join(format!("{name}.wasm"));
    let found = match fs::read(&file) {
        Ok(component) => Some(hash(&component)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(error).with_context(|| file.display().to_string()),
    };
    Ok(match (found, row) {
        (Some(found), Some(row)) if found == row.hash => "the file is what was activated last",
        (Some(found), Some(row)) if row.ignored_hash.as_ref() == Some(&found) => {
            "rolled back: the file is not used"
        }
        (Some(_), Some(_)) => {
            "the file was refused (the server's log says why), or was not looked at yet; the version below is used"
        }
        (Some(_), None) => {
            "never activated: refused (the server's log says why), or not looked at yet"
        }
        (None, _) => "the file is gone; the version below is still used",
    })
}

fn is_switched_off(settings: &Path) -> anyhow::Result<bool> {
    let text = match fs::read_to_string(settings) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        text => text.with_context(|| settings.display().to_string())?,
    };
    // Settings that cannot be read switch nothing off.
    let table: toml::Table = text.parse().unwrap_or_default();
    Ok(table.get("enabled") == Some(&toml::Value::Boolean(false)))
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
    let new_settings = files::settings_to_write(settings, there.as_deref());
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
    versions
        .iter()
        .find(|it| it.hash != row.hash && row.ignored_hash.as_ref() != Some(&it.hash))
}

/// Switches a plugin off and deletes its component.
pub(super) async fn remove(config: &Config, name: &str) -> anyhow::Result<()> {
    folder::check_name(name)?;
    let plugins = &config.policies.folder;
    let component = plugins.join(format!("{name}.wasm"));
    let settings = format!("{name}.toml");
    let store = database::open(config).await?;
    let is_known = store.plugins().await?.iter().any(|row| row.name == name);
    store.close().await;
    if !is_known && !component.exists() {
        bail!("there is no plugin {name}");
    }
    // First this: a component that only vanishes stays active, as an accident would.
    folder::put(plugins, &settings, files::REMOVED.as_bytes())?;
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

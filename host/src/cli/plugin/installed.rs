//! What is installed in a server: from its folder and its database, which say what was activated last.
//!
//! Rule: an installation is a file that is put into the folder; whether the server took it shows in `list` a moment later.

use std::{fs, io::ErrorKind, path::Path};

use anyhow::{Context as _, anyhow, bail, ensure};
use natter::{
    config::Config,
    model::Cursor,
    policy::files::{self, Switch},
    store::{PluginRow, PluginVersionRow},
};
use sha2::{Digest as _, Sha256};

use super::{folder, list::Found, rehearsal};
use crate::cli::database;

/// Activations that are looked at.
pub(super) const VERSIONS: i64 = 50;
/// So much of a hash tells versions apart.
const SHORT: usize = 12;

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
    let report = rehearsal::check(name, file, judged, config).await?;
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

/// Puts back what is in use, if the files in the folder are something else, and otherwise the version before.
pub(super) async fn roll_back(config: &Config, name: &str) -> anyhow::Result<()> {
    folder::check_name(name)?;
    let store = database::open(config).await?;
    let rows = store.plugins().await?;
    let versions = store.plugin_versions(name, VERSIONS).await?;
    store.close().await;
    let row = rows.into_iter().find(|row| row.name == name);
    let row = row.filter(|it| it.hash.is_some());
    let row = row.with_context(|| format!("no plugin {name} was ever active"))?;
    let found = Found::read(config, name)?;
    ensure!(
        !found.is_switched_off(),
        "{name} is switched off by its settings; install it, or set `enabled = true`"
    );
    let is_used = found.is(&row);
    let version = if is_used {
        let earlier = earlier(&row, &versions);
        earlier.with_context(|| format!("{name} has no earlier version to go back to"))?
    } else {
        let mut versions = versions.iter();
        let used = versions.find(|it| it.generation == row.generation);
        used.with_context(|| format!("of {name} nothing is in use"))?
    };
    let copy = config.server.data_dir.join("policies/versions");
    let copy = copy.join(format!("{}.wasm", version.hash));
    let component = fs::read(&copy).with_context(|| copy.display().to_string())?;
    ensure!(
        hash(&component) == version.hash,
        "{} is damaged",
        copy.display()
    );
    let plugins = &config.policies.folder;
    let put_settings = |text: &str| folder::put(plugins, &format!("{name}.toml"), text.as_bytes());
    if !is_used {
        put_settings(&row.settings)?;
    } else if let Err(why) = fits(config, name, &component, &row.settings).await? {
        // Settings that came with the newer version: those of then do.
        put_settings(&version.settings)?;
        println!("{name}.toml is put back too, for the present one does not fit: {why}");
    }
    folder::put(plugins, &format!("{name}.wasm"), &component)?;
    println!(
        "{name} is put back to version {}, {}; a running server takes it within a moment.",
        or_dash(&version.version),
        short(&version.hash)
    );
    Ok(())
}

async fn fits(
    config: &Config,
    name: &str,
    component: &[u8],
    settings: &str,
) -> anyhow::Result<Result<(), String>> {
    let tried = rehearsal::rehearse(name, component.to_vec(), Some(settings), config).await?;
    Ok(tried.map(drop))
}

/// The version before the present one. One that an admin has rolled back from would not be loaded.
fn earlier<'a>(row: &PluginRow, versions: &'a [PluginVersionRow]) -> Option<&'a PluginVersionRow> {
    versions.iter().find(|it| {
        row.hash.as_ref() != Some(&it.hash) && row.ignored_hash.as_ref() != Some(&it.hash)
    })
}

/// Says in a plugin's settings whether it is asked.
pub(super) fn switch(config: &Config, name: &str, to: Switch) -> anyhow::Result<()> {
    folder::check_name(name)?;
    let plugins = &config.policies.folder;
    let (component, settings) = (format!("{name}.wasm"), format!("{name}.toml"));
    ensure!(
        plugins.join(&component).exists(),
        "there is no {component} in {}",
        plugins.display()
    );
    let there = match fs::read_to_string(plugins.join(&settings)) {
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        read => read.with_context(|| settings.clone())?,
    };
    let text = files::switched(&there, to).map_err(|why| anyhow!("{settings}: {why}"))?;
    folder::put(plugins, &settings, text.as_bytes())?;
    let word = match to {
        Switch::On => "on",
        Switch::Off => "off",
    };
    println!("{name} is switched {word}; a running server obeys within a moment.");
    Ok(())
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

pub(super) fn hash(component: &[u8]) -> String {
    let bytes = Sha256::digest(component);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn short(hash: &str) -> &str {
    hash.get(..SHORT).unwrap_or(hash)
}

pub(super) fn or_dash(version: &str) -> &str {
    if version.is_empty() { "-" } else { version }
}

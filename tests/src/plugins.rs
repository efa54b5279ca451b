//! Plugins of a test: the components that `cargo xtask test` built, a server's folder, and what came of a file there.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Output;

use anyhow::{Context as _, Result};
use serde_json::Value;
use tokio::process::Command;

use crate::deadline::{eventually, within};
use crate::fields::list;
use crate::people::Person;
use crate::rest::Outcome as _;
use crate::server::{Server, Site, binary};

/// Where the tests' own plugins are.
pub fn fixtures() -> Result<PathBuf> {
    folder("NATTER_TEST_PLUGINS")
}

/// Where Natter's own policies are.
pub fn shipped_folder() -> Result<PathBuf> {
    folder("NATTER_SHIPPED_PLUGINS")
}

fn folder(variable: &str) -> Result<PathBuf> {
    let folder = std::env::var_os(variable).with_context(|| {
        format!("{variable} is not set: `cargo xtask test` builds the plugins and sets it")
    })?;
    Ok(PathBuf::from(folder))
}

/// A component of the tests' own.
pub fn fixture(plugin: &str) -> Result<Vec<u8>> {
    read(fixtures()?.join(format!("{plugin}.wasm")))
}

/// One of Natter's own policies.
pub fn shipped(policy: &str) -> Result<Vec<u8>> {
    read(shipped_folder()?.join(format!("{}.wasm", policy.replace('-', "_"))))
}

fn read(path: PathBuf) -> Result<Vec<u8>> {
    std::fs::read(&path).with_context(|| path.display().to_string())
}

/// Puts a file into the plugins folder, whole at once.
pub fn drop_in(site: &Site, file: &str, content: &[u8]) -> Result<()> {
    std::fs::create_dir_all(site.plugins())?;
    let part = site.plugins().join(format!("{file}.part"));
    std::fs::write(&part, content)?;
    std::fs::rename(part, site.plugins().join(file))?;
    Ok(())
}

/// Puts a component with its settings there, and waits until it is active.
pub async fn install(
    site: &Site,
    server: &Server,
    plugin: &str,
    (component, settings): (&[u8], &str),
) -> Result<()> {
    let before = loads(server, plugin, "activated").await?;
    drop_in(site, &format!("{plugin}.toml"), settings.as_bytes())?;
    drop_in(site, &format!("{plugin}.wasm"), component)?;
    until_loads(server, plugin, "activated", before + 1.0).await
}

/// How often files of a plugin came to this: `activated` or `refused`.
pub async fn loads(server: &Server, plugin: &str, outcome: &str) -> Result<f64> {
    let series = format!("natter_policy_loads_total{{plugin=\"{plugin}\",outcome=\"{outcome}\"}}");
    server.metric(&series).await
}

/// Waits until so many files of a plugin came to this.
pub async fn until_loads(server: &Server, plugin: &str, outcome: &str, count: f64) -> Result<()> {
    let what = format!("{plugin} to be {outcome} {count} times");
    eventually(&what, async || {
        Ok((loads(server, plugin, outcome).await? >= count).then_some(()))
    })
    .await
    .with_context(|| server.log().unwrap_or_default())
}

/// Waits until the log says something.
pub async fn until_logged(server: &Server, words: &str) -> Result<()> {
    eventually(&format!("the log to say {words:?}"), async || {
        Ok(server.log()?.contains(words).then_some(()))
    })
    .await
    .with_context(|| server.log().unwrap_or_default())
}

/// Runs `natter plugin …` in a folder, where `natter.toml` is the server's.
pub async fn command<S: AsRef<OsStr>>(folder: &Path, arguments: &[S]) -> Result<Output> {
    let running = Command::new(binary()?)
        .arg("plugin")
        .args(arguments)
        .current_dir(folder)
        .kill_on_drop(true)
        .output();
    within("natter plugin to end", running)
        .await?
        .context("natter plugin")
}

/// A plugin as the admin's list has it.
pub async fn status(admin: &Person, plugin: &str) -> Result<Value> {
    let all = admin.rest.get("/api/v1/admin/plugins").await?.granted()?;
    let mut plugins = list(&all, "plugins")?.iter();
    let found = plugins.find(|it| it["name"] == plugin).cloned();
    found.with_context(|| format!("no plugin {plugin} in {all}"))
}

/// Every decision of a plugin that is kept so far, newest first.
pub async fn decisions(admin: &Person, plugin: &str) -> Result<Vec<Value>> {
    let mut decisions = Vec::new();
    let first = format!("/api/v1/admin/decisions?plugin={plugin}&limit=200");
    let mut path = first.clone();
    loop {
        let mut page = admin.rest.get(&path).await?.granted()?;
        let found = page["decisions"].as_array_mut().context("decisions")?;
        decisions.append(found);
        match page["next"].as_str() {
            Some(next) => path = format!("{first}&before={next}"),
            None => return Ok(decisions),
        }
    }
}

//! Plugins through the watched folder of a real server: what becomes active, what is refused, and that nothing else notices.
//!
//! Not here: what each hook may say (beside the code in `host/src/policy/tests`).

mod effects;
mod folder;
mod hostile;
mod languages;
mod messages;
mod mutes;
mod operator;
mod over_rest;
mod registration;
mod shipped;
mod traces;

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use natter_tests::deadline::eventually;
use natter_tests::server::{Server, Site};

/// A plugin's file, as `cargo xtask test` built it.
fn built(plugin: &str) -> Result<Vec<u8>> {
    read_plugin("NATTER_TEST_PLUGINS", plugin)
}

fn read_plugin(folder: &str, plugin: &str) -> Result<Vec<u8>> {
    let folder = std::env::var_os(folder).with_context(|| {
        format!(
            "{folder} is not set: `cargo xtask test --only policies` builds the plugins and sets it"
        )
    })?;
    let path = PathBuf::from(folder).join(format!("{plugin}.wasm"));
    std::fs::read(&path).with_context(|| path.display().to_string())
}

/// Puts a file into the plugins folder, whole at once.
fn drop_in(site: &Site, file: &str, content: &[u8]) -> Result<()> {
    std::fs::create_dir_all(site.plugins())?;
    let part = site.plugins().join(format!("{file}.part"));
    std::fs::write(&part, content)?;
    std::fs::rename(part, site.plugins().join(file))?;
    Ok(())
}

/// How often files of a plugin came to this.
async fn loads(server: &Server, plugin: &str, outcome: &str) -> Result<f64> {
    let series = format!("natter_policy_loads_total{{plugin=\"{plugin}\",outcome=\"{outcome}\"}}");
    server.metric(&series).await
}

/// Waits until so many files of a plugin came to this.
async fn until_loads(server: &Server, plugin: &str, outcome: &str, count: f64) -> Result<()> {
    let what = format!("{plugin} to be {outcome} {count} times");
    eventually(&what, async || {
        Ok((loads(server, plugin, outcome).await? >= count).then_some(()))
    })
    .await
    .with_context(|| server.log().unwrap_or_default())
}

/// Waits until the log says something.
async fn until_logged(server: &Server, words: &str) -> Result<()> {
    eventually(&format!("the log to say {words:?}"), async || {
        Ok(server.log()?.contains(words).then_some(()))
    })
    .await
    .with_context(|| server.log().unwrap_or_default())
}

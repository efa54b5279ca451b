//! An operator's path by the commands of `docs/plugins.md` alone, beside a running server.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Output;

use anyhow::{Context as _, Result, ensure};
use natter_plugin_testkit::{Component, Event, World, trace};
use natter_tests::deadline::{eventually, within};
use natter_tests::server::{Settings, Site, binary};
use tokio::process::Command;

use super::{built, until_loads, until_logged};

/// Runs `natter plugin …` in a folder, where `natter.toml` is the server's.
async fn plugin<S: AsRef<OsStr>>(folder: &Path, arguments: &[S]) -> Result<Output> {
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

/// The same, and it must go well.
async fn printed<S: AsRef<OsStr>>(folder: &Path, arguments: &[S]) -> Result<String> {
    let output = plugin(folder, arguments).await?;
    ensure!(output.status.code() == Some(0), "{output:?}");
    Ok(String::from_utf8(output.stdout)?)
}

/// The same, and it must be refused.
async fn refused<S: AsRef<OsStr>>(folder: &Path, arguments: &[S]) -> Result<String> {
    let output = plugin(folder, arguments).await?;
    ensure!(output.status.code() == Some(1), "{output:?}");
    Ok(String::from_utf8(output.stderr)?)
}

/// Waits until `list` says something: the metrics know of an activation a moment before the database does.
async fn until_listed(folder: &Path, words: &str) -> Result<()> {
    let what = format!("the list to say {words:?}");
    eventually(&what, async || {
        let list = printed(folder, &["list"]).await?;
        Ok(list.contains(words).then_some(()))
    })
    .await
}

/// A fixture's file.
fn fixture(plugin: &str) -> Result<PathBuf> {
    built(plugin)?;
    let folder = std::env::var_os("NATTER_TEST_PLUGINS").context("it was there a moment ago")?;
    Ok(PathBuf::from(folder).join(format!("{plugin}.wasm")))
}

/// A new crate, tested and built as its author does.
async fn author(folder: &Path) -> Result<PathBuf> {
    let api = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugin-api");
    let api = api.to_str().context("the checkout's name")?;
    let said = printed(folder, &["new", "my-filter", "--api", api]).await?;
    ensure!(said.contains("cargo build --release --target wasm32-wasip2"));
    // Where `cargo xtask test` has built the same dependencies.
    let guests = std::env::var_os("NATTER_SHIPPED_PLUGINS").context("NATTER_SHIPPED_PLUGINS")?;
    let guests = PathBuf::from(guests).join("../..");
    for arguments in [
        &["test", "--quiet"][..],
        &["build", "--release", "--target", "wasm32-wasip2", "--quiet"],
    ] {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(arguments).current_dir(folder.join("my-filter"));
        let output = cargo.env("CARGO_TARGET_DIR", &guests).output().await?;
        ensure!(output.status.success(), "{output:?}");
    }
    Ok(guests.join("wasm32-wasip2/release/my_filter.wasm"))
}

#[tokio::test]
async fn from_nothing_to_a_rollback() -> Result<()> {
    let site = Site::create(&Settings::open())?;
    let config = site.config();
    let here = config.parent().context("it lies in a folder")?;
    let component = author(here).await?;
    let component = component.to_str().context("the file's name")?;
    let settings = ["--settings", "my-filter/my-filter.toml"];
    let said = printed(here, &[&["check", component][..], &settings].concat()).await?;
    ensure!(said.contains("hooks    messages"), "{said}");

    let server = site.start().await?;
    let install = [
        &["install", component, "--name", "my-filter"][..],
        &settings,
    ]
    .concat();
    printed(here, &install).await?;
    until_loads(&server, "my-filter", "activated", 1.0).await?;
    until_listed(here, "my-filter: active\n  version 0.1.0").await?;

    // Changed, then another version, then broken.
    let changed = "[config]\nwords = [\"heck\"]\n";
    std::fs::write(site.plugins().join("my-filter.toml"), changed)?;
    until_loads(&server, "my-filter", "activated", 2.0).await?;
    let other = fixture("word_filter")?;
    let other = other.to_str().context("the file's name")?;
    printed(here, &["install", other, "--name", "my-filter"]).await?;
    until_loads(&server, "my-filter", "activated", 3.0).await?;
    std::fs::write(site.plugins().join("my-filter.wasm"), "garbage")?;
    until_logged(&server, "generation 3 still serves").await?;
    until_listed(
        here,
        "my-filter: the file or its settings were refused; the version below is used",
    )
    .await?;
    let list = printed(here, &["list"]).await?;
    ensure!(
        list.contains("Z: not a component that can be compiled"),
        "{list}"
    );

    let said = printed(here, &["rollback", "my-filter"]).await?;
    ensure!(said.contains("version 0.1.0"), "{said}");
    until_loads(&server, "my-filter", "activated", 4.0).await?;
    until_listed(here, "generation 4").await?;
    until_listed(here, "my-filter: active").await?;
    let logs = printed(here, &["logs", "my-filter"]).await?;
    ensure!(logs.matches("active  generation").count() == 4, "{logs}");

    printed(here, &["remove", "my-filter"]).await?;
    until_logged(&server, "the plugin is switched off by its settings").await?;
    until_listed(here, "my-filter: switched off").await?;
    printed(here, &["install", component, "--name", "my-filter"]).await?;
    until_loads(&server, "my-filter", "activated", 5.0).await?;
    server.stop().await?;
    Ok(())
}

#[tokio::test]
async fn a_rollback_puts_settings_back_that_fit() -> Result<()> {
    let site = Site::create(&Settings::open())?;
    let config = site.config();
    let here = config.parent().context("it lies in a folder")?;
    let server = site.start().await?;
    let versions = [
        (
            "everything",
            "[config]\ngreeting = \"Hi\"\n",
            "generation 1",
        ),
        (
            "word_filter",
            "[config]\nwords = [\"darn\"]\n",
            "generation 2",
        ),
    ];
    for (plugin, settings, generation) in versions {
        let file = fixture(plugin)?;
        let file = file.to_str().context("the file's name")?;
        std::fs::write(here.join("p.toml"), settings)?;
        printed(
            here,
            &["install", file, "--name", "p", "--settings", "p.toml"],
        )
        .await?;
        until_listed(here, generation).await?;
    }
    let said = printed(here, &["rollback", "p"]).await?;
    ensure!(said.contains("p.toml is put back too"), "{said}");
    until_listed(here, "p: active\n  version 1.2.3").await?;
    let settings = std::fs::read_to_string(site.plugins().join("p.toml"))?;
    ensure!(settings == versions[0].1, "{settings}");
    server.stop().await?;
    Ok(())
}

#[tokio::test]
async fn what_cannot_work_is_refused_before_it_is_installed() -> Result<()> {
    let site = Site::create(&Settings::open())?;
    let config = site.config();
    let here = config.parent().context("it lies in a folder")?;
    let wrong = fixture("wrong_world")?;
    let wrong = wrong.to_str().context("the file's name")?;
    let said = refused(here, &["check", wrong]).await?;
    ensure!(said.contains("exports no hook"), "{said}");
    refused(here, &["install", wrong, "--name", "p"]).await?;
    ensure!(!site.plugins().join("p.wasm").exists());
    let said = refused(here, &["list"]).await?;
    ensure!(said.contains("no server has run"), "{said}");
    let good = fixture("everything")?;
    let good = good.to_str().context("the file's name")?;
    std::fs::write(here.join("p.toml"), "[config]\ngreetin = \"Hello\"\n")?;
    let said = refused(here, &["check", good, "--settings", "p.toml"]).await?;
    ensure!(said.contains("greetin"), "{said}");
    refused(here, &["install", good, "--name", "../p"]).await?;
    Ok(())
}

#[tokio::test]
async fn a_trace_is_tested_by_the_command() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = fixture("everything")?;
    let (component, mut world) = (Component::load(&path)?, World::default());
    let mut file = Vec::new();
    for body in ["count n", "count n", "shout it"] {
        let (_, line) = component.ask(&mut world, &Event::message(body))?;
        trace::write(&mut file, &line)?;
    }
    let events = folder.path().join("events.jsonl");
    std::fs::write(&events, &file)?;
    let path = path.to_str().context("the file's name")?;
    let test = ["test", path, "--events", "events.jsonl"];
    let said = printed(folder.path(), &test).await?;
    ensure!(said.starts_with("3 decisions are the same"), "{said}");
    let other = String::from_utf8(file)?.replace("\"IT\"", "\"it\"");
    std::fs::write(&events, other)?;
    let said = refused(folder.path(), &test).await?;
    ensure!(said.contains("line 3: decided"), "{said}");
    Ok(())
}

#[tokio::test]
async fn components_are_measured() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = fixture("word_filter")?;
    let path = path.to_str().context("the file's name")?;
    let said = printed(folder.path(), &["bench", path, path, "--messages", "100"]).await?;
    for words in ["load a cached set of 2", "one call of", "through 2 plugins"] {
        ensure!(said.contains(words), "{said}");
    }
    Ok(())
}

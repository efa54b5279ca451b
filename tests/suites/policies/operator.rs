//! An operator's path by the commands of `docs/plugins.md` alone, beside a running server.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use natter_plugin_testkit::Component;
use natter_tests::client::Client;
use natter_tests::deadline::eventually;
use natter_tests::fields::expect;
use natter_tests::people::Person;
use natter_tests::plugins::{command, fixtures, shipped_folder, until_loads, until_logged};
use natter_tests::rest::Outcome as _;
use natter_tests::server::{Server, Settings, Site};
use tokio::process::Command;

use super::traces;

/// `natter plugin …`, which must go well.
async fn printed<S: AsRef<OsStr>>(folder: &Path, arguments: &[S]) -> Result<String> {
    let output = command(folder, arguments).await?;
    ensure!(output.status.code() == Some(0), "{output:?}");
    Ok(String::from_utf8(output.stdout)?)
}

/// `natter plugin …`, which must be refused.
async fn refused<S: AsRef<OsStr>>(folder: &Path, arguments: &[S]) -> Result<String> {
    let output = command(folder, arguments).await?;
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
    Ok(fixtures()?.join(format!("{plugin}.wasm")))
}

/// A new crate, tested and built as its author does.
async fn author(folder: &Path) -> Result<PathBuf> {
    let api = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugin-api");
    let api = api.to_str().context("the checkout's name")?;
    let said = printed(folder, &["new", "my-filter", "--api", api]).await?;
    ensure!(said.contains("cargo build --release --target wasm32-wasip2"));
    // Where `cargo xtask test` has built the same dependencies.
    let guests = shipped_folder()?.join("../..");
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

/// Somebody who says things on the running server.
struct Speaker {
    socket: Client,
    to: String,
}

impl Speaker {
    async fn connect(server: &Server) -> Result<Self> {
        let [ann, bob] = Person::register_all(server, ["ann", "bob"]).await?;
        let socket = ann.connect_ws(server).await?;
        let to = bob.user_id;
        Ok(Self { socket, to })
    }

    /// It is said.
    async fn may_say(&self, body: &str) -> Result<()> {
        let ack = self.socket.send_private(&self.to, body).await?.granted()?;
        expect(&ack, "status", "sent")
    }

    /// It is refused, with the policy's words.
    async fn may_not_say(&self, word: &str) -> Result<()> {
        let answer = self.socket.send_private(&self.to, word).await?;
        let refusal = answer.refused_as("policy_rejected")?;
        let reason = format!("Please do not say {word}.");
        expect(&refusal.error["details"], "reason", reason)
    }
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
    let ann = Speaker::connect(&server).await?;
    ann.may_say("darn").await?;
    let install = [
        &["install", component, "--name", "my-filter"][..],
        &settings,
    ]
    .concat();
    printed(here, &install).await?;
    until_loads(&server, "my-filter", "activated", 1.0).await?;
    until_listed(here, "my-filter: the file is what was activated last").await?;
    ann.may_not_say("darn").await?;
    ann.may_say("heck").await?;

    // Changed, then another version.
    let toml = site.plugins().join("my-filter.toml");
    let changed = "[config]\nwords = [\"heck\"]\n";
    std::fs::write(&toml, changed)?;
    until_loads(&server, "my-filter", "activated", 2.0).await?;
    ann.may_not_say("heck").await?;
    ann.may_say("darn").await?;
    let other = fixture("word_filter")?;
    let other = other.to_str().context("the file's name")?;
    printed(here, &["install", other, "--name", "my-filter"]).await?;
    until_loads(&server, "my-filter", "activated", 3.0).await?;

    // Broken: settings, component, file gone. What worked still does.
    std::fs::write(&toml, "enabled = perhaps")?;
    until_listed(here, "my-filter: the file is refused: my-filter.toml: ").await?;
    until_loads(&server, "my-filter", "refused", 1.0).await?;
    std::fs::write(&toml, changed)?;
    until_listed(here, "my-filter: the file is what was activated last").await?;
    let place = site.plugins().join("my-filter.wasm");
    std::fs::write(&place, "garbage")?;
    until_logged(&server, "generation 3 still serves").await?;
    until_listed(here, "my-filter: the file is refused: not a component").await?;
    std::fs::remove_file(&place)?;
    until_logged(&server, "my-filter.wasm is gone").await?;
    until_listed(here, "my-filter: the file is gone").await?;
    ann.may_not_say("heck").await?;

    // Back to what is in use, and then to the version before.
    std::fs::write(&toml, "enabled = perhaps")?;
    printed(here, &["rollback", "my-filter"]).await?;
    until_listed(here, "my-filter: the file is what was activated last").await?;
    ensure!(std::fs::read_to_string(&toml)? == changed);
    let said = printed(here, &["rollback", "my-filter"]).await?;
    ensure!(said.contains("version 0.1.0"), "{said}");
    until_loads(&server, "my-filter", "activated", 4.0).await?;
    until_listed(here, "generation 4").await?;
    until_listed(here, "my-filter: the file is what was activated last").await?;
    let logs = printed(here, &["logs", "my-filter"]).await?;
    ensure!(logs.matches("active  generation").count() == 4, "{logs}");
    ensure!(logs.contains("Please do not say heck."), "{logs}");
    ann.may_not_say("heck").await?;

    printed(here, &["disable", "my-filter"]).await?;
    until_listed(here, "my-filter: switched off").await?;
    ann.may_say("heck").await?;
    printed(here, &["enable", "my-filter"]).await?;
    until_listed(here, "my-filter: the file is what was activated last").await?;
    ann.may_not_say("heck").await?;
    refused(here, &["disable", "nobodys"]).await?;

    printed(here, &["remove", "my-filter"]).await?;
    until_logged(&server, "the plugin is switched off by its settings").await?;
    until_listed(here, "my-filter: switched off").await?;
    refused(here, &["rollback", "my-filter"]).await?;
    ann.may_say("heck").await?;
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
    until_listed(
        here,
        "p: the file is what was activated last\n  version 1.2.3",
    )
    .await?;
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
    let lines = traces::recorded(&Component::load(&path)?)?;
    let file = traces::file_of(&lines)?;
    let events = folder.path().join("events.jsonl");
    std::fs::write(&events, &file)?;
    let path = path.to_str().context("the file's name")?;
    let test = ["test", path, "--events", "events.jsonl"];
    let said = printed(folder.path(), &test).await?;
    let all = format!("{} decisions are the same", lines.len());
    ensure!(said.starts_with(&all), "{said}");
    let other = String::from_utf8(file)?.replace("\"IT\"", "\"it\"");
    std::fs::write(&events, other)?;
    let said = refused(folder.path(), &test).await?;
    ensure!(said.contains("line 11: decided"), "{said}");
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

//! Files that must not become active, and the line that says why.

use std::io::Write as _;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use natter_tests::deadline::eventually;
use natter_tests::fields::{expect, text};
use natter_tests::people::Person;
use natter_tests::plugins::{
    command, drop_in, fixture, install, loads, status, until_loads, until_logged,
};
use natter_tests::rest::Outcome as _;
use natter_tests::server::{Settings, Site};

#[tokio::test]
async fn a_bad_file_leaves_the_old_version_and_says_why() -> Result<()> {
    let site = Site::create(&Settings::open())?;
    let mut server = site.start().await?;
    let admin = Person::first_admin(&site, &server).await?;
    let config = site.config();
    let here = config.parent().context("it lies in a folder")?;
    let good = fixture("word_filter")?;
    drop_in(&site, "p.wasm", &good)?;
    until_loads(&server, "p", "activated", 1.0).await?;
    let cases: [(Vec<u8>, &str); 7] = [
        (b"garbage".to_vec(), "not a component"),
        (Vec::new(), "not a component"),
        (good[..good.len() / 2].to_vec(), "not a component"),
        (
            fixture("wrong_world")?,
            "exports no hook of natter:policy@0.1.0",
        ),
        (
            fixture("older_api")?,
            "built for natter:policy@0.0.9, this server has 0.1.0",
        ),
        (
            fixture("newer_api")?,
            "built for natter:policy@0.2.0, this server has 0.1.0",
        ),
        (fixture("newer_import")?, "natter:policy/clock@0.1.7"),
    ];
    for (index, (content, words)) in cases.iter().enumerate() {
        drop_in(&site, "p.wasm", content)?;
        until_loads(&server, "p", "refused", (index + 1) as f64).await?;
        until_logged(&server, words).await?;
        let status = status(&admin, "p").await?;
        expect(&status, "state", "kept_old")?;
        ensure!(text(&status, "last_error")?.contains(words), "{status}");
        eventually(&format!("the list to say {words:?}"), async || {
            let listed = String::from_utf8(command(here, &["list"]).await?.stdout)?;
            let says = listed.contains("p: the file is refused: ") && listed.contains(words);
            Ok(says.then_some(()))
        })
        .await?;
    }
    until_logged(&server, "generation 1 still serves").await?;
    ensure!(loads(&server, "p", "activated").await? == 1.0);
    server.check_health().await?;
    Ok(())
}

#[tokio::test]
async fn what_misbehaves_at_its_first_call_never_becomes_active() -> Result<()> {
    let site = Site::create(&Settings::open())?;
    let mut server = site.start().await?;
    let hostile = fixture("hostile")?;
    for deed in [
        "loop",
        "sleep",
        "memory",
        "recursion",
        "trap",
        "panic",
        "huge",
        "flood-errors",
    ] {
        let settings = format!("[config]\nat_once = {deed:?}\n");
        drop_in(&site, &format!("{deed}.toml"), settings.as_bytes())?;
        drop_in(&site, &format!("{deed}.wasm"), &hostile)?;
        until_loads(&server, deed, "refused", 1.0).await?;
    }
    until_logged(&server, "its first call of messages failed").await?;
    server.check_health().await?;
    Ok(())
}

#[tokio::test]
async fn what_floods_its_keys_is_told_that_it_may_not() -> Result<()> {
    // Time enough on a busy machine: it is the quota that ends the flood.
    let settings = Settings::open()
        .number("policies.deadline_ms", 5_000)
        .number("policies.chain_budget_ms", 10_000);
    let site = Site::create(&settings)?;
    let mut server = site.start().await?;
    let [ann, bob] = Person::register_all(&server, ["ann", "bob"]).await?;
    install(&site, &server, "p", (&fixture("hostile")?, "")).await?;
    let anns = ann.connect_ws(&server).await?;
    for (deed, reason) in [("kv", "quota after 69"), ("counters", "quota after 10000")] {
        let refusal = anns.send_private(&bob.user_id, deed).await?;
        let refusal = refusal.refused_as("policy_rejected")?;
        expect(&refusal.error["details"], "reason", reason)?;
    }
    anns.send_private(&bob.user_id, "hello").await?.granted()?;
    server.check_health().await
}

#[tokio::test]
async fn a_torn_file_is_not_read_until_it_rests() -> Result<()> {
    let site = Site::create(&Settings::open().number("policies.settle_ms", 400))?;
    let server = site.start().await?;
    let whole = fixture("word_filter")?;
    let mut file = std::fs::File::create(site.plugins().join("p.wasm"))?;
    for piece in whole.chunks(whole.len() / 15) {
        file.write_all(piece)?;
        // A slow copy: it pauses, but never for as long as a file must stand still.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    until_loads(&server, "p", "activated", 1.0).await?;
    ensure!(
        loads(&server, "p", "refused").await? == 0.0,
        "a part of it was read"
    );
    server.stop().await?;
    Ok(())
}

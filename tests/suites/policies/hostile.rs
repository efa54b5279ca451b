//! Files that must not become active, and the line that says why.

use std::io::Write as _;
use std::time::Duration;

use anyhow::{Result, ensure};
use natter_tests::server::{Settings, Site};

use super::{built, drop_in, loads, until_loads, until_logged};

#[tokio::test]
async fn a_bad_file_leaves_the_old_version_and_says_why() -> Result<()> {
    let site = Site::create(&Settings::open())?;
    let mut server = site.start().await?;
    let good = built("word_filter")?;
    drop_in(&site, "p.wasm", &good)?;
    until_loads(&server, "p", "activated", 1.0).await?;
    let cases: [(Vec<u8>, &str); 7] = [
        (b"garbage".to_vec(), "not a component"),
        (Vec::new(), "not a component"),
        (good[..good.len() / 2].to_vec(), "not a component"),
        (
            built("wrong_world")?,
            "exports no hook of natter:policy@0.1.0",
        ),
        (
            built("older_api")?,
            "built for natter:policy@0.0.9, this server has 0.1.0",
        ),
        (
            built("newer_api")?,
            "built for natter:policy@0.2.0, this server has 0.1.0",
        ),
        (built("newer_import")?, "natter:policy/clock@0.1.7"),
    ];
    for (index, (content, words)) in cases.iter().enumerate() {
        drop_in(&site, "p.wasm", content)?;
        until_loads(&server, "p", "refused", (index + 1) as f64).await?;
        until_logged(&server, words).await?;
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
    let hostile = built("hostile")?;
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
async fn a_torn_file_is_not_read_until_it_rests() -> Result<()> {
    let site = Site::create(&Settings::open().number("policies.settle_ms", 400))?;
    let server = site.start().await?;
    let whole = built("word_filter")?;
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

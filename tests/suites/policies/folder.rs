//! Loading, swapping, vanishing.

use anyhow::{Result, ensure};
use natter_tests::people::Person;
use natter_tests::plugins::{drop_in, fixture, loads, until_loads, until_logged};
use natter_tests::rest::Outcome as _;
use natter_tests::server::{Settings, Site};

#[tokio::test]
async fn plugins_that_lie_there_are_active_before_the_server_answers() -> Result<()> {
    let site = Site::create(&Settings::open())?;
    drop_in(&site, "filter.wasm", &fixture("word_filter")?)?;
    let server = site.start().await?;
    ensure!(loads(&server, "filter", "activated").await? == 1.0);
    server.stop().await?;
    Ok(())
}

#[tokio::test]
async fn versions_are_swapped_and_nobody_is_disconnected() -> Result<()> {
    let site = Site::create(&Settings::open())?;
    let mut server = site.start().await?;
    let ann = Person::register(&server, "ann").await?;
    let socket = ann.connect_ws(&server).await?;
    let versions = [fixture("word_filter")?, fixture("everything")?];
    for swap in 0..6_u8 {
        drop_in(&site, "p.wasm", &versions[usize::from(swap % 2)])?;
        until_loads(&server, "p", "activated", f64::from(swap) + 1.0).await?;
        socket
            .send_private(&ann.user_id, "still here")
            .await?
            .granted()?;
    }
    // The same file once more is no change.
    drop_in(&site, "p.wasm", &versions[1])?;
    drop_in(&site, "q.wasm", &versions[0])?;
    until_loads(&server, "q", "activated", 1.0).await?;
    ensure!(loads(&server, "p", "activated").await? == 6.0);
    socket
        .send_private(&ann.user_id, "at the end")
        .await?
        .granted()?;
    server.check_health().await?;
    Ok(())
}

#[tokio::test]
async fn a_vanished_file_is_an_alarm_and_comes_back_after_a_restart() -> Result<()> {
    let site = Site::create(&Settings::open())?;
    let server = site.start().await?;
    drop_in(&site, "p.wasm", &fixture("everything")?)?;
    until_loads(&server, "p", "activated", 1.0).await?;
    std::fs::remove_file(site.plugins().join("p.wasm"))?;
    until_logged(&server, "p.wasm is gone; what was active still is").await?;
    server.stop().await?;
    let server = site.start().await?;
    ensure!(
        loads(&server, "p", "activated").await? == 1.0,
        "the last good version is loaded"
    );
    until_logged(&server, "p.wasm is gone; what was active still is").await?;
    server.stop().await?;
    Ok(())
}

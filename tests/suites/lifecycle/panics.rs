//! A panic does not pass unnoticed: other suites rely on it for "never a panic".

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use natter_tests::deadline::eventually;
use natter_tests::server::{Settings, Site};
use serde_json::Value;

const PANICKING: &str = env!("CARGO_BIN_EXE_panicking");

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_is_logged_counted_and_fails_the_health_check() -> Result<()> {
    let site = Site::create(&Settings::open())?;
    let mut server = site.start_program(Path::new(PANICKING)).await?;
    // It answers before it panics.
    eventually("two panics to be counted", async || {
        Ok((server.metric("natter_panics_total").await? == 2.0).then_some(()))
    })
    .await?;

    let log = server.log()?;
    let panics: Vec<Value> = log
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .filter(|line: &Value| line["message"] == natter::logging::PANICKED)
        .collect();
    let [literal, formatted] = panics.as_slice() else {
        anyhow::bail!("two panics should be in the log:\n{log}");
    };
    ensure!(literal["said"] == "a literal", "{literal}");
    ensure!(
        formatted["said"].is_null() && !log.contains("somebody's text"),
        "what was formatted into a panic may be somebody's text: {formatted}"
    );
    let place = formatted["place"].as_str().context("its place")?;
    ensure!(place.contains("panicking.rs:"), "{formatted}");

    let verdict = server.check_health().await;
    let error = verdict.err().context("the health check saw no panic")?;
    ensure!(error.to_string().contains("panicked"), "{error:#}");
    Ok(())
}

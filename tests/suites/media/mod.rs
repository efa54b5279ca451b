//! Calls between pages of headless Chromium, through the media worker alone: no accounts, no state machine (`media_page`).
//!
//! The pages say what they decode; `tests/clients/js/call.mjs` plays the scenarios.

mod proxy;

use std::{path::Path, process::Stdio};

use anyhow::{Context as _, Result, ensure};
use proxy::Proxy;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

/// The page and the worker behind it.
struct MediaPage {
    _child: Child,
    url: String,
    udp_port: u16,
}

impl MediaPage {
    async fn start() -> Result<Self> {
        let server = std::env::var("NATTER_BIN").context("NATTER_BIN: run `cargo xtask test`")?;
        let program = Path::new(&server).with_file_name("media_page");
        let mut child = Command::new(program)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdout = child.stdout.take().context("it was piped")?;
        let line = BufReader::new(stdout).lines().next_line().await?;
        let line = line.context("it ended at once")?;
        let (url, udp_port) = line.split_once(" udp ").context("it says where it is")?;
        Ok(Self {
            _child: child,
            url: url.to_owned(),
            udp_port: udp_port.parse()?,
        })
    }

    /// Plays a scenario, with datagrams through this proxy.
    async fn play(&self, scenario: &str, proxy: Option<&Proxy>) -> Result<()> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/js/call.mjs");
        let mut command = Command::new("node");
        command.arg(script).args([&self.url, scenario]);
        command.args(proxy.map(|proxy| proxy.port.to_string()));
        let status = command.kill_on_drop(true).status().await?;
        ensure!(status.success(), "{scenario} failed");
        Ok(())
    }
}

#[tokio::test]
async fn two_see_and_hear_each_other_and_a_third_comes_and_goes() -> Result<()> {
    MediaPage::start().await?.play("two_and_three", None).await
}

#[tokio::test]
async fn layers_change_without_a_freeze_and_unwatched_ones_pause() -> Result<()> {
    MediaPage::start().await?.play("layers", None).await
}

#[tokio::test]
async fn a_screen_comes_and_goes_and_a_mute_is_kept() -> Result<()> {
    MediaPage::start()
        .await?
        .play("screen_and_mute", None)
        .await
}

#[tokio::test]
async fn a_twentieth_lost_is_repaired() -> Result<()> {
    let page = MediaPage::start().await?;
    let proxy = Proxy::start(page.udp_port, 50).await?;
    page.play("lossy", Some(&proxy)).await?;
    ensure!(proxy.lost() > 50, "{} were lost", proxy.lost());
    Ok(())
}

#[tokio::test]
async fn where_datagrams_are_blocked_it_goes_by_tcp() -> Result<()> {
    let page = MediaPage::start().await?;
    let proxy = Proxy::start(page.udp_port, 1000).await?;
    page.play("blocked", Some(&proxy)).await?;
    ensure!(proxy.lost() > 0, "nobody tried datagrams");
    Ok(())
}

//! Starts: what is printed, what is logged, what is refused.

use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use natter_tests::deadline::within;
use natter_tests::people::Person;
use natter_tests::server::{Server, Settings, Site, binary};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

use super::{complained, natter};

/// The token in the command that the start prints.
fn printed_token(server: &Server) -> Result<Option<String>> {
    let log = server.log()?;
    let token = log.split_once("{\"token\":\"").map(|(_, rest)| rest);
    Ok(token.and_then(|rest| Some(rest.split_once('"')?.0.to_owned())))
}

#[tokio::test]
async fn every_start_prints_the_same_setup_token_until_there_is_an_admin() -> Result<()> {
    let site = Site::create(&Settings::open())?;
    let server = site.start().await?;
    let token = printed_token(&server)?.context("the first start printed no token")?;
    ensure!(token == site.setup_token()?);
    server.stop().await?;

    let server = site.start().await?;
    ensure!(printed_token(&server)? == Some(token), "another token");
    Person::first_admin(&site, &server).await?;
    server.stop().await?;

    let server = site.start().await?;
    ensure!(
        printed_token(&server)?.is_none() && site.setup_token().is_err(),
        "there is an admin, and still a token"
    );
    Ok(())
}

#[tokio::test]
async fn a_second_server_on_the_same_data_is_refused() -> Result<()> {
    let site = Site::create(&Settings::open())?;
    let mut server = site.start().await?;
    let config = site.config();
    let config = config.to_str().context("the file's name")?;
    for command in ["serve", "migrate"] {
        let refusal = natter(&[command, "--config", config]).await?;
        let complaint = complained(&refusal, 1)?;
        ensure!(
            complaint.contains("is in use by another natter"),
            "{command}: {complaint}"
        );
    }
    server.check_health().await?;
    server.kill().await?;
    // The lock goes with the process, also with one that could not clean up.
    site.start().await?.stop().await?;
    Ok(())
}

#[tokio::test]
async fn the_log_is_json_where_nobody_watches() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut running = Command::new(binary()?)
        .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(folder.path().join("data"))
        .args(["--set", "media.udp_port=0", "--set", "media.tcp_port=0"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut log = BufReader::new(running.stderr.take().context("stderr")?).lines();
    let first = within("the log's first line", log.next_line()).await??;
    running.kill().await?;
    let mut lines = Vec::from_iter(first);
    while let Some(line) = within("the log's end", log.next_line()).await?? {
        lines.push(line);
    }
    ensure!(!lines.is_empty(), "nothing was logged");
    for line in lines {
        let event: Value = serde_json::from_str(&line).with_context(|| line.clone())?;
        for field in ["timestamp", "level", "message"] {
            ensure!(event[field].is_string(), "no {field} in {line}");
        }
    }
    Ok(())
}

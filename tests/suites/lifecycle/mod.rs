//! A server's life as its operator sees it: commands, settings, log, start, stop, exit codes.

mod audit;
mod clock;
mod commands;
mod panics;
mod starting;
mod stopping;

use std::ffi::OsStr;
use std::process::Output;

use anyhow::{Context as _, Result, ensure};
use natter_tests::deadline::within;
use natter_tests::server::binary;
use tokio::process::Command;

/// Runs a command of `natter` to its end.
async fn natter<S: AsRef<OsStr>>(arguments: &[S]) -> Result<Output> {
    let running = Command::new(binary()?)
        .args(arguments)
        .current_dir(std::env::temp_dir())
        .kill_on_drop(true)
        .output();
    within("natter to end", running).await?.context("natter")
}

/// What was printed on standard output by a command that went well.
fn printed(output: &Output) -> Result<String> {
    ensure!(output.status.code() == Some(0), "{output:?}");
    Ok(String::from_utf8(output.stdout.clone())?)
}

/// What was printed on standard error by a command that ended with this code.
fn complained(output: &Output, exit_code: i32) -> Result<String> {
    ensure!(output.status.code() == Some(exit_code), "{output:?}");
    Ok(String::from_utf8(output.stderr.clone())?)
}

//! The log: lines for people on a terminal, JSON objects otherwise, on standard error.
//!
//! Rule: no bodies, tokens or people's addresses in any line. Request ids come with the spans that `gateway` opens.

use std::io::IsTerminal;

use anyhow::Context as _;
use tracing_subscriber::{EnvFilter, filter::ParseError, fmt};

use crate::config::{Log, LogFormat};

/// Says whether `filter` can be understood.
///
/// # Errors
/// It cannot, and why.
pub fn check_filter(filter: &str) -> Result<(), ParseError> {
    EnvFilter::builder().parse(filter).map(drop)
}

/// Starts the log of this process. Called once.
///
/// # Errors
/// The filter cannot be understood, or there is a log already.
pub fn start(settings: &Log) -> anyhow::Result<()> {
    let filter = EnvFilter::builder()
        .parse(&settings.filter)
        .context("log.filter")?;
    let lines = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match settings.format {
        LogFormat::Human => lines.try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
        LogFormat::Auto if std::io::stderr().is_terminal() => lines.try_init(),
        LogFormat::Auto => lines.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("the log cannot start: {error}"))
}

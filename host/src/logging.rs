//! The log: lines for people on a terminal, JSON objects otherwise, on standard error.
//!
//! Rule: no bodies, tokens or people's addresses in any line. Request ids come with the spans that `gateway` opens.

use std::{backtrace::Backtrace, io::IsTerminal as _, panic::PanicHookInfo};

use anyhow::Context as _;
use tracing_subscriber::{EnvFilter, filter::ParseError, fmt};

use crate::config::{Log, LogFormat};

/// The text of a panic's log line. Operators and tests search for it.
pub const PANICKED: &str = "the server panicked";

/// Crates of the WebRTC library, by the beginning of their names: they write a line, with the sender's address, for each packet that they refuse, and
/// anybody can send those. The router counts them.
const SILENT: &str = "rtc=off";

/// Starts the log of this process. Called once.
///
/// # Errors
/// The filter cannot be understood, or there is a log already.
pub fn start(settings: &Log) -> anyhow::Result<()> {
    let filter = filter(&settings.filter).context("log.filter")?;
    let on_terminal = std::io::stderr().is_terminal();
    let lines = fmt()
        .with_env_filter(filter)
        .with_ansi(on_terminal)
        .with_writer(std::io::stderr);
    let json = match settings.format {
        LogFormat::Auto => !on_terminal,
        LogFormat::Human => false,
        LogFormat::Json => true,
    };
    let started = if json {
        lines.json().flatten_event(true).try_init()
    } else {
        lines.try_init()
    };
    started.map_err(|error| anyhow::anyhow!("the log cannot start: {error}"))?;
    std::panic::set_hook(Box::new(log_panic));
    Ok(())
}

/// The operator's filter over ours.
fn filter(text: &str) -> Result<EnvFilter, ParseError> {
    EnvFilter::builder().parse(format!("{SILENT},{text}"))
}

/// A panic is a log line like others. Of its message only what stands in the source: what was formatted into it may be
/// somebody's text.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string);
    // Not named `message`: that is the field of the line's own text.
    let said = panic.payload().downcast_ref::<&'static str>();
    let backtrace = Backtrace::capture();
    tracing::error!(place, said, %backtrace, "{PANICKED}");
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::filter;

    /// Whether warnings of the WebRTC library, and of us, are written.
    fn written(text: &str) -> (bool, bool) {
        let filter = filter(text).expect("it can be understood");
        let subscriber = tracing_subscriber::registry().with(filter);
        tracing::subscriber::with_default(subscriber, || {
            (
                tracing::enabled!(target: "rtc_ice::agent", tracing::Level::WARN),
                tracing::enabled!(target: "natter::calls", tracing::Level::WARN),
            )
        })
    }

    #[test]
    fn what_anybody_can_cause_by_a_packet_is_not_written_unless_asked_for() {
        assert_eq!(written("info"), (false, true));
        assert_eq!(written("info,rtc=debug"), (true, true));
        assert_eq!(written("off,rtc_ice=warn"), (true, false));
    }
}

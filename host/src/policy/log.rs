//! A plugin's live log: its last lines, and no more a second than somebody could read.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use crate::model::{
    Timestamp,
    policy::{LogLevel, LogLine, PluginName},
};

/// Lines that are kept.
const KEPT_LINES: usize = 500;
/// Lines of the plugin that are taken in one second; the rest is counted.
const LINES_PER_SECOND: u32 = 50;
/// Longest line.
const LINE_BYTES: usize = 4 * 1024;

/// The log of one plugin, whatever its generation.
#[derive(Debug)]
pub(super) struct PluginLog {
    plugin: PluginName,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    lines: VecDeque<LogLine>,
    second: i64,
    taken: u32,
    left_out: u64,
}

impl PluginLog {
    pub(super) fn new(plugin: PluginName) -> Self {
        Self {
            plugin,
            state: Mutex::default(),
        }
    }

    /// Whose it is.
    pub(super) fn plugin(&self) -> &str {
        &self.plugin
    }

    /// The plugin's own words.
    pub(super) fn write(&self, at: Timestamp, level: LogLevel, message: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.second != at.as_seconds() {
            state.second = at.as_seconds();
            state.taken = 0;
            let left_out = std::mem::take(&mut state.left_out);
            if left_out > 0 {
                let message = format!("{left_out} lines were left out: too many in a second");
                tracing::warn!(plugin = &*self.plugin, "{message}");
                state.push(at, LogLevel::Warn, message);
            }
        }
        if state.taken >= LINES_PER_SECOND {
            state.left_out += 1;
            return;
        }
        state.taken += 1;
        let message = shortened(message);
        state.push(at, level, message.to_owned());
        drop(state);
        let plugin = &*self.plugin;
        match level {
            LogLevel::Debug => tracing::debug!(plugin, "plugin says: {message}"),
            LogLevel::Info => tracing::info!(plugin, "plugin says: {message}"),
            LogLevel::Warn => tracing::warn!(plugin, "plugin says: {message}"),
            LogLevel::Error => tracing::error!(plugin, "plugin says: {message}"),
        }
    }

    /// The server's words about the plugin; who calls this logs them too.
    pub(super) fn note(&self, level: LogLevel, message: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.push(Timestamp::now(), level, shortened(message).to_owned());
    }

    /// The last lines, oldest first.
    pub(super) fn lines(&self) -> Vec<LogLine> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.lines.iter().cloned().collect()
    }
}

impl State {
    fn push(&mut self, at: Timestamp, level: LogLevel, message: String) {
        if self.lines.len() >= KEPT_LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(LogLine { at, level, message });
    }
}

fn shortened(message: &str) -> &str {
    &message[..message.floor_char_boundary(LINE_BYTES)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_cut_and_told_of() {
        let log = PluginLog::new("p".into());
        for _ in 0..60 {
            log.write(Timestamp(1_000), LogLevel::Info, "a");
        }
        log.write(Timestamp(2_000), LogLevel::Info, "b");
        let lines = log.lines();
        assert_eq!(lines.len(), 52);
        assert!(
            lines[50].message.starts_with("10 lines were left out"),
            "{lines:?}"
        );
        assert_eq!(lines[51].message, "b");
    }

    #[test]
    fn only_the_last_lines_are_kept_and_long_ones_are_cut() {
        let log = PluginLog::new("p".into());
        for number in 0..501_i64 {
            log.write(
                Timestamp(number * 1_000),
                LogLevel::Info,
                &format!("{number}"),
            );
        }
        log.write(Timestamp(600_000), LogLevel::Info, &"ä".repeat(3_000));
        let lines = log.lines();
        assert_eq!((lines.len(), lines[0].message.as_str()), (KEPT_LINES, "2"));
        assert_eq!(lines[KEPT_LINES - 1].message.len(), LINE_BYTES);
    }
}

//! The settings of a server under test.

use std::collections::BTreeMap;

/// What a test sets, by key, the last word counting; everything else keeps its default.
#[derive(Clone, Debug)]
pub struct Settings {
    values: BTreeMap<String, String>,
}

impl Settings {
    /// A server on a free port that anybody may register with.
    #[must_use]
    pub fn open() -> Self {
        Self::of_mode("open")
    }

    /// A server on a free port in this `registration.mode`.
    #[must_use]
    pub fn of_mode(registration: &str) -> Self {
        let settings = Self {
            values: BTreeMap::new(),
        };
        settings
            .text("server.listen", "127.0.0.1:0")
            .texts("media.bind_addresses", &["127.0.0.1"])
            .number("media.udp_port", 0)
            .number("media.tcp_port", 0)
            .text("registration.mode", registration)
            // All of a test's people come from one address.
            .number("limits.address_requests_per_second", 1_000_000)
            .number("limits.address_burst_requests", 1_000_000)
    }

    /// Rate limits so high that a test measures something else.
    #[must_use]
    pub fn unhurried(self) -> Self {
        self.number("limits.events_per_second", 100_000)
            .number("limits.burst_events", 1_000_000)
            .number("limits.requests_per_second", 100_000)
            .number("limits.burst_requests", 1_000_000)
            .number("limits.logins_per_minute", 1_000_000)
            .number("limits.burst_logins", 1_000_000)
    }

    /// Sets a text.
    #[must_use]
    pub fn text(mut self, key: &str, value: &str) -> Self {
        self.values.insert(key.to_owned(), format!("{value:?}"));
        self
    }

    /// Sets a list of texts.
    #[must_use]
    pub fn texts(mut self, key: &str, values: &[&str]) -> Self {
        self.values.insert(key.to_owned(), format!("{values:?}"));
        self
    }

    /// Sets a number.
    #[must_use]
    pub fn number(mut self, key: &str, value: u64) -> Self {
        self.values.insert(key.to_owned(), value.to_string());
        self
    }

    /// Sets what stands there without quotes.
    #[must_use]
    pub fn word(mut self, key: &str, value: &str) -> Self {
        self.values.insert(key.to_owned(), value.to_owned());
        self
    }

    /// Whether anything of a section is set.
    pub(crate) fn has_section(&self, section: &str) -> bool {
        let mut keys = self.values.keys();
        keys.any(|key| key.split('.').next() == Some(section))
    }

    /// As the file of settings.
    pub(crate) fn to_toml(&self) -> String {
        let lines = self.values.iter();
        lines
            .map(|(key, value)| format!("{key} = {value}\n"))
            .collect()
    }
}

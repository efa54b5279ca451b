//! The settings of a server under test.

/// What a test sets, by key; everything else keeps its default.
#[derive(Clone, Debug)]
pub struct Settings {
    lines: Vec<String>,
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
        let settings = Self { lines: Vec::new() };
        settings
            .text("server.listen", "127.0.0.1:0")
            .texts("media.bind_addresses", &["127.0.0.1"])
            .number("media.udp_port", 0)
            .number("media.tcp_port", 0)
            .text("registration.mode", registration)
    }

    /// Rate limits so high that a test measures something else.
    #[must_use]
    pub fn unhurried(self) -> Self {
        self.number("limits.events_per_second", 100_000)
            .number("limits.burst_events", 1_000_000)
    }

    /// Sets a text.
    #[must_use]
    pub fn text(mut self, key: &str, value: &str) -> Self {
        self.lines.push(format!("{key} = {value:?}\n"));
        self
    }

    /// Sets a list of texts.
    #[must_use]
    pub fn texts(mut self, key: &str, values: &[&str]) -> Self {
        self.lines.push(format!("{key} = {values:?}\n"));
        self
    }

    /// Sets a number.
    #[must_use]
    pub fn number(mut self, key: &str, value: u64) -> Self {
        self.lines.push(format!("{key} = {value}\n"));
        self
    }

    /// As the file of settings.
    pub(crate) fn to_toml(&self) -> String {
        self.lines.concat()
    }
}

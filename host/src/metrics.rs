//! What the server counts, for Prometheus.
//!
//! Rule: a label has a few values that are known beforehand; never a user, a room or an address.
//!
//! Not here: the route `/metrics` (`gateway`).

mod calls;
mod policy;

use std::fmt::Write as _;

use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder, text},
    metrics::{family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

pub use calls::{CallMetrics, MediaMetrics};
pub use policy::{HookMeters, PolicyMetrics};
pub use prometheus_client::metrics::counter::Counter;

/// All counters. Shared by `Arc`; whoever counts takes a clone of the one counter that it needs.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// Live sessions now.
    pub sessions: Family<TransportLabel, Gauge>,
    /// Events that clients sent.
    pub events_received: Counter,
    /// Messages stored.
    pub messages_accepted: Counter,
    /// Messages that were there already: a retry.
    pub messages_deduplicated: Counter,
    /// Operations that one commit of the writer carried.
    pub write_batch_operations: Histogram,
    /// How long one commit of the writer took.
    pub write_commit_seconds: Histogram,
    /// Events put into mailboxes.
    pub pushes: Counter,
    /// Sessions closed because their client did not read.
    pub slow_consumers: Counter,
    /// Events and other payloads of sockets that came faster than a session may send; REST has no such limit.
    pub rate_limited: Counter,
    /// Answered HTTP requests.
    pub http_requests: Family<StatusLabel, Counter>,
    /// Panics, wherever they were caught.
    pub panics: Counter,
    /// What plugins do.
    pub policy: PolicyMetrics,
    /// What calls do.
    pub calls: CallMetrics,
}

/// How a session is connected.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct TransportLabel {
    /// The transport.
    pub transport: Transport,
}

/// The ways to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// `/ws`.
    Ws,
    /// Socket.IO over a WebSocket.
    SocketIo,
    /// Socket.IO over polling, or upgraded from it.
    SocketIoPolling,
}

/// How an HTTP request was answered.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct StatusLabel {
    /// The hundreds of the status.
    pub class: StatusClass,
}

/// The hundreds of an HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StatusClass {
    /// 100 to 199: mostly the upgrade to a WebSocket.
    Informational,
    /// 200 to 299.
    Success,
    /// 300 to 399.
    Redirection,
    /// 400 to 499.
    ClientError,
    /// 500 and above.
    ServerError,
}

/// The words that stand in the labels.
macro_rules! label_values {
    ($($name:ident { $($variant:ident = $word:literal,)* })*) => {$(
        impl EncodeLabelValue for $name {
            fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
                encoder.write_str(match self {
                    $(Self::$variant => $word,)*
                })
            }
        }
    )*};
}

label_values! {
    Transport { Ws = "ws", SocketIo = "socket_io", SocketIoPolling = "socket_io_polling", }
    StatusClass {
        Informational = "1xx",
        Success = "2xx",
        Redirection = "3xx",
        ClientError = "4xx",
        ServerError = "5xx",
    }
}

impl From<u16> for StatusClass {
    fn from(status: u16) -> Self {
        match status {
            0..200 => Self::Informational,
            200..300 => Self::Success,
            300..400 => Self::Redirection,
            400..500 => Self::ClientError,
            _ => Self::ServerError,
        }
    }
}

impl Metrics {
    /// All at zero.
    #[must_use]
    pub fn new() -> Self {
        // Chosen: a batch holds up to some hundreds; a commit on a disk takes 1 to 100 ms.
        let batch = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0];
        let seconds = [
            0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0,
        ];
        let mut registry = Registry::with_prefix("natter");
        let mut metrics = Self {
            policy: PolicyMetrics::register(&mut registry),
            calls: CallMetrics::register(&mut registry),
            registry,
            sessions: Family::default(),
            events_received: Counter::default(),
            messages_accepted: Counter::default(),
            messages_deduplicated: Counter::default(),
            write_batch_operations: Histogram::new(batch),
            write_commit_seconds: Histogram::new(seconds),
            pushes: Counter::default(),
            slow_consumers: Counter::default(),
            rate_limited: Counter::default(),
            http_requests: Family::default(),
            panics: Counter::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let Self { registry, .. } = self;
        registry.register("sessions", "Live sessions", self.sessions.clone());
        registry.register(
            "events_received",
            "Events that clients sent",
            self.events_received.clone(),
        );
        registry.register(
            "messages_accepted",
            "Messages stored",
            self.messages_accepted.clone(),
        );
        registry.register(
            "messages_deduplicated",
            "Retries answered from what was stored",
            self.messages_deduplicated.clone(),
        );
        registry.register(
            "write_batch_operations",
            "Operations in one commit",
            self.write_batch_operations.clone(),
        );
        registry.register(
            "write_commit_seconds",
            "Time of one commit",
            self.write_commit_seconds.clone(),
        );
        registry.register("pushes", "Events put into mailboxes", self.pushes.clone());
        registry.register(
            "slow_consumers",
            "Sessions closed because their client did not read",
            self.slow_consumers.clone(),
        );
        registry.register(
            "rate_limited",
            "Payloads of sockets beyond the rate of their session",
            self.rate_limited.clone(),
        );
        registry.register(
            "http_requests",
            "Answered HTTP requests",
            self.http_requests.clone(),
        );
        registry.register(
            "panics",
            "Panics: each is a defect, and in the log",
            self.panics.clone(),
        );
    }

    /// Live sessions now, whatever their transport.
    #[must_use]
    pub fn live_sessions(&self) -> i64 {
        [
            Transport::Ws,
            Transport::SocketIo,
            Transport::SocketIoPolling,
        ]
        .into_iter()
        .filter_map(|transport| Some(self.sessions.get(&TransportLabel { transport })?.get()))
        .sum()
    }

    /// All values, in the OpenMetrics text format (`application/openmetrics-text; version=1.0.0; charset=utf-8`).
    #[must_use]
    pub fn render(&self) -> String {
        let mut out = String::new();
        text::encode(&mut out, &self.registry).expect("a String takes everything");
        out
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_rendered() {
        let metrics = Metrics::new();
        let transport = Transport::SocketIo;
        metrics
            .sessions
            .get_or_create(&TransportLabel { transport })
            .inc();
        metrics.messages_accepted.inc_by(3);
        metrics.write_commit_seconds.observe(0.004);
        let class = StatusClass::from(404);
        metrics
            .http_requests
            .get_or_create(&StatusLabel { class })
            .inc();
        let text = metrics.render();
        for line in [
            "natter_sessions{transport=\"socket_io\"} 1",
            "natter_messages_accepted_total 3",
            "natter_write_commit_seconds_bucket{le=\"0.005\"} 1",
            "natter_http_requests_total{class=\"4xx\"} 1",
            "natter_pushes_total 0",
        ] {
            assert!(text.contains(line), "{line} is missing in:\n{text}");
        }
    }
}

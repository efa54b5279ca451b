//! What the transports may use, in time and bytes.

use std::time::Duration;

/// Settings of every transport.
#[derive(Clone, Debug)]
pub struct TransportOptions {
    /// The largest message, and the largest body of a long-polling POST (`maxPayload`).
    pub max_frame_bytes: usize,
    /// Time between two heartbeats.
    pub ping_interval: Duration,
    /// How long a heartbeat may stay unanswered.
    pub ping_timeout: Duration,
    /// How much may wait for a client's next poll; while it is more, `send` waits. A WebSocket holds back less: a few KiB
    /// and one message, then `send` waits for the kernel.
    pub max_write_buffer_bytes: usize,
    /// Sessions that poll, at a time: unlike a WebSocket they cost the client no connection.
    pub max_polling_sessions: usize,
}

impl TransportOptions {
    /// How long a client may show no sign of life.
    #[must_use]
    pub fn patience(&self) -> Duration {
        self.ping_interval + self.ping_timeout
    }
}

impl Default for TransportOptions {
    /// Engine.IO's own defaults for the heartbeat and `maxPayload`; the other two are chosen, not standard.
    fn default() -> Self {
        Self {
            max_frame_bytes: 1_000_000,
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
            max_write_buffer_bytes: 4 * 1024 * 1024,
            max_polling_sessions: 10_000,
        }
    }
}

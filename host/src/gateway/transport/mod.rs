//! Everything between TCP and the session loop: three transports behind one enum.
//!
//! - [`Transport::Raw`]: a plain WebSocket (`/ws`), RFC 6455;
//! - [`Transport::EngineWs`]: Engine.IO v4 over a WebSocket;
//! - [`Transport::EnginePolling`]: Engine.IO v4 over HTTP long-polling, until it upgrades to the former.
//!
//! Rule: one task owns a session's transport and drives it. Memory is bounded in both directions, and
//! dropping a transport cuts the client for good, however full its buffers are: nothing has to be sent,
//! the connection is reset rather than closed.
//!
//! On the Engine.IO transports a text payload is the whole `message` packet, its leading `4` included, in both
//! directions: a frame for a thousand receivers is encoded once and shared.
//!
//! Not here: what payloads mean (`socketio`, the session loop).

mod closed;
mod engine;
#[cfg(fuzzing)]
pub(super) use engine::fuzzing;
mod heartbeat;
mod options;
mod raw;
mod routes;
mod serve;
mod silent;
mod socket;
mod tcp;
mod tls;

use axum::body::Bytes;
use axum::extract::ws::Utf8Bytes;

pub use closed::Closed;
pub use engine::{EnginePolling, EngineWs};
pub use options::TransportOptions;
pub use raw::Raw;
pub use routes::{engine_io, raw_websocket, routes};
pub use serve::serve;
pub use tcp::{Acceptor, Connection, Peer};

/// One message of a client, or to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// Text. On Engine.IO it begins with `4`.
    Text(Utf8Bytes),
    /// Bytes.
    Binary(Bytes),
}

impl Payload {
    /// Gives a text payload.
    pub fn text(text: impl Into<Utf8Bytes>) -> Self {
        Self::Text(text.into())
    }

    /// The size without framing.
    #[must_use]
    pub fn len_bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) => bytes.len(),
        }
    }
}

/// A client's connection, of whichever kind.
///
/// Dropping it resets the connection; [`Transport::close`] ends it in order.
#[derive(Debug)]
pub enum Transport {
    /// `/ws`.
    Raw(Raw),
    /// Engine.IO over a WebSocket, from the start or after an upgrade.
    EngineWs(EngineWs),
    /// Engine.IO over long-polling. Becomes [`Transport::EngineWs`] when the client upgrades.
    EnginePolling(EnginePolling),
}

impl Transport {
    /// Waits for the next message; keeps the heartbeat meanwhile, so call it whenever nothing is to be sent. `None` is a frame
    /// that only shows life, such as a pong: it says nothing, but a client that sends many of them shall pay for them.
    ///
    /// Cancel-safe: nothing is lost if the future is dropped.
    ///
    /// # Errors
    /// Why the session has ended. It stays ended: drop the transport, or [`Transport::close`] it to tell the client.
    pub async fn recv(&mut self) -> Result<Option<Payload>, Closed> {
        loop {
            match self {
                Self::Raw(raw) => return raw.recv().await,
                Self::EngineWs(ws) => return ws.recv().await,
                Self::EnginePolling(polling) => match polling.recv().await? {
                    engine::Polled::Payload(payload) => return Ok(payload),
                    engine::Polled::Upgraded(ws) => *self = Self::EngineWs(ws),
                },
            }
        }
    }

    /// Sends the whole batch with one flush, and leaves it empty. Over polling the batch waits for the client's next
    /// request; while the queue is over its limit this waits too.
    ///
    /// Not cancel-safe: who drops the future drops the transport (that is how a slow reader is cut).
    ///
    /// # Errors
    /// The session has ended, or the client took nothing for as long as a heartbeat may take.
    pub async fn send(&mut self, batch: &mut Vec<Payload>) -> Result<(), Closed> {
        loop {
            match self {
                Self::Raw(raw) => return raw.send(batch).await,
                Self::EngineWs(ws) => return ws.send(batch).await,
                Self::EnginePolling(polling) => match polling.send(batch).await? {
                    engine::Sent::All => return Ok(()),
                    engine::Sent::Upgraded(ws) => *self = Self::EngineWs(ws),
                },
            }
        }
    }

    /// Ends the session in order: a WebSocket close frame with `code` and `reason` (cut to the 123 bytes that RFC 6455
    /// §5.5 leaves), or an Engine.IO `close` packet, which has room for neither. Takes a few seconds at most, then resets.
    pub async fn close(self, code: u16, reason: &str) {
        match self {
            Self::Raw(raw) => raw.close(code, reason).await,
            Self::EngineWs(ws) => ws.close(code, reason).await,
            Self::EnginePolling(polling) => polling.close(code, reason).await,
        }
    }
}

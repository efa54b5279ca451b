//! An event on its way to many sessions, encoded once per encoding.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use crate::model::ServerEvent;

/// How a session wants its events written; `gateway` does the writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// `/ws`.
    Plain,
    /// `/socket.io/`.
    SocketIo,
}

/// An event, and its frames once somebody needed them.
#[derive(Debug)]
pub struct Outbound {
    /// The event.
    pub event: ServerEvent,
    size_bytes: usize,
    plain: OnceLock<Bytes>,
    socket_io: OnceLock<Bytes>,
}

impl Outbound {
    /// Wraps an event for sharing.
    #[must_use]
    pub fn new(event: ServerEvent) -> Arc<Self> {
        let size_bytes = estimated_bytes(&event);
        Arc::new(Self {
            event,
            size_bytes,
            plain: OnceLock::new(),
            socket_io: OnceLock::new(),
        })
    }

    /// The frame in this encoding; `encode` runs for the first session that asks, the others share its bytes.
    pub fn frame(&self, encoding: Encoding, encode: impl FnOnce(&ServerEvent) -> Bytes) -> Bytes {
        let cell = match encoding {
            Encoding::Plain => &self.plain,
            Encoding::SocketIo => &self.socket_io,
        };
        cell.get_or_init(|| encode(&self.event)).clone()
    }

    /// About how much memory the event takes; mailboxes count with it.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.size_bytes
    }
}

/// The bodies, plus what an encoded envelope takes.
fn estimated_bytes(event: &ServerEvent) -> usize {
    const ENVELOPE_BYTES: usize = 400;
    ENVELOPE_BYTES
        + match event {
            ServerEvent::ReceivePrivateMessage(it) | ServerEvent::ReceiveGroupMessage(it) => {
                it.message.body.len()
            }
            ServerEvent::RoomUpdated(it) => it
                .last_message
                .as_ref()
                .map_or(0, |message| message.body.len()),
            _ => 0,
        }
}

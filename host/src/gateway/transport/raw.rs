//! A plain WebSocket: a message is a payload, and the heartbeat is the protocol's own ping.

use axum::body::Bytes;
use axum::extract::ws::{Message, WebSocket};

use super::socket::{Incoming, Socket};
use super::{Closed, Payload, Peer, TransportOptions};

/// A session on `/ws`.
#[derive(Debug)]
pub struct Raw {
    socket: Box<Socket>,
}

impl Raw {
    pub(super) fn new(socket: WebSocket, peer: Peer, options: &TransportOptions) -> Self {
        Self {
            socket: Box::new(Socket::new(socket, peer, options)),
        }
    }

    pub(super) async fn recv(&mut self) -> Result<Option<Payload>, Closed> {
        loop {
            match self.socket.recv().await? {
                Incoming::Text(text) => return Ok(Some(Payload::Text(text))),
                Incoming::Binary(bytes) => return Ok(Some(Payload::Binary(bytes))),
                Incoming::Sign => return Ok(None),
                Incoming::Ask => self.socket.queue(Message::Ping(Bytes::new()))?,
            }
        }
    }

    pub(super) async fn send(&mut self, batch: &mut Vec<Payload>) -> Result<(), Closed> {
        self.socket.send(batch).await
    }

    pub(super) async fn close(self, code: u16, reason: &str) {
        self.socket.close(code, reason).await;
    }
}

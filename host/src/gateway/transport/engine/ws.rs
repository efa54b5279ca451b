//! Engine.IO over a WebSocket: a frame is a packet, bytes are a message.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::extract::ws::{Message, WebSocket};

use super::handshake::{Upgrades, open_packet};
use super::packet::{PING, Packet};
use super::session::Session;
use super::sid::Sid;
use crate::gateway::transport::socket::{Incoming, Socket, message};
use crate::gateway::transport::{Closed, Payload, Peer, TransportOptions};

/// The code of a client that sent a `close` packet: RFC 6455's normal closure.
const NORMAL: u16 = 1000;

/// An Engine.IO session on a WebSocket.
#[derive(Debug)]
pub struct EngineWs {
    socket: Box<Socket>,
    /// After an upgrade: keeps the session's id known, so that a second WebSocket for it is told apart from a wrong id.
    _session: Option<Arc<Session>>,
}

impl EngineWs {
    /// Starts a session that needs no polling. Nothing is awaited: the `open` packet goes out with the first `recv`.
    pub(in crate::gateway::transport) fn open(
        socket: WebSocket,
        peer: Peer,
        options: &TransportOptions,
    ) -> Result<Self, Closed> {
        let mut socket = Box::new(Socket::new(socket, peer, options));
        let open = open_packet(&Sid::random(), Upgrades::None, options);
        socket.queue(Message::Text(open.into()))?;
        Ok(Self {
            socket,
            _session: None,
        })
    }

    /// Goes on where polling stopped.
    pub(super) fn upgraded(
        mut socket: Box<Socket>,
        session: Arc<Session>,
        backlog: VecDeque<Payload>,
    ) -> Result<Self, Closed> {
        for payload in backlog {
            socket.queue(message(payload))?;
        }
        Ok(Self {
            socket,
            _session: Some(session),
        })
    }

    pub(in crate::gateway::transport) async fn recv(&mut self) -> Result<Option<Payload>, Closed> {
        loop {
            let packet = match self.socket.recv().await? {
                Incoming::Text(text) => Packet::from_text(text)?,
                Incoming::Binary(bytes) => return Ok(Some(Payload::Binary(bytes))),
                Incoming::Sign => return Ok(None),
                Incoming::Ask => {
                    self.socket.queue(Message::Text(PING.into()))?;
                    continue;
                }
            };
            match packet {
                Packet::Message(payload) => return Ok(Some(payload)),
                // The socket has noted the sign of life.
                Packet::Pong | Packet::Noop => return Ok(None),
                Packet::Close => {
                    self.socket.note_farewell();
                    return Err(Closed::ByPeer { code: NORMAL });
                }
            }
        }
    }

    pub(in crate::gateway::transport) async fn send(
        &mut self,
        batch: &mut Vec<Payload>,
    ) -> Result<(), Closed> {
        self.socket.send(batch).await
    }

    pub(in crate::gateway::transport) async fn close(self, code: u16, reason: &str) {
        self.socket.close(code, reason).await;
    }
}

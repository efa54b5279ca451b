//! One client's Socket.IO connection: which namespaces it has joined, and the packet whose attachments are still to come.
//!
//! Rule: packets of a namespace count only between its `CONNECT` and `DISCONNECT`; anything else closes the connection
//! (Socket.IO v5 §Exchange protocol).
//!
//! Not here: time. [`Connection::deadline`] says when to give up; whoever has a clock does.

use std::time::{Duration, Instant};

use axum::body::Bytes;
use serde_json::value::RawValue;

use super::args::{self, Args};
use super::packet::{AckId, Kind, Packet};
use super::{ProtocolError, encode};
use crate::gateway::transport::Payload;

/// Event names that the libraries use themselves.
const RESERVED: [&str; 6] = [
    "connect",
    "connect_error",
    "disconnect",
    "disconnecting",
    "newListener",
    "removeListener",
];

/// What a connection may do.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionOptions {
    /// The namespaces that exist.
    pub namespaces: &'static [&'static str],
    /// How long a client may take to join the first one.
    pub connect_timeout: Duration,
    /// The attachments of one packet, together.
    pub max_attachment_bytes: usize,
}

/// What came in.
#[derive(Debug)]
pub enum Incoming {
    /// The client wants to join: answer with [`Connection::accept`] or [`Connection::refuse`] before the next payload.
    Connect {
        /// One of the options' namespaces.
        namespace: &'static str,
        /// The object that it sent along.
        auth: Option<Box<RawValue>>,
    },
    /// The client has left.
    Disconnect {
        /// Which namespace.
        namespace: &'static str,
    },
    /// An event.
    Event(Event),
    /// The answer to an event of ours.
    Reply(Reply),
    /// Answered here: send this.
    Answer(Payload),
}

/// An event from the client.
#[derive(Debug)]
pub struct Event {
    /// Where.
    pub namespace: &'static str,
    /// Set if the client waits for an answer.
    pub id: Option<AckId>,
    /// Its name.
    pub name: String,
    /// Its arguments, without the name.
    pub args: Args,
    /// What the arguments' placeholders stand for.
    pub attachments: Vec<Bytes>,
}

/// A client's answer.
#[derive(Debug)]
pub struct Reply {
    /// Where.
    pub namespace: &'static str,
    /// The id of the event that it answers.
    pub id: AckId,
    /// Its arguments.
    pub args: Args,
    /// What the arguments' placeholders stand for.
    pub attachments: Vec<Bytes>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Membership {
    /// Not joined, or left by the client.
    Out,
    /// `CONNECT` waits for the session's word.
    Asked,
    Joined,
    /// Put out by the server: what the client sent before it knew is ignored.
    PutOut,
}

/// A packet whose attachments are not all here.
#[derive(Debug)]
struct Partial {
    text: Payload,
    missing: usize,
    attachments: Vec<Bytes>,
    size_bytes: usize,
}

/// The state of one connection.
#[derive(Debug)]
pub struct Connection {
    options: ConnectionOptions,
    /// In the order of the options' namespaces.
    memberships: Box<[Membership]>,
    connect_by: Option<Instant>,
    partial: Option<Box<Partial>>,
}

impl Connection {
    /// Starts at the Engine.IO handshake.
    #[must_use]
    pub fn new(options: ConnectionOptions, now: Instant) -> Self {
        Self {
            options,
            memberships: vec![Membership::Out; options.namespaces.len()].into(),
            connect_by: Some(now + options.connect_timeout),
            partial: None,
        }
    }

    /// When to close the connection if no namespace is joined by then; none once one was.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.connect_by
    }

    /// Takes a payload. Nothing comes of one that others complete, or that is to be ignored.
    ///
    /// # Errors
    /// Close the connection.
    pub fn handle(&mut self, payload: Payload) -> Result<Option<Incoming>, ProtocolError> {
        match payload {
            Payload::Binary(bytes) => self.attach(bytes),
            Payload::Text(_) if self.partial.is_some() => Err(ProtocolError::MissingAttachments),
            Payload::Text(ref text) => {
                let packet = Packet::decode(text)?;
                if packet.attachments > 0 {
                    self.await_attachments(packet.attachments, payload);
                    return Ok(None);
                }
                self.apply(packet, Vec::new())
            }
        }
    }

    /// Lets the client in, and gives the packet that tells it so.
    pub fn accept(&mut self, namespace: &'static str, sid: &str) -> Payload {
        self.set(namespace, Membership::Joined);
        self.connect_by = None;
        encode::connect(namespace, sid)
    }

    /// Keeps the client out, and gives the packet that tells it so. It may ask again.
    pub fn refuse(
        &mut self,
        namespace: &'static str,
        message: &str,
        data_json: Option<&str>,
    ) -> Payload {
        self.set(namespace, Membership::Out);
        encode::connect_error(namespace, message, data_json)
    }

    /// Puts the client out, and gives the packet that tells it so.
    pub fn put_out(&mut self, namespace: &'static str) -> Payload {
        self.set(namespace, Membership::PutOut);
        encode::disconnect(namespace)
    }

    fn await_attachments(&mut self, count: usize, text: Payload) {
        let partial = Partial {
            text,
            missing: count,
            attachments: Vec::with_capacity(count),
            size_bytes: 0,
        };
        self.partial = Some(Box::new(partial));
    }

    fn attach(&mut self, bytes: Bytes) -> Result<Option<Incoming>, ProtocolError> {
        let mut partial = self.partial.take().ok_or(ProtocolError::StrayAttachment)?;
        partial.size_bytes += bytes.len();
        if partial.size_bytes > self.options.max_attachment_bytes {
            return Err(ProtocolError::AttachmentsTooLarge {
                limit_bytes: self.options.max_attachment_bytes,
            });
        }
        partial.attachments.push(bytes);
        partial.missing -= 1;
        if partial.missing > 0 {
            self.partial = Some(partial);
            return Ok(None);
        }
        let Partial {
            text, attachments, ..
        } = *partial;
        match text {
            Payload::Text(text) => self.apply(Packet::decode(&text)?, attachments),
            Payload::Binary(_) => Err(ProtocolError::StrayAttachment),
        }
    }

    fn apply(
        &mut self,
        packet: Packet<'_>,
        attachments: Vec<Bytes>,
    ) -> Result<Option<Incoming>, ProtocolError> {
        match packet.kind {
            Kind::Connect => self.connect(packet).map(Some),
            Kind::Disconnect => self.leave(packet),
            Kind::Event | Kind::BinaryEvent => {
                let Some(namespace) = self.joined(packet.namespace)? else {
                    return Ok(None);
                };
                let mut args = Args::parse(packet.data)?;
                let name = args.take_name()?;
                if RESERVED.contains(&name.as_str()) {
                    return Err(ProtocolError::ReservedName);
                }
                Ok(Some(Incoming::Event(Event {
                    namespace,
                    id: packet.id,
                    name,
                    args,
                    attachments,
                })))
            }
            Kind::Ack | Kind::BinaryAck => {
                let Some(namespace) = self.joined(packet.namespace)? else {
                    return Ok(None);
                };
                let id = packet.id.ok_or(ProtocolError::BadAckId)?;
                let args = Args::parse(packet.data)?;
                Ok(Some(Incoming::Reply(Reply {
                    namespace,
                    id,
                    args,
                    attachments,
                })))
            }
            Kind::ConnectError => Err(ProtocolError::UnknownType),
        }
    }

    fn connect(&mut self, packet: Packet<'_>) -> Result<Incoming, ProtocolError> {
        let auth = match packet.data {
            "" => None,
            data => Some(args::parse_object(data)?),
        };
        let Some(namespace) = self.known(packet.namespace) else {
            return Ok(Incoming::Answer(encode::connect_error(
                packet.namespace,
                "Invalid namespace",
                None,
            )));
        };
        match self.membership(namespace) {
            Membership::Out | Membership::PutOut => {
                self.set(namespace, Membership::Asked);
                Ok(Incoming::Connect { namespace, auth })
            }
            Membership::Asked | Membership::Joined => Err(ProtocolError::AlreadyConnected),
        }
    }

    fn leave(&mut self, packet: Packet<'_>) -> Result<Option<Incoming>, ProtocolError> {
        if !packet.data.is_empty() {
            return Err(ProtocolError::BadPayload);
        }
        let Some(namespace) = self.joined(packet.namespace)? else {
            return Ok(None);
        };
        self.set(namespace, Membership::Out);
        Ok(Some(Incoming::Disconnect { namespace }))
    }

    /// The namespace, if its packets count; none if they are to be ignored.
    fn joined(&self, name: &str) -> Result<Option<&'static str>, ProtocolError> {
        let namespace = self.known(name).ok_or(ProtocolError::NotConnected)?;
        match self.membership(namespace) {
            Membership::Joined => Ok(Some(namespace)),
            Membership::PutOut => Ok(None),
            Membership::Out | Membership::Asked => Err(ProtocolError::NotConnected),
        }
    }

    fn known(&self, name: &str) -> Option<&'static str> {
        self.options
            .namespaces
            .iter()
            .copied()
            .find(|known| *known == name)
    }

    fn position(&self, namespace: &str) -> Option<usize> {
        self.options
            .namespaces
            .iter()
            .position(|known| *known == namespace)
    }

    fn membership(&self, namespace: &str) -> Membership {
        self.position(namespace)
            .map_or(Membership::Out, |index| self.memberships[index])
    }

    fn set(&mut self, namespace: &str, membership: Membership) {
        if let Some(index) = self.position(namespace) {
            self.memberships[index] = membership;
        }
    }
}

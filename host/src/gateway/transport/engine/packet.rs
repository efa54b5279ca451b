//! Engine.IO v4 packets as text: a type digit, then data.
//!
//! Rule: sans-I/O, and total: every input has an answer.

use axum::body::Bytes;
use axum::extract::ws::Utf8Bytes;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Buf as _;

use crate::gateway::transport::{Closed, Payload};

/// `close`: the session ends.
pub(super) const CLOSE: &str = "1";
/// `ping`, which in v4 only the server sends.
pub(super) const PING: &str = "2";
/// What a client sends first on a WebSocket that it wants to upgrade to.
pub(super) const PROBE: &str = "2probe";
/// The answer to it.
pub(super) const PROBE_ANSWER: &str = "3probe";
/// The client is done with polling.
pub(super) const UPGRADE: &str = "5";
/// `noop`: releases a poll.
pub(super) const NOOP: &str = "6";

/// Between the packets of one long-polling body.
pub(super) const SEPARATOR: char = '\u{1e}';

/// A packet that a client may send within a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Packet {
    /// A message, its type digit included if it is text.
    Message(Payload),
    /// The answer to a ping.
    Pong,
    /// Nothing.
    Noop,
    /// Goodbye.
    Close,
}

/// What a text packet is.
enum Kind {
    Message,
    Pong,
    Noop,
    Close,
}

impl Kind {
    fn of(packet: &str) -> Result<Self, Closed> {
        match packet.as_bytes() {
            [b'4', ..] => Ok(Self::Message),
            [b'3', ..] => Ok(Self::Pong),
            [b'6'] => Ok(Self::Noop),
            [b'1'] => Ok(Self::Close),
            // v4 turned the heartbeat round: a client that pings speaks v3.
            [b'2', ..] => Err(bad("a client does not send ping")),
            [] => Err(bad("empty packet")),
            _ => Err(bad("unknown packet type")),
        }
    }
}

impl Packet {
    /// Reads a text frame of a WebSocket.
    pub(super) fn from_text(text: Utf8Bytes) -> Result<Self, Closed> {
        Ok(match Kind::of(&text)? {
            Kind::Message => Self::Message(Payload::Text(text)),
            Kind::Pong => Self::Pong,
            Kind::Noop => Self::Noop,
            Kind::Close => Self::Close,
        })
    }
}

/// Whether a long-polling body is made of packets; base64 is left to [`split_poll`].
pub(super) fn check_poll(body: &str) -> Result<(), Closed> {
    for packet in body.split(SEPARATOR) {
        if !packet.starts_with('b') {
            Kind::of(packet)?;
        }
    }
    Ok(())
}

/// Takes the first packet off a long-polling body that has been checked.
pub(super) fn split_poll(body: &mut Bytes) -> Result<Packet, Closed> {
    let end = body
        .iter()
        .position(|byte| *byte == SEPARATOR as u8)
        .unwrap_or(body.len());
    let packet = body.split_to(end);
    body.advance(body.len().min(1));
    if packet.first() == Some(&b'b') {
        let bytes = STANDARD
            .decode(&packet[1..])
            .map_err(|_| bad("bytes are not base64"))?;
        return Ok(Packet::Message(Payload::Binary(Bytes::from(bytes))));
    }
    Packet::from_text(Utf8Bytes::try_from(packet).map_err(|_| Closed::InvalidUtf8)?)
}

/// How many bytes a payload takes in a long-polling body.
pub(super) fn poll_len_bytes(payload: &Payload) -> usize {
    match payload {
        Payload::Text(text) => text.len(),
        Payload::Binary(bytes) => 1 + bytes.len().div_ceil(3) * 4,
    }
}

/// Writes a payload into a long-polling body, behind what is there.
pub(super) fn append_to_poll(body: &mut String, payload: &Payload) {
    if !body.is_empty() {
        body.push(SEPARATOR);
    }
    match payload {
        Payload::Text(text) => body.push_str(text),
        Payload::Binary(bytes) => {
            body.push('b');
            STANDARD.encode_string(bytes, body);
        }
    }
}

pub(super) fn bad(what: &str) -> Closed {
    Closed::BadFraming(what.to_owned())
}

//! One packet as text (Socket.IO v5 §Packet encoding):
//! `<type>[<attachments>-][<namespace>,][<ack id>][<JSON>]`.
//!
//! Rule: borrowed from the frame; the JSON is not looked at here.

use std::fmt::Write as _;

use super::{MAIN, ProtocolError};
use crate::gateway::transport::Payload;

/// Attachments of one packet. Chosen, not standard (the reference has no limit).
pub(super) const MAX_ATTACHMENTS: usize = 16;

/// Chosen, not standard: an answer repeats the namespace.
pub(super) const MAX_NAMESPACE_BYTES: usize = 128;

/// The largest integer that JavaScript holds exactly.
const MAX_ACK_ID: u64 = (1 << 53) - 1;

/// What a packet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Join a namespace, or the server's yes.
    Connect,
    /// Leave it.
    Disconnect,
    /// An event.
    Event,
    /// The answer to an event.
    Ack,
    /// The server's no to `Connect`.
    ConnectError,
    /// An event with attachments.
    BinaryEvent,
    /// An answer with attachments.
    BinaryAck,
}

impl Kind {
    const ALL: [Self; 7] = [
        Self::Connect,
        Self::Disconnect,
        Self::Event,
        Self::Ack,
        Self::ConnectError,
        Self::BinaryEvent,
        Self::BinaryAck,
    ];

    fn from_digit(digit: u8) -> Option<Self> {
        Self::ALL
            .get(usize::from(digit.wrapping_sub(b'0')))
            .copied()
    }

    /// Whether attachments follow it.
    #[must_use]
    pub fn is_binary(self) -> bool {
        matches!(self, Self::BinaryEvent | Self::BinaryAck)
    }
}

/// The number by which an answer finds its event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AckId(u64);

impl AckId {
    /// Takes a number of at most 2^53 - 1.
    #[must_use]
    pub fn new(id: u64) -> Option<Self> {
        (id <= MAX_ACK_ID).then_some(Self(id))
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> u64 {
        self.0
    }
}

/// A packet whose payload is still text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// What it is.
    pub kind: Kind,
    /// Begins with `/`.
    pub namespace: &'a str,
    /// Wants an answer, or is one.
    pub id: Option<AckId>,
    /// JSON, or nothing.
    pub data: &'a str,
    /// How many binary payloads follow; 0 unless [`Kind::is_binary`].
    pub attachments: usize,
}

impl<'a> Packet<'a> {
    /// Takes a text payload apart.
    ///
    /// # Errors
    /// Not of the form above, or over a limit.
    pub fn decode(text: &'a str) -> Result<Self, ProtocolError> {
        let text = text.strip_prefix('4').ok_or(ProtocolError::NotAMessage)?;
        let kind = text
            .bytes()
            .next()
            .and_then(Kind::from_digit)
            .ok_or(ProtocolError::UnknownType)?;
        // A digit is one byte, so the cut is at a character's end.
        let rest = &text[1..];
        let (attachments, rest) = if kind.is_binary() {
            split_attachments(rest)?
        } else {
            (0, rest)
        };
        let (namespace, rest) = split_namespace(rest)?;
        let (id, data) = split_id(rest)?;
        Ok(Self {
            kind,
            namespace,
            id,
            data,
            attachments,
        })
    }

    /// Writes the text payload; the attachments follow as payloads of their own.
    #[must_use]
    pub fn encode(&self) -> Payload {
        let mut text = String::with_capacity(self.data.len() + self.namespace.len() + 24);
        text.push('4');
        let digit = Kind::ALL
            .iter()
            .position(|kind| *kind == self.kind)
            .unwrap_or_default();
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{digit}");
        if self.kind.is_binary() {
            let _ = write!(text, "{}-", self.attachments);
        }
        if self.namespace != MAIN {
            let _ = write!(text, "{},", self.namespace);
        }
        if let Some(id) = self.id {
            let _ = write!(text, "{}", id.get());
        }
        text.push_str(self.data);
        Payload::text(text)
    }
}

fn split_attachments(text: &str) -> Result<(usize, &str), ProtocolError> {
    let (count, rest) = split_digits(text);
    let rest = rest
        .strip_prefix('-')
        .ok_or(ProtocolError::BadAttachmentCount)?;
    match count.parse() {
        Ok(count) if count <= MAX_ATTACHMENTS => Ok((count, rest)),
        _ => Err(ProtocolError::BadAttachmentCount),
    }
}

fn split_namespace(text: &str) -> Result<(&str, &str), ProtocolError> {
    if !text.starts_with('/') {
        return Ok((MAIN, text));
    }
    // Without a comma there is nothing behind it.
    let (namespace, rest) = text.split_once(',').unwrap_or((text, ""));
    if namespace.len() > MAX_NAMESPACE_BYTES {
        return Err(ProtocolError::NamespaceTooLong);
    }
    Ok((namespace, rest))
}

fn split_id(text: &str) -> Result<(Option<AckId>, &str), ProtocolError> {
    let (digits, rest) = split_digits(text);
    if digits.is_empty() {
        return Ok((None, rest));
    }
    let id = digits
        .parse()
        .ok()
        .and_then(AckId::new)
        .ok_or(ProtocolError::BadAckId)?;
    Ok((Some(id), rest))
}

fn split_digits(text: &str) -> (&str, &str) {
    let end = text
        .bytes()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at(end)
}

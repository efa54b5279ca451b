//! What a client can get wrong.

use super::args::{MAX_ARGS, MAX_DEPTH};
use super::packet::{MAX_ATTACHMENTS, MAX_NAMESPACE_BYTES};

/// Not Socket.IO v5. The protocol leaves one answer: close the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    /// Empty, or without Engine.IO's `4`.
    #[error("not a message packet")]
    NotAMessage,
    /// The first digit names no packet, or one that only servers send.
    #[error("unknown packet type")]
    UnknownType,
    /// No number, no `-` after it, or too many.
    #[error("attachment count is missing, malformed or over {MAX_ATTACHMENTS}")]
    BadAttachmentCount,
    /// Longer than any that exists.
    #[error("namespace is over {MAX_NAMESPACE_BYTES} bytes")]
    NamespaceTooLong,
    /// An ack without an id, or one over 2^53 - 1.
    #[error("acknowledgment id is missing or out of range")]
    BadAckId,
    /// Not JSON, or not of the shape that the packet's type demands.
    #[error("payload is not of the packet's form")]
    BadPayload,
    /// More arguments than any event has.
    #[error("more than {MAX_ARGS} arguments")]
    TooManyArgs,
    /// Deeper than anything we read.
    #[error("payload is nested deeper than {MAX_DEPTH}")]
    TooDeep,
    /// The name belongs to the library.
    #[error("reserved event name")]
    ReservedName,
    /// A packet for a namespace that the client has not joined.
    #[error("not connected to the namespace")]
    NotConnected,
    /// A second `CONNECT`.
    #[error("already connected to the namespace")]
    AlreadyConnected,
    /// Text where bytes were announced.
    #[error("attachments are missing")]
    MissingAttachments,
    /// Bytes that nobody announced.
    #[error("attachment without a packet")]
    StrayAttachment,
    /// Together larger than a frame may be.
    #[error("attachments are over {limit_bytes} bytes")]
    AttachmentsTooLarge {
        /// What is allowed.
        limit_bytes: usize,
    },
}

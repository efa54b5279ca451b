//! Why a transport has ended.
//!
//! Rule: what the peer did wrong is told apart from its going away, so that only the former is answered.

use axum::extract::ws::close_code;
use tokio_tungstenite::tungstenite::Error as WsError;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};

/// Why no more messages come.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    /// The peer said goodbye; `code` is 1005 where it gave none.
    #[error("peer closed with code {code}")]
    ByPeer {
        /// RFC 6455 §7.4.
        code: u16,
    },
    /// The connection broke, without a goodbye.
    #[error("peer is gone")]
    Gone,
    /// No sign of life in time, or nothing of what we sent was taken for as long.
    #[error("no answer to the heartbeat")]
    HeartbeatTimeout,
    /// A message is larger than allowed.
    #[error("Message is {size_bytes} bytes, limit {limit_bytes}")]
    TooLarge {
        /// What came, as far as it was read.
        size_bytes: usize,
        /// What is allowed.
        limit_bytes: usize,
    },
    /// Text that is not UTF-8.
    #[error("text is not UTF-8")]
    InvalidUtf8,
    /// Not the transport's framing.
    #[error("bad framing: {0}")]
    BadFraming(String),
}

impl Closed {
    /// The close code that tells the peer what it did wrong (RFC 6455 §7.4.1); none if there is nobody to tell.
    #[must_use]
    pub fn close_code(&self) -> Option<u16> {
        match self {
            Self::ByPeer { .. } | Self::Gone | Self::HeartbeatTimeout => None,
            Self::TooLarge { .. } => Some(close_code::SIZE),
            Self::InvalidUtf8 => Some(close_code::INVALID),
            Self::BadFraming(_) => Some(close_code::PROTOCOL),
        }
    }

    /// Takes axum's error apart: it wraps tungstenite's, of the same version as ours.
    pub(super) fn from_axum(error: axum::Error) -> Self {
        match error.into_inner().downcast::<WsError>() {
            Ok(error) => Self::from_tungstenite(*error),
            Err(_) => Self::Gone,
        }
    }

    fn from_tungstenite(error: WsError) -> Self {
        match error {
            WsError::Capacity(CapacityError::MessageTooLong { size, max_size }) => Self::TooLarge {
                size_bytes: size,
                limit_bytes: max_size,
            },
            WsError::Utf8(_) => Self::InvalidUtf8,
            WsError::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Self::Gone,
            WsError::Protocol(error) => Self::BadFraming(error.to_string()),
            _ => Self::Gone,
        }
    }
}

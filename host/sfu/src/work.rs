//! What costs milliseconds, and so waits for its turn: one piece in a turn, while media goes on.

use crate::{ParticipantId, RoomId, net::demux::ConnectionKey};

/// Each stands in the queue once, so that nobody waits behind another's many.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Work {
    /// A handshake packet of a connection.
    Handshake(ConnectionKey),
    /// What a participant must be told of their receiving connection: maybe an offer.
    Places(RoomId, ParticipantId),
}

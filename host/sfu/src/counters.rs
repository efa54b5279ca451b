//! What the router counts.

/// Counted since the start; each only rises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Packets that came in.
    pub received: u64,
    /// Packets for no connection: strangers, and clients that are gone.
    pub unroutable: u64,
    /// Packets of which nothing came: not to be told what they are, not decrypted, not verified, not decoded, of no negotiated stream, or the
    /// same once more.
    pub malformed: u64,
    /// Packets beyond what one connection may send.
    pub flooded: u64,
    /// Media packets that came in.
    pub media_received: u64,
    /// Media packets sent on, each receiver counted.
    pub media_forwarded: u64,
    /// Media packets that could not be encrypted or had nowhere to go.
    pub media_dropped: u64,
    /// Packets sent again to receivers that missed them.
    pub repaired: u64,
    /// Keyframes that publishers were asked for.
    pub keyframes_asked: u64,
    /// Handshake packets that were dropped because too many waited.
    pub handshakes_dropped: u64,
    /// Connections that were ended because the library failed over them, and rooms over which the router did.
    pub broken: u64,
    /// Frames that a recorder did not get because its queue was full.
    pub tap_dropped: u64,
}

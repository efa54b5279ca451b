//! Packets before they belong to a connection: routes, framing, and whose they are.

pub(crate) mod demux;
pub mod route;
pub mod stun;

/// Packets in a byte stream (RFC 4571): two bytes of length before each.
pub mod framing {
    pub use rtc::shared::tcp_framing::{FRAMING_HEADER_LEN, TcpFrameDecoder, frame_packet_to};
}

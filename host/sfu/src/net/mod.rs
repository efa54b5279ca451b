//! Packets before they belong to a connection: routes, framing, what they are, whose, and how many.

pub(crate) mod bucket;
pub(crate) mod demux;
pub mod dtls;
pub mod framing;
pub(crate) mod guard;
pub mod packet;
pub mod route;
pub mod stun;

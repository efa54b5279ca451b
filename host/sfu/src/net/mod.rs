//! Packets before they belong to a connection: routes, framing, and whose they are.

pub(crate) mod demux;
pub mod route;
pub mod stun;

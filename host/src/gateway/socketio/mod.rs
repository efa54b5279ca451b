//! Socket.IO v5 over Engine.IO `message` packets: [`packet`] reads and writes, [`Connection`] keeps order.
//!
//! Rule: sans-I/O, and total: no input panics, and each costs memory in proportion to its length at most. Arguments stay
//! the JSON text that came, so the session parses them once.
//!
//! Text begins with the `4` of Engine.IO's `message` in both directions (see `transport`).
//!
//! Not here: what an event means, and whether a token is good (the session loop).

mod args;
mod connection;
mod encode;
mod error;
mod packet;
#[cfg(test)]
mod tests;

pub use args::Args;
pub use connection::{Connection, ConnectionOptions, Event, Incoming, Reply};
pub use encode::{ack, connect, connect_error, disconnect, event, event_with_ack};
pub use error::ProtocolError;
pub use packet::{AckId, Kind, Packet};

/// The namespace that every client connects to.
pub const MAIN: &str = "/";

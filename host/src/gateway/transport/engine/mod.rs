//! Engine.IO v4: its packets, the handshake, and the two transports with the upgrade between them.
//!
//! Polling and upgrade are our own and not engineioxide's (0.17.9), because a session of that cannot be cut: its
//! writer task awaits `feed` and `flush` without watching the cancellation, and `close_session` waits for a lock that
//! this task holds, so a reader that stops reading keeps socket and buffers; and its callbacks are
//! synchronous, so nothing holds a POST back. It would also bring a second version of tungstenite.
//!
//! Rule: [`state::State`] decides, with no clock, socket or task of its own; the others wait.
//!
//! Not here: what a message says (`socketio`).

#[cfg(fuzzing)]
pub(in crate::gateway) mod fuzzing;
mod handshake;
mod http;
mod packet;
mod polling;
mod session;
mod sid;
mod state;
#[cfg(test)]
mod tests;
mod upgrade;
mod ws;

pub(super) use handshake::{Query, Refusal, Request};
pub(super) use http::{open, poll, post};
pub use polling::EnginePolling;
pub(super) use polling::{Polled, Sent};
pub(super) use session::Registry;
pub(super) use upgrade::upgrade;
pub use ws::EngineWs;

//! Engine.IO v4: its packets, the handshake, and the two transports with the upgrade between them.
//!
//! Polling and upgrade are our own and not engineioxide's (0.17.9), because a session of that cannot be cut: its
//! writer task awaits `feed` and `flush` without watching the cancellation, and `close_session` waits for a lock that
//! this task holds, so a reader that stops reading keeps socket and buffers; and its callbacks are
//! synchronous, so a POST has nothing that holds it back. Having both also costs a second version of tungstenite.
//!
//! Rule: [`state::State`] decides, with no clock, socket or task of its own; [`polling`] and [`http`] wait.
//!
//! Not here: what a message says (`socketio`).

mod handshake;
mod packet;
mod sid;
mod ws;

pub(super) use handshake::{Query as RequestQuery, Refusal, Request};
pub use ws::EngineWs;

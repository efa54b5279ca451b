//! The edge: the only module that knows HTTP, WebSocket, Socket.IO and JSON.
//!
//! Rule: what a client sent is parsed once, here; inside, a value cannot be wrong.
//!
//! Not here: what an event means (`chat`, `accounts`), who hears of it (`delivery`).

mod error;
mod error_code;
mod json;
pub mod observe;
pub mod origin;
pub mod rest;
pub mod session;
pub mod socketio;
pub mod transport;
pub mod web_client;

use error::ApiError;

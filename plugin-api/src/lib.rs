//! Policies for Natter, a self-hosted chat server: who may join, what may be said, who may call.
//!
//! A policy is a WebAssembly component that an operator drops into the server's plugins folder. It implements one or more hooks; the
//! server asks them, and does what they answer. This is all of one:
//!
//! ```
//! use natter_plugin::{Message, Messages, messages::Decision};
//!
//! struct WordFilter;
//!
//! natter_plugin::export!(WordFilter: messages);
//!
//! impl Messages for WordFilter {
//!     fn before(message: Message) -> Decision {
//!         let words: Vec<String> = natter_plugin::config::get("words").unwrap_or_default();
//!         let body = message.body.to_lowercase();
//!         match words.iter().find(|word| body.contains(word.as_str())) {
//!             Some(word) => Decision::reject("forbidden_word", format!("Please do not say {word}.")),
//!             None => Decision::allow(),
//!         }
//!     }
//! }
//!
//! // Without a server, in a test of its own:
//! use natter_plugin::testing::{Fake, message};
//! Fake::new().with_config(r#"{"words": ["darn"]}"#).run(|| {
//!     assert_eq!(WordFilter::before(message("Good day")), Decision::allow());
//!     assert_ne!(WordFilter::before(message("Darn!")), Decision::allow());
//! });
//! ```
//!
//! with this `Cargo.toml`, built by `cargo build --release --target wasm32-wasip2`:
//!
//! ```toml
//! [lib]
//! crate-type = ["cdylib", "rlib"]
//!
//! [dependencies]
//! natter-plugin = "0.1"
//! ```
//!
//! The functions of [`kv`], [`log`], [`clock`], [`random`], [`directory`] and [`http`] reach the server; in a test they reach a [`testing::Fake`].
//! A hook must be a pure decision: what it decides follows from the event, the config, and what these functions answer. Instances are
//! reused, so keep nothing in statics but what is made from the config.
//!
//! Rule of this crate: it adds names and comfort to the WIT files, never meaning.

#[doc(hidden)]
#[rustfmt::skip]
pub mod bindings;

mod backend;
mod decisions;
mod exporting;
mod host;
#[cfg(not(target_family = "wasm"))]
pub mod testing;

pub use bindings::imports::natter::policy::types::{
    Attr, Effect, GateDecision, GateVerdict, MemberRole, Message, MessageChange, Rejection,
    RoomKind, Timestamp,
};
pub use decisions::effects;
pub use host::{clock, config, directory, http, kv, log, random};

pub use admin::Guest as Admin;
pub use call_events::Guest as CallEvents;
pub use calls::Guest as Calls;
pub use commands::Guest as Commands;
pub use lifecycle::Guest as Lifecycle;
pub use message_events::Guest as MessageEvents;
pub use messages::Guest as Messages;
pub use registration::Guest as Registration;
pub use rooms::Guest as Rooms;
pub use schedule::Guest as Schedule;

/// One module per hook, with its types.
macro_rules! hooks {
    ($($(#[doc = $doc:literal])* $name:ident,)*) => {$(
        $(#[doc = $doc])*
        pub mod $name {
            pub use crate::bindings::$name::exports::natter::policy::$name::*;
        }
    )*};
}
hooks! {
    /// Panels for admins, and what they can do there.
    admin,
    /// What happened in a call.
    call_events,
    /// Somebody wants to start or join a call.
    calls,
    /// Slash commands.
    commands,
    /// A policy's own life.
    lifecycle,
    /// A message or an edit, after it was accepted.
    message_events,
    /// A message or an edit, before it is accepted.
    messages,
    /// Somebody registers.
    registration,
    /// A change of a room, before it happens.
    rooms,
    /// Work from time to time.
    schedule,
}

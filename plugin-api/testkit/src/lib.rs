//! Runs built policies without a server.
//!
//! [`Component::ask`] asks a policy about an [`Event`] in a [`World`], and answers also the line of a trace. [`trace::replay`] asks again with
//! what stands in such a line, and nothing else: the same component gives the same answer, byte for byte; another version's answer can be
//! compared.
//!
//! Not here: deadlines and quotas, which are the server's. A policy that loops is cut after some seconds.

mod bindings;
mod component;
mod event;
mod host;
pub mod trace;
mod world;

pub use bindings::{exports::natter::policy as hooks, natter::policy as imports};
pub use component::Component;
pub use event::{Answer, Event};
pub use world::World;

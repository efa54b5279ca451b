//! Natter: one program for a community's chat and calls. `docs/architecture.md` is the map.

pub mod accounts;
pub mod chat;
pub mod delivery;
pub mod gateway;
pub mod model;
pub mod store;

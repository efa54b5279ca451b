//! Natter: one program for a community's chat and calls. `docs/architecture.md` is the map.

pub mod accounts;
pub mod calls;
pub mod chat;
pub mod config;
pub mod delivery;
pub mod effects;
pub mod gateway;
pub mod guard;
pub mod logging;
pub mod metrics;
pub mod model;
pub mod policy;
pub mod private_files;
pub mod server;
pub mod store;
pub mod tls;

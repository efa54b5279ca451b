//! Where the functions of `host` go: to the server in a component, to a fake in a test.

#[cfg(target_family = "wasm")]
pub(crate) use crate::bindings::imports::natter::policy::{
    clock, config, directory, http, kv, log, random,
};
#[cfg(not(target_family = "wasm"))]
pub(crate) use crate::testing::backend::{clock, config, directory, http, kv, log, random};

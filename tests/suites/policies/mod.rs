//! Plugins through the watched folder of a real server: what becomes active, what is refused, and that nothing else notices.
//!
//! Not here: what each hook may say (beside the code in `host/src/policy/tests`).

mod approval;
mod effects;
mod filter;
mod folder;
mod hostile;
mod languages;
mod messages;
mod mutes;
mod operator;
mod over_rest;
mod registration;
mod shipped;
mod traces;

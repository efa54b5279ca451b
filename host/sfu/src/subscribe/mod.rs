//! What one participant is sent.

pub(crate) mod allocation;
pub(crate) mod budget;
mod control;
pub(crate) mod downlink;
pub(crate) mod history;
pub(crate) mod negotiation;
pub(crate) mod path;
pub(crate) mod rewriter;
pub(crate) mod subscriber;

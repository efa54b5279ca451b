//! Calls: the media between participants.

pub mod worker;

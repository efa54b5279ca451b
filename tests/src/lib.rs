//! What Natter's integration tests share.

pub mod transport_echo;

//! Calls: who hears what, on real sockets.

mod direct;
mod group;
mod keeping;
mod reach;
mod refused;
mod stage;

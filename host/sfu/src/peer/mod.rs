//! One peer connection: the library, held at its edge.

pub(crate) mod codecs;
pub(crate) mod connection;
mod control;
mod description;
pub(crate) mod keys;
mod reach;
pub(crate) mod sealer;

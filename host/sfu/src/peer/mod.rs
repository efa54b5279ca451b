//! One peer connection: the library, held at its edge.

pub(crate) mod codecs;
pub(crate) mod connection;
mod forwarding;
pub(crate) mod keys;
pub(crate) mod sealer;

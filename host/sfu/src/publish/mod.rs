//! What one participant sends.

pub(crate) mod keyframes;
pub(crate) mod publisher;
pub(crate) mod sequence;
pub(crate) mod stream;

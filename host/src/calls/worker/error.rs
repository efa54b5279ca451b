//! Why the worker did not do what it was asked.

use std::io;

use natter_sfu::SfuError;

/// What can go wrong with a command.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// The router refused it.
    #[error(transparent)]
    Refused(#[from] SfuError),
    /// Too many commands wait. Try again.
    #[error("The media worker is busy")]
    Overloaded,
    /// The worker ended; its calls are over.
    #[error("The media worker is gone")]
    Gone,
    /// A socket, or the thread.
    #[error("Media sockets: {0}")]
    Io(#[from] io::Error),
}

//! What chat refuses, and why.

use crate::store::StoreError;

/// A refusal or failure of a chat operation.
#[derive(Debug, thiserror::Error)]
pub enum ChatError {
    /// There is no such thing, or none that this person may see.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// The person's role does not allow it.
    #[error("{0}")]
    Forbidden(&'static str),
    /// A field has a value that cannot be taken.
    #[error("{0}")]
    Invalid(String),
    /// Something is larger than allowed.
    #[error("{what} is {actual}, limit {limit}")]
    TooLarge {
        /// What, with its unit.
        what: &'static str,
        /// Its size.
        actual: usize,
        /// The most that is allowed.
        limit: usize,
    },
    /// The thing is not in the state for it.
    #[error("{0}")]
    Conflict(&'static str),
    /// The `client_msg_id` was used before, with other content.
    #[error("client_msg_id was used before with other content")]
    IdempotencyConflict,
    /// Too much waits already; the same call may succeed later.
    #[error("too many writes are waiting")]
    Overloaded,
    /// The server stops and takes no more writes.
    #[error("the server is stopping")]
    Draining,
    /// The writer failed, and has logged why.
    #[error("the write failed")]
    Failed,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

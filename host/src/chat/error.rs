//! What chat refuses, and why.

use crate::{
    model::{Mute, Refusal},
    policy::Overloaded,
    store::StoreError,
};

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
    /// The policies have too much to do; the same call may succeed later.
    #[error(transparent)]
    PoliciesOverloaded(#[from] Overloaded),
    /// A policy refused, or the admin whom it asked.
    #[error("{}", .0.reason)]
    Refused(Box<Refusal>),
    /// The person may not write there for a while.
    #[error("you are muted until {}", .0.until)]
    Muted(Box<Mute>),
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

impl ChatError {
    /// The same, for a retry that waited for the first answer.
    pub(super) fn again(&self) -> Self {
        match self {
            Self::NotFound(what) => Self::NotFound(what),
            Self::Forbidden(why) => Self::Forbidden(why),
            Self::Invalid(why) => Self::Invalid(why.clone()),
            Self::TooLarge {
                what,
                actual,
                limit,
            } => Self::TooLarge {
                what,
                actual: *actual,
                limit: *limit,
            },
            Self::Conflict(why) => Self::Conflict(why),
            Self::IdempotencyConflict => Self::IdempotencyConflict,
            Self::Overloaded => Self::Overloaded,
            Self::PoliciesOverloaded(it) => Self::PoliciesOverloaded(*it),
            Self::Refused(refusal) => Self::Refused(refusal.clone()),
            Self::Muted(mute) => Self::Muted(mute.clone()),
            Self::Draining => Self::Draining,
            // It was logged with the first answer.
            Self::Failed | Self::Store(_) => Self::Failed,
        }
    }
}

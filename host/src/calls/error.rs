//! What calls refuse, and why.

use super::worker::MediaError;
use crate::{chat::ChatError, model::Refusal, policy::Overloaded, store::StoreError};

/// A refusal or failure of something about a call.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// There is no such thing, or none that is this person's.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// The person's role does not allow it.
    #[error("{0}")]
    Forbidden(&'static str),
    /// A field has a value that cannot be taken.
    #[error("{0}")]
    Invalid(&'static str),
    /// A session description, or what was said of it, does not fit.
    #[error("{0}")]
    Unusable(String),
    /// The call, or the person, is not in the state for it.
    #[error("{0}")]
    Conflict(&'static str),
    /// The `client_call_id` was used before, for somebody else.
    #[error("client_call_id was used before for another call")]
    IdempotencyConflict,
    /// The call has all the participants that it may have.
    #[error("the call has {limit} participants, which is the limit")]
    Full {
        /// The most that a call may have.
        limit: usize,
    },
    /// Too much waits already; the same may succeed later.
    #[error("too many calls are waiting")]
    Overloaded,
    /// The policies have too much to do; the same may succeed later.
    #[error(transparent)]
    PoliciesOverloaded(#[from] Overloaded),
    /// A policy refused.
    #[error("{}", .0.reason)]
    Refused(Box<Refusal>),
    /// The server stops and takes no more calls.
    #[error("the server is stopping")]
    Draining,
    /// There is no media any more.
    #[error(transparent)]
    NoMedia(MediaError),
    /// The person may not speak there.
    #[error(transparent)]
    Chat(#[from] ChatError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

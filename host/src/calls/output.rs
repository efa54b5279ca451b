//! What calls want done: plain data, carried out by `desk` in its order.

use super::person::Device;
use crate::model::{CallPerson, ServerEvent, UserId};

/// One thing to be done.
#[derive(Clone, Debug)]
pub(super) enum Output {
    /// Tell somebody, all the same.
    Tell(Vec<Audience>, Box<ServerEvent>),
    /// For the media router.
    Media(MediaCommand),
    /// For policies.
    Notice(Notice),
    /// Nobody answered who might have: a message is to say so.
    Missed,
}

impl Output {
    pub(super) fn tell(to: impl IntoIterator<Item = Audience>, event: ServerEvent) -> Self {
        Self::Tell(to.into_iter().collect(), Box::new(event))
    }

    pub(super) fn tell_people(to: impl IntoIterator<Item = UserId>, event: ServerEvent) -> Self {
        Self::tell(to.into_iter().map(Audience::Person), event)
    }
}

/// Who is to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Audience {
    /// All sockets of a person.
    Person(UserId),
    /// One socket.
    Device(Device),
    /// All sockets of a person but this one, which has the ack.
    OthersOf(Device),
}

/// Something for policies to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Notice {
    /// `started`, `ringing`, `accepted`, `joined`, `left`, `ended`.
    pub(super) kind: &'static str,
    /// Whom it concerns.
    pub(super) user_id: Option<UserId>,
}

/// What the media router is to do about who is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MediaCommand {
    /// Somebody takes part.
    Join(CallPerson),
    /// Somebody does not any more; once all have left, the router forgets the call.
    Leave(CallPerson),
}

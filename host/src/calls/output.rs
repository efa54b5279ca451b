//! What calls want done: plain data, carried out by `desk` in its order.

use super::person::Device;
use crate::model::{CallId, CallPerson, ServerEvent, UserId};

/// One thing to be done.
#[derive(Clone, Debug)]
pub(super) enum Output {
    /// Tell somebody.
    Tell(Audience, ServerEvent),
    /// For the media router.
    Media(MediaCommand),
    /// For policies.
    Notice(Notice),
    /// Nobody answered who might have: a message is to say so.
    Missed,
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
    /// Somebody is in a call, perhaps still.
    Join(CallPerson),
    /// Somebody is not any more.
    Leave(CallPerson),
    /// The call is over for everybody.
    End(CallId),
}

//! What a call is started with, and what happens to it. Plain data.

use super::person::Device;
use crate::model::{CallId, CallReason, MediaKind, RoomId, RoomKind, UserId};

/// How long a call waits for what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// For an answer.
    pub(super) ring_seconds: i64,
    /// For a participant whose socket is gone.
    pub(super) grace_seconds: i64,
}

/// Where a call takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    /// Between two people, the smaller id first; they may have no room yet.
    Between(UserId, UserId),
    /// In a group.
    Group(RoomId),
}

impl Place {
    pub(super) fn between(one: UserId, other: UserId) -> Self {
        Self::Between(one.min(other), one.max(other))
    }

    pub(super) fn kind(self) -> RoomKind {
        match self {
            Self::Between(..) => RoomKind::Direct,
            Self::Group(_) => RoomKind::Group,
        }
    }

    /// The other one of two.
    pub(super) fn other_than(self, user_id: UserId) -> Option<UserId> {
        match self {
            Self::Between(one, other) if one == user_id => Some(other),
            Self::Between(one, _) => Some(one),
            Self::Group(_) => None,
        }
    }
}

/// A call to be started. Who may be called was checked.
#[derive(Clone, Debug)]
pub(super) struct NewCall {
    pub(super) call_id: CallId,
    pub(super) place: Place,
    pub(super) room_id: Option<RoomId>,
    pub(super) media: MediaKind,
    pub(super) caller: Device,
    pub(super) client_call_id: String,
    /// Whom it is for, without the caller.
    pub(super) callees: Vec<UserId>,
    /// The one of them who blocks the caller: it rings for the caller only.
    pub(super) hidden_from: Option<UserId>,
}

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Event {
    /// A callee's device rings.
    Ringing(UserId),
    /// A callee answers, or calls in turn.
    Answer(Device),
    /// A callee does not want to talk.
    Reject(Device),
    /// Somebody comes to a group's call, or comes back to any.
    Join(Device),
    /// Somebody goes; the caller, while it rings: gives up.
    Leave(UserId),
    /// Somebody ends it for all: a participant of a direct call, an admin of a group.
    End(UserId),
    /// A socket is gone.
    Dropped(Device),
    /// A person's device has a socket.
    Returned(Device),
    /// A device was logged out.
    LoggedOut(Device),
    /// Somebody does not belong to the group any more.
    Departed(UserId),
    /// It cannot go on.
    Stop(CallReason),
    /// A deadline may have passed.
    Due,
}

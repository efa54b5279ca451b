//! What a client may say about calls.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    calls::{CallAct, CallError, CallRequest, CallTarget, Caller, Calls},
    model::{CallAck, CallId, MediaKind, RoomId, UserId},
};

/// An event about a call.
#[derive(Debug)]
pub(super) enum CallEvent {
    Start(CallRequest),
    Act(CallId, CallAct),
}

/// Data of `call_user`.
#[derive(Deserialize, ToSchema)]
pub(in crate::gateway) struct CallUser {
    /// Whom; or `room_id`.
    #[schema(value_type = Option<uuid::Uuid>)]
    to: Option<UserId>,
    /// The members of this room.
    #[schema(value_type = Option<uuid::Uuid>)]
    room_id: Option<RoomId>,
    /// What the call is to carry.
    media: MediaKind,
    /// 1 to 64 characters; a retry has the same.
    client_call_id: String,
}

/// The same, checked.
#[derive(Deserialize)]
#[serde(try_from = "CallUser")]
pub(super) struct CallStart(pub(super) CallRequest);

/// Data of `call_ringing`, `answer_call`, `reject_call`, `cancel_call`, `join_call`, `leave_call` and `end_call`.
#[derive(Deserialize, ToSchema)]
pub(in crate::gateway) struct CallRef {
    /// Which.
    call_id: CallId,
}

impl CallRef {
    pub(super) fn to(&self, act: CallAct) -> CallEvent {
        CallEvent::Act(self.call_id, act)
    }
}

impl CallEvent {
    /// Asks for it.
    pub(super) async fn carry_out(self, calls: &Calls, by: Caller) -> Result<CallAck, CallError> {
        match self {
            Self::Start(request) => calls.call_user(by, request).await,
            Self::Act(call_id, act) => calls.act(by, call_id, act).await,
        }
    }
}

impl TryFrom<CallUser> for CallStart {
    type Error = &'static str;

    fn try_from(it: CallUser) -> Result<Self, &'static str> {
        let target = match (it.to, it.room_id) {
            (Some(to), None) => CallTarget::User(to),
            (None, Some(room_id)) => CallTarget::Room(room_id),
            _ => return Err("to, room_id: exactly one of them"),
        };
        Ok(Self(CallRequest {
            target,
            media: it.media,
            client_call_id: it.client_call_id,
        }))
    }
}

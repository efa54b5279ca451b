//! What a client may say about calls.

use serde::Deserialize;
use utoipa::ToSchema;

use super::event::read;
use crate::{
    calls::{CallAct, CallError, CallRequest, CallTarget, Caller, Calls},
    gateway::ApiError,
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

/// Data of `call_ringing`, `answer_call`, `reject_call`, `cancel_call`, `join_call`, `leave_call` and `end_call`.
#[derive(Deserialize, ToSchema)]
pub(in crate::gateway) struct CallRef {
    /// Which.
    call_id: CallId,
}

impl CallEvent {
    /// Parses the data of the event with this name; none if it is not about calls.
    ///
    /// # Errors
    /// `invalid_payload`.
    pub(super) fn parse(name: &str, data_json: &str) -> Result<Option<Self>, ApiError> {
        if name == "call_user" {
            return read::<CallUser>(data_json)?.try_into().map(Some);
        }
        let act = match name {
            "call_ringing" => CallAct::Ringing,
            "answer_call" => CallAct::Answer,
            "reject_call" => CallAct::Reject,
            "join_call" => CallAct::Join,
            // The caller gives up; if somebody has answered meanwhile, that is leaving.
            "cancel_call" | "leave_call" => CallAct::Leave,
            "end_call" => CallAct::End,
            _ => return Ok(None),
        };
        let CallRef { call_id } = read(data_json)?;
        Ok(Some(Self::Act(call_id, act)))
    }

    /// Asks for it.
    pub(super) async fn carry_out(self, calls: &Calls, by: Caller) -> Result<CallAck, CallError> {
        match self {
            Self::Start(request) => calls.call_user(by, request).await,
            Self::Act(call_id, act) => calls.act(by, call_id, act).await,
        }
    }
}

impl TryFrom<CallUser> for CallEvent {
    type Error = ApiError;

    fn try_from(it: CallUser) -> Result<Self, ApiError> {
        let target = match (it.to, it.room_id) {
            (Some(to), None) => CallTarget::User(to),
            (None, Some(room_id)) => CallTarget::Room(room_id),
            _ => {
                return Err(ApiError::invalid_payload(
                    "to, room_id: exactly one of them",
                ));
            }
        };
        Ok(Self::Start(CallRequest {
            target,
            media: it.media,
            client_call_id: it.client_call_id,
        }))
    }
}

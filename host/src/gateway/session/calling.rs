//! What a client may say about calls.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    calls::{CallAct, CallError, CallRequest, CallTarget, Caller, Calls},
    model::{CallAck, CallId, MediaKind, MediaLayer, MediaSource, OfferedSection, RoomId, UserId},
};

/// An event about a call.
#[derive(Debug)]
pub(super) enum CallEvent {
    Start(CallRequest),
    Act(CallId, CallAct),
    Publish(RtcPublish),
    Sources(RtcSources),
    Accept(RtcAnswer),
    Show(RtcLayer),
    Mute(RtcMute),
}

/// The answer to one.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum CallAnswer {
    Call(CallAck),
    Description(RtcPublished),
    Done {},
}

/// Data of `rtc_publish`.
#[derive(Debug, Deserialize, ToSchema)]
pub(in crate::gateway) struct RtcPublish {
    /// In which call.
    call_id: CallId,
    /// The offer for the connection that sends.
    sdp: String,
    /// What each of its sections will carry, now or later.
    sections: Vec<OfferedSection>,
}

/// The answer of `rtc_publish`.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::gateway) struct RtcPublished {
    /// The server's answer to the offer.
    sdp: String,
}

/// Data of `rtc_sources`.
#[derive(Debug, Deserialize, ToSchema)]
pub(in crate::gateway) struct RtcSources {
    /// In which call.
    call_id: CallId,
    /// What is sent from now on, of what was offered.
    sources: Vec<MediaSource>,
}

/// Data of `rtc_answer`.
#[derive(Debug, Deserialize, ToSchema)]
pub(in crate::gateway) struct RtcAnswer {
    /// In which call.
    call_id: CallId,
    /// The answer to the last `rtc_offer`.
    sdp: String,
}

/// Data of `rtc_layer`.
#[derive(Debug, Deserialize, ToSchema)]
pub(in crate::gateway) struct RtcLayer {
    /// In which call.
    call_id: CallId,
    /// Whose source.
    user_id: UserId,
    /// Which.
    source: MediaSource,
    /// As large as it is shown; absent: it is not shown.
    layer: Option<MediaLayer>,
}

/// Data of `rtc_mute`.
#[derive(Debug, Deserialize, ToSchema)]
pub(in crate::gateway) struct RtcMute {
    /// In which call.
    call_id: CallId,
    /// Whose source; absent: one's own.
    #[schema(value_type = Option<uuid::Uuid>)]
    user_id: Option<UserId>,
    /// Which.
    source: MediaSource,
    /// Muted, or not any more.
    muted: bool,
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
    pub(super) async fn carry_out(
        self,
        calls: &Calls,
        by: Caller,
    ) -> Result<CallAnswer, CallError> {
        let device = by.device;
        let done = match self {
            Self::Start(request) => {
                return calls.call_user(by, request).await.map(CallAnswer::Call);
            }
            Self::Act(call_id, act) => {
                return calls.act(by, call_id, act).await.map(CallAnswer::Call);
            }
            Self::Publish(it) => {
                let published = calls.publish(device, it.call_id, it.sdp, it.sections);
                let sdp = published.await?;
                return Ok(CallAnswer::Description(RtcPublished { sdp }));
            }
            Self::Sources(it) => calls.set_sources(device, it.call_id, it.sources).await,
            Self::Accept(it) => calls.accept(device, it.call_id, it.sdp).await,
            Self::Show(it) => {
                let track = (it.user_id, it.source);
                calls.show(device, it.call_id, track, it.layer).await
            }
            Self::Mute(it) => {
                let track = (it.user_id.unwrap_or(device.user_id), it.source);
                calls.mute(device, it.call_id, track, it.muted).await
            }
        };
        done.map(|()| CallAnswer::Done {})
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

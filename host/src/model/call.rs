//! Calls and who takes part in them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{CallId, RoomId, RoomKind, Timestamp, UserId};

/// What a call carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[repr(i16)]
pub enum MediaKind {
    /// Sound.
    Audio = 0,
    /// Sound and pictures.
    Video = 1,
}

/// Where a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[repr(i16)]
pub enum CallState {
    /// Nobody has answered yet.
    Ringing = 0,
    /// Somebody has; in groups others may still be rung, and may join.
    Connected = 1,
    /// Over, for good.
    Ended = 2,
}

/// Why a call ended, or somebody's part in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[repr(i16)]
pub enum CallReason {
    /// Somebody hung up; in groups the last one, or an admin for all.
    Hangup = 0,
    /// Nobody answered in time.
    Timeout = 1,
    /// The callee is in another call.
    Busy = 2,
    /// The callee does not want to talk.
    Declined = 3,
    /// The caller gave up before anybody answered, or went away.
    Cancelled = 4,
    /// A policy ended it.
    Policy = 5,
    /// The server stops.
    Drain = 6,
    /// A connection was lost, or the server broke down.
    Failed = 7,
    /// Somebody did not agree to be recorded.
    Consent = 8,
    /// They do not belong to the group any more, or their device was logged out.
    Removed = 9,
}

impl CallReason {
    /// As on the wire.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Hangup => "hangup",
            Self::Timeout => "timeout",
            Self::Busy => "busy",
            Self::Declined => "declined",
            Self::Cancelled => "cancelled",
            Self::Policy => "policy",
            Self::Drain => "drain",
            Self::Failed => "failed",
            Self::Consent => "consent",
            Self::Removed => "removed",
        }
    }
}

/// Where one person stands in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[repr(i16)]
pub enum ParticipantState {
    /// Their devices ring.
    Ringing = 0,
    /// They are in it; the caller from the beginning.
    Joined = 1,
    /// They were in it.
    Left = 2,
    /// They refused.
    Declined = 3,
    /// They did not answer.
    Missed = 4,
    /// They were in another call, and their devices did not ring.
    Busy = 5,
}

/// How media fared between the server and one person: means over their time in the call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct CallQuality {
    /// Packets lost of a thousand, in the worse of the two directions.
    pub loss_permille: i64,
    /// There and back; absent if the client never reported it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rtt_ms: Option<i64>,
    /// Bits per second to the person.
    pub sent_bps: i64,
    /// Bits per second from the person.
    pub received_bps: i64,
}

/// One person's part in a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CallParticipant {
    /// Who.
    pub user_id: UserId,
    /// Where they stand.
    pub state: ParticipantState,
    /// When they first came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub joined_at: Option<Timestamp>,
    /// When they last went.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_at: Option<Timestamp>,
    /// Why they went.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<CallReason>,
    /// How media fared; absent if there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quality: Option<CallQuality>,
}

/// A call as those see it whom it was for, and admins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Call {
    /// Names it. A missed call's message has the same id.
    pub call_id: CallId,
    /// Its room; absent for a call between two people who have none yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_id: Option<RoomId>,
    /// Direct or group.
    pub kind: RoomKind,
    /// What it carries.
    pub media: MediaKind,
    /// Who called.
    pub caller_id: UserId,
    /// Where it stands.
    pub state: CallState,
    /// When it began to ring.
    pub created_at: Timestamp,
    /// When the first one answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connected_at: Option<Timestamp>,
    /// When it was over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<CallReason>,
    /// Who ended it, where somebody did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_by: Option<UserId>,
    /// Whom it was for, the caller included.
    pub participants: Vec<CallParticipant>,
    /// The callee who blocks the caller, and hears nothing of the call.
    #[serde(skip)]
    pub hidden_from: Option<UserId>,
}

impl Call {
    /// Whether it was for somebody, as far as they know.
    #[must_use]
    pub fn is_for(&self, user_id: UserId) -> bool {
        let is_in = self.participants.iter().any(|it| it.user_id == user_id);
        is_in && self.hidden_from != Some(user_id)
    }

    /// The group whose call it is; none if it is between two people.
    #[must_use]
    pub fn group(&self) -> Option<RoomId> {
        self.room_id.filter(|_| self.kind == RoomKind::Group)
    }
}

/// The answer to an event about a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CallAck {
    /// The call; of `call_user` perhaps one that was there already.
    pub call_id: CallId,
    /// Where it stands after the event.
    pub state: CallState,
    /// While it rings: until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Once it has ended: why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<CallReason>,
}

/// Data of `incoming_call`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct IncomingCall {
    /// Which.
    pub call_id: CallId,
    /// Who calls.
    pub from: UserId,
    /// Where; absent for a call between two people who have no room yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_id: Option<RoomId>,
    /// Direct or group.
    pub kind: RoomKind,
    /// What it is to carry.
    pub media: MediaKind,
    /// Stop ringing then, whatever is heard or not.
    pub expires_at: Timestamp,
}

/// Data of `call_ringing`, `call_accepted` and `participant_joined`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CallPerson {
    /// Which call.
    pub call_id: CallId,
    /// Whose doing.
    pub user_id: UserId,
}

/// Data of `call_rejected` and `participant_left`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CallPersonGone {
    /// Which call.
    pub call_id: CallId,
    /// Who.
    pub user_id: UserId,
    /// Why.
    pub reason: CallReason,
}

/// Data of `call_handled_elsewhere`: another device of the same person did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CallHandled {
    /// Which call.
    pub call_id: CallId,
    /// What the person did.
    pub state: ParticipantState,
}

/// Data of `call_ended`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CallEnded {
    /// Which.
    pub call_id: CallId,
    /// Where; absent as in `incoming_call`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_id: Option<RoomId>,
    /// Why.
    pub reason: CallReason,
    /// Who ended it, where somebody did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_by: Option<UserId>,
}

/// A STUN or TURN server, as WebRTC's `RTCIceServer` has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct IceServer {
    /// `stun:` and `turn:` addresses.
    pub urls: Vec<String>,
    /// For `turn:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// For `turn:`; good for a while.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
}

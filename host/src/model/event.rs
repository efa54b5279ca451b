//! What the server tells clients unasked.

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    AccountStatus, ActiveSpeaker, BlockChanged, CallEnded, CallHandled, CallPerson, CallPersonGone,
    CallTrack, DeletedMessage, IncomingCall, Member, MessageDecision, MuteChanged, ReceivedMessage,
    ReportAdded, RoomId, RoomSummary, RtcMuted, RtcOffer, RtcPublishLayers, RtcRestart, RtcTracks,
    StatusUpdate, UserId,
};

/// A push to a client. On the wire its name is the variant's in snake_case, its data the variant's content.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(tag = "event", content = "data", rename_all = "snake_case")]
pub enum ServerEvent {
    /// A message in a direct room.
    ReceivePrivateMessage(ReceivedMessage),
    /// A message in a group.
    ReceiveGroupMessage(ReceivedMessage),
    /// What became of a message of one's own that a policy held.
    MessageDecision(MessageDecision),
    /// The person may not write for a while, or may again.
    MuteChanged(MuteChanged),
    /// What a policy wants admins to know.
    PolicyNotice(PolicyNotice),
    /// A message was deleted; its place stays.
    MessageDeleted(DeletedMessage),
    /// The person blocked somebody, or unblocked them, from another device.
    BlockChanged(BlockChanged),
    /// For admins of the server: somebody reported a message.
    ReportAdded(ReportAdded),
    /// Somebody received or read messages.
    MessageStatusUpdate(StatusUpdate),
    /// Somebody is writing, or stopped; may be lost.
    Typing(Typing),
    /// A room is new to this person, or was renamed.
    RoomUpdated(RoomSummary),
    /// Somebody joined, left or changed role.
    MemberUpdated(Member),
    /// The person's own account.
    AccountStatusChanged(AccountStatusChanged),
    /// Somebody calls.
    IncomingCall(IncomingCall),
    /// To the caller: a callee's device rings.
    CallRinging(CallPerson),
    /// To the caller: the first one answered.
    CallAccepted(CallPerson),
    /// To those in the call: somebody refused.
    CallRejected(CallPersonGone),
    /// To a person's other devices: they need not ring any more.
    CallHandledElsewhere(CallHandled),
    /// To all whom the call was for.
    CallEnded(CallEnded),
    /// To those in the call.
    ParticipantJoined(CallPerson),
    /// To those in the call.
    ParticipantLeft(CallPersonGone),
    /// An offer for what one receives.
    RtcOffer(RtcOffer),
    /// What is in the sections of that connection.
    RtcTracks(RtcTracks),
    /// Which layers of one's camera somebody watches.
    RtcPublishLayers(RtcPublishLayers),
    /// To those in the call: a source was muted or unmuted.
    RtcMutedBy(RtcMuted),
    /// One of one's connections is over.
    RtcRestart(RtcRestart),
    /// To those in the call.
    TrackPublished(CallTrack),
    /// To those in the call.
    TrackUnpublished(CallTrack),
    /// To those in the call.
    ActiveSpeaker(ActiveSpeaker),
    /// The server stops; come back after a pause of one's own.
    ServerDraining {
        /// Wait this long before connecting again; different for every session.
        reconnect_after_ms: u64,
    },
    /// Pushes may have been missed: call `sync`.
    SyncRequired {},
}

/// Data of `typing`.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Typing {
    /// Where.
    pub room_id: RoomId,
    /// Who.
    pub user_id: UserId,
    /// Writing, or stopped. Clients let it lapse after 6 s.
    pub typing: bool,
}

/// Data of `account_status_changed`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AccountStatusChanged {
    /// The status now.
    pub status: AccountStatus,
    /// The admin's reason, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The user's rev after it.
    pub user_rev: i64,
}

/// Data of `policy_notice`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PolicyNotice {
    /// Which plugin.
    pub plugin: String,
    /// Its words.
    pub text: String,
}

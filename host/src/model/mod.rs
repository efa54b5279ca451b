//! The plain data that modules exchange: ids, users, rooms, messages, receipts, events.
//!
//! Rule: no I/O and no behaviour beyond keeping a value valid. What a client sees of these types is their serde form,
//! which `docs/protocol.md` describes field by field.

mod audit;
mod ban;
mod call;
mod device;
mod event;
mod held;
mod ids;
mod invite;
mod link;
mod message;
mod mute;
mod own_data;
pub mod policy;
mod reach;
mod receipt;
mod report;
mod room;
mod rtc;
mod sync;
mod time;
mod user;

pub use audit::{AuditEntry, AuditHead, Cursor};
pub use ban::RoomBan;
pub use call::{
    Call, CallAck, CallEnded, CallHandled, CallParticipant, CallPerson, CallPersonGone,
    CallQuality, CallReason, CallState, IceServer, IncomingCall, MediaKind, ParticipantState,
};
pub use device::Device;
pub use event::{AccountStatusChanged, PolicyNotice, ServerEvent, Typing};
pub use held::{
    CommandReply, HeldContext, HeldEntry, HeldMessage, HeldStatus, MessageDecision, Refusal,
    Submitted,
};
pub use ids::{CallId, DecisionId, DeviceId, MessageId, RoomId, SessionId, UserId};
pub use invite::Invite;
pub use link::{EmailAddress, LinkPurpose, ResetLink};
pub use message::{
    DeletedMessage, Message, MessageKind, NewMessage, ReceivedMessage, SendTarget, SentMessage,
};
pub use mute::{Mute, MuteChanged};
pub use own_data::{OwnHeldMessage, OwnMessage, OwnReceipt, OwnRegistration, OwnRoom};
pub use reach::{Block, BlockChanged, Privacy, Reach};
pub use receipt::{MessageReceipt, ReceiptStatus, StatusUpdate, Watermark, Watermarks};
pub use report::{Report, ReportAdded, ReportContext, ReportDecision, ReportedMessage};
pub use room::{Member, MemberRole, MemberState, Room, RoomKind, RoomSummary};
pub use rtc::{
    ActiveSpeaker, CallTrack, MediaLayer, MediaSource, OfferedSection, PlacedTrack, RtcMuted,
    RtcOffer, RtcPublishLayers, RtcRestart, RtcSide, RtcTracks,
};
pub use sync::{Change, RoomCursor, RoomSync, SyncRequest, SyncResponse};
pub use time::Timestamp;
pub use user::{Account, AccountCounts, AccountFilter, AccountStatus, Profile, UserRole};

//! What a client may say on a socket, parsed once.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::ToSchema;

use super::calling::{CallEvent, CallRef, CallStart};
use crate::{
    calls::CallAct,
    gateway::{ApiError, json},
    model::{
        Account, DeviceId, IceServer, MessageId, NewMessage, ReceiptStatus, RoomId, SendTarget,
        SessionId, SyncRequest, Timestamp, UserId,
    },
};

/// A client's event, whichever transport it came by.
#[derive(Debug)]
pub(super) enum ClientEvent {
    RegisterUser(RegisterUser),
    Send(NewMessage),
    MessageStatusUpdate(MessageStatusUpdate),
    DeleteMessage(DeleteMessage),
    Typing(TypingEvent),
    Sync(SyncRequest),
    Call(CallEvent),
}

/// Data of `register_user`.
#[derive(Debug, Deserialize, ToSchema)]
pub(in crate::gateway) struct RegisterUser {
    /// An access token.
    pub(super) token: String,
}

/// Data of a client's `message_status_update`.
#[derive(Debug, Deserialize, ToSchema)]
pub(in crate::gateway) struct MessageStatusUpdate {
    /// Where.
    pub(super) room_id: RoomId,
    /// Covers every message up to this one.
    pub(super) up_to_seq: i64,
    /// Delivered or read.
    pub(super) status: ReceiptStatus,
}

/// Data of `delete_message`.
#[derive(Debug, Deserialize, ToSchema)]
pub(in crate::gateway) struct DeleteMessage {
    /// Where.
    pub(super) room_id: RoomId,
    /// Which.
    pub(super) message_id: MessageId,
}

/// Data of a client's `typing`.
#[derive(Debug, Deserialize, ToSchema)]
pub(in crate::gateway) struct TypingEvent {
    /// Where.
    pub(super) room_id: RoomId,
    /// Writing, or stopped.
    pub(super) typing: bool,
}

/// Data of `send_private_message`.
// Not one struct within the other: serde would copy every field of a flattened one into a map first.
#[derive(Deserialize, ToSchema)]
pub(in crate::gateway) struct SendPrivate {
    /// To whom.
    to: UserId,
    /// 1 to 64 characters; a retry has the same.
    client_msg_id: String,
    /// The text.
    body: String,
    /// The message that it answers.
    reply_to: Option<MessageId>,
}

/// Data of `send_group_message`.
#[derive(Deserialize, ToSchema)]
pub(in crate::gateway) struct SendGroup {
    /// Where.
    room_id: RoomId,
    /// 1 to 64 characters; a retry has the same.
    client_msg_id: String,
    /// The text.
    body: String,
    /// The message that it answers.
    reply_to: Option<MessageId>,
}

/// Each event's name, and how its data are read.
macro_rules! events {
    ($($name:literal => $read:expr,)*) => {
        /// The names of the events that clients may send.
        pub const CLIENT_EVENTS: &[&str] = &[$($name),*];

        impl ClientEvent {
            /// Parses the data of the event with this name.
            ///
            /// # Errors
            /// `unknown_event`, `invalid_payload`.
            pub(super) fn parse(name: &str, data_json: &str) -> Result<Self, ApiError> {
                match name {
                    $($name => read(data_json).map($read),)*
                    _ => Err(ApiError::unknown_event(name)),
                }
            }
        }
    };
}

events! {
    "register_user" => ClientEvent::RegisterUser,
    "send_private_message" => |it: SendPrivate| ClientEvent::Send(it.into()),
    "send_group_message" => |it: SendGroup| ClientEvent::Send(it.into()),
    "message_status_update" => ClientEvent::MessageStatusUpdate,
    "delete_message" => ClientEvent::DeleteMessage,
    "typing" => ClientEvent::Typing,
    "sync" => ClientEvent::Sync,
    "call_user" => |it: CallStart| ClientEvent::Call(CallEvent::Start(it.0)),
    "call_ringing" => |it: CallRef| ClientEvent::Call(it.to(CallAct::Ringing)),
    "answer_call" => |it: CallRef| ClientEvent::Call(it.to(CallAct::Answer)),
    "reject_call" => |it: CallRef| ClientEvent::Call(it.to(CallAct::Reject)),
    "join_call" => |it: CallRef| ClientEvent::Call(it.to(CallAct::Join)),
    // The caller gives up; if somebody has answered meanwhile, that is leaving.
    "cancel_call" => |it: CallRef| ClientEvent::Call(it.to(CallAct::Leave)),
    "leave_call" => |it: CallRef| ClientEvent::Call(it.to(CallAct::Leave)),
    "end_call" => |it: CallRef| ClientEvent::Call(it.to(CallAct::End)),
    "rtc_publish" => |it| ClientEvent::Call(CallEvent::Publish(it)),
    "rtc_sources" => |it| ClientEvent::Call(CallEvent::Sources(it)),
    "rtc_answer" => |it| ClientEvent::Call(CallEvent::Accept(it)),
    "rtc_layer" => |it| ClientEvent::Call(CallEvent::Show(it)),
    "rtc_mute" => |it| ClientEvent::Call(CallEvent::Mute(it)),
}

impl From<SendPrivate> for NewMessage {
    fn from(it: SendPrivate) -> Self {
        Self {
            target: SendTarget::User(it.to),
            client_msg_id: it.client_msg_id,
            body: it.body,
            reply_to: it.reply_to,
        }
    }
}

impl From<SendGroup> for NewMessage {
    fn from(it: SendGroup) -> Self {
        Self {
            target: SendTarget::Group(it.room_id),
            client_msg_id: it.client_msg_id,
            body: it.body,
            reply_to: it.reply_to,
        }
    }
}

fn read<T: DeserializeOwned>(data_json: &str) -> Result<T, ApiError> {
    json::parse(data_json.as_bytes())
}

/// The answer of `register_user`.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::gateway) struct Registered {
    /// Whose session it is.
    pub(super) user: Account,
    /// By which device.
    #[schema(value_type = uuid::Uuid)]
    pub(super) device_id: DeviceId,
    /// Names this session in the server's log.
    #[schema(value_type = uuid::Uuid)]
    pub(super) session_id: SessionId,
    /// Where the user's own rev stands.
    pub(super) user_rev: i64,
    /// Until when the token is valid; the session ends with it.
    pub(super) expires_at: Timestamp,
    /// By which servers calls find their way, beside the server itself.
    pub(super) ice_servers: Vec<IceServer>,
}

/// The answer of a receipt.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::gateway) struct ReceiptAck {
    /// One's own, after it.
    pub(super) delivered_seq: i64,
    /// One's own, after it.
    pub(super) read_seq: i64,
}

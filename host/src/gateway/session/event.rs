//! What a client may say on a socket, parsed once.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    gateway::{ApiError, json},
    model::{
        Account, DeviceId, MessageId, NewMessage, ReceiptStatus, RoomId, SendTarget, SessionId,
        SyncRequest, Timestamp, UserId,
    },
};

/// A client's event, whichever transport it came by.
#[derive(Debug)]
pub(super) enum ClientEvent {
    RegisterUser(RegisterUser),
    Send(NewMessage),
    MessageStatusUpdate(MessageStatusUpdate),
    Typing(TypingEvent),
    Sync(SyncRequest),
}

#[derive(Debug, Deserialize)]
pub(super) struct RegisterUser {
    pub(super) token: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct MessageStatusUpdate {
    pub(super) room_id: RoomId,
    pub(super) up_to_seq: i64,
    pub(super) status: ReceiptStatus,
}

#[derive(Debug, Deserialize)]
pub(super) struct TypingEvent {
    pub(super) room_id: RoomId,
    pub(super) typing: bool,
}

// Not one struct within the other: serde would copy every field of a flattened one into a map first.
#[derive(Deserialize)]
struct SendPrivate {
    to: UserId,
    client_msg_id: String,
    body: String,
    reply_to: Option<MessageId>,
}

#[derive(Deserialize)]
struct SendGroup {
    room_id: RoomId,
    client_msg_id: String,
    body: String,
    reply_to: Option<MessageId>,
}

impl ClientEvent {
    /// Parses the data of the event with this name.
    ///
    /// # Errors
    /// `unknown_event`, `invalid_payload`.
    pub(super) fn parse(name: &str, data_json: &str) -> Result<Self, ApiError> {
        Ok(match name {
            "register_user" => Self::RegisterUser(read(data_json)?),
            "send_private_message" => {
                let it: SendPrivate = read(data_json)?;
                Self::Send(NewMessage {
                    target: SendTarget::User(it.to),
                    client_msg_id: it.client_msg_id,
                    body: it.body,
                    reply_to: it.reply_to,
                })
            }
            "send_group_message" => {
                let it: SendGroup = read(data_json)?;
                Self::Send(NewMessage {
                    target: SendTarget::Group(it.room_id),
                    client_msg_id: it.client_msg_id,
                    body: it.body,
                    reply_to: it.reply_to,
                })
            }
            "message_status_update" => Self::MessageStatusUpdate(read(data_json)?),
            "typing" => Self::Typing(read(data_json)?),
            "sync" => Self::Sync(read(data_json)?),
            _ => return Err(ApiError::unknown_event(name)),
        })
    }
}

fn read<T: DeserializeOwned>(data_json: &str) -> Result<T, ApiError> {
    json::parse(data_json.as_bytes())
}

/// The answer of `register_user`.
#[derive(Debug, Serialize)]
pub(super) struct Registered {
    pub(super) user: Account,
    pub(super) device_id: DeviceId,
    pub(super) session_id: SessionId,
    pub(super) user_rev: i64,
    pub(super) expires_at: Timestamp,
}

/// The answer of a receipt.
#[derive(Debug, Serialize)]
pub(super) struct ReceiptAck {
    pub(super) delivered_seq: i64,
    pub(super) read_seq: i64,
}

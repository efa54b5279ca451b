//! What a client may say on a socket, parsed once.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    gateway::{ApiError, json},
    model::{
        Account, DeviceId, MessageId, NewMessage, ReceiptStatus, RoomId, SendTarget, SentMessage,
        SessionId, SyncRequest, Timestamp, UserId,
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

#[derive(Deserialize)]
struct SendPrivate {
    to: UserId,
    #[serde(flatten)]
    content: Content,
}

#[derive(Deserialize)]
struct SendGroup {
    room_id: RoomId,
    #[serde(flatten)]
    content: Content,
}

#[derive(Deserialize)]
struct Content {
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
                let SendPrivate { to, content } = read(data_json)?;
                Self::Send(content.to(SendTarget::User(to)))
            }
            "send_group_message" => {
                let SendGroup { room_id, content } = read(data_json)?;
                Self::Send(content.to(SendTarget::Group(room_id)))
            }
            "message_status_update" => Self::MessageStatusUpdate(read(data_json)?),
            "typing" => Self::Typing(read(data_json)?),
            "sync" => Self::Sync(read(data_json)?),
            _ => return Err(ApiError::unknown_event(name)),
        })
    }
}

impl Content {
    fn to(self, target: SendTarget) -> NewMessage {
        let Self {
            client_msg_id,
            body,
            reply_to,
        } = self;
        NewMessage {
            target,
            client_msg_id,
            body,
            reply_to,
        }
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

/// The answer of a send.
#[derive(Debug, Serialize)]
pub(super) struct SendAck {
    pub(super) status: &'static str,
    #[serde(flatten)]
    pub(super) message: SentMessage,
}

/// The answer of a receipt.
#[derive(Debug, Serialize)]
pub(super) struct ReceiptAck {
    pub(super) delivered_seq: i64,
    pub(super) read_seq: i64,
}

//! Messages: as asked for by a client, as stored, as acknowledged.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{MessageId, RoomId, Timestamp, UserId};

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[repr(i16)]
pub enum MessageKind {
    /// Written by a person.
    Text = 0,
    /// A call that nobody answered: the call's id is the message's, its sender who called, its text a line for clients that know
    /// no calls.
    Call = 1,
}

/// Where a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SendTarget {
    /// To one person; the direct room is made by the first message.
    User(UserId),
    /// To a group.
    Group(RoomId),
}

/// What a client asks to send. Its text was checked at the edge: neither empty nor over the limit, no NUL.
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// Where to.
    pub target: SendTarget,
    /// The client's own id of this message: a retry with the same one is answered with the first outcome.
    pub client_msg_id: String,
    /// The text.
    pub body: String,
    /// The message of the same room that this one answers.
    pub reply_to: Option<MessageId>,
}

/// A stored message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Message {
    /// The message's id.
    pub message_id: MessageId,
    /// Its room.
    pub room_id: RoomId,
    /// Its place in the room: 1, 2, 3, … without gaps.
    pub seq: i64,
    /// The room's rev at its last visible change.
    pub rev: i64,
    /// Its author.
    pub sender_id: UserId,
    /// What it is.
    pub kind: MessageKind,
    /// The text.
    pub body: String,
    /// The message that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
    /// When the server accepted it.
    pub created_at: Timestamp,
    /// When it was deleted; then the text is empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    /// Who deleted it: its author or an admin of the group; absent if an admin of the server did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_by: Option<UserId>,
}

/// Data of `message_deleted`, and the answer of `delete_message`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DeletedMessage {
    /// The message.
    pub message_id: MessageId,
    /// Its room.
    pub room_id: RoomId,
    /// Its place, which it keeps.
    pub seq: i64,
    /// The room's rev after it.
    pub rev: i64,
    /// When.
    pub deleted_at: Timestamp,
    /// Its author or an admin of the group; absent: an admin of the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_by: Option<UserId>,
}

/// Data of `receive_private_message` and `receive_group_message`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReceivedMessage {
    /// The message.
    #[serde(flatten)]
    pub message: Message,
    /// Set only in the copy to the sender's other devices, so that they can match their own outbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_msg_id: Option<String>,
}

/// The acknowledgement of a message that was committed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SentMessage {
    /// The message's id.
    pub message_id: MessageId,
    /// Its room (new to the client if this was the first message to a person).
    pub room_id: RoomId,
    /// Its place.
    pub seq: i64,
    /// The room's rev after it.
    pub rev: i64,
    /// When the server accepted it.
    pub created_at: Timestamp,
    /// The text as it is stored, where a policy changed it; a retry may not be told again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Whether an earlier try had already been stored.
    pub deduplicated: bool,
}

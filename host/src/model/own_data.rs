//! What the server knows of one person, as they may take it with them.

use serde::Serialize;
use uuid::Uuid;

use super::{
    HeldStatus, MessageId, ReceiptStatus, RoomId, RoomKind, Timestamp, UserId,
    policy::{NewcomerAnswer, Question},
};

/// A room to which a person belongs or belonged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OwnRoom {
    /// The room.
    pub room_id: RoomId,
    /// Direct or group.
    pub kind: RoomKind,
    /// A group's name.
    pub name: Option<String>,
    /// When they last joined.
    pub joined_at: Timestamp,
    /// Whether they left it.
    pub has_left: bool,
}

/// Something that a person wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OwnMessage {
    /// The message.
    pub message_id: MessageId,
    /// Its room.
    pub room_id: RoomId,
    /// Its place.
    pub seq: i64,
    /// The text; empty if it was deleted.
    pub body: String,
    /// The message that it answers.
    pub reply_to: Option<MessageId>,
    /// When the server accepted it.
    pub created_at: Timestamp,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
    /// The client's own id of it.
    pub client_msg_id: String,
}

/// Something that a person wrote and a policy held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OwnHeldMessage {
    /// The message.
    pub message_id: MessageId,
    /// Its room; none for a first message to a person.
    pub room_id: Option<RoomId>,
    /// To whom, in a direct room.
    pub recipient_id: Option<UserId>,
    /// The text; empty once it is decided.
    pub body: String,
    /// When the server took it.
    pub created_at: Timestamp,
    /// What became of it.
    pub status: HeldStatus,
    /// Why an admin refused it.
    pub reason: Option<String>,
    /// The client's own id of it.
    pub client_msg_id: String,
}

/// What a person said when they registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OwnRegistration {
    /// The address that they gave.
    pub email: Option<String>,
    /// The invite that they came with.
    pub invite_id: Option<Uuid>,
    /// What they were asked last.
    pub questions: Vec<Question>,
    /// What they answered.
    pub answers: Vec<NewcomerAnswer>,
}

/// What a person had when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct OwnReceipt {
    /// Where.
    pub room_id: RoomId,
    /// Delivered or read.
    pub status: ReceiptStatus,
    /// The first message.
    pub from_seq: i64,
    /// The last one.
    pub to_seq: i64,
    /// When.
    pub at: Timestamp,
}

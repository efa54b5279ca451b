//! Messages that wait for an admin, and refusals by policies.

use serde::Serialize;
use utoipa::ToSchema;

use super::{DecisionId, Message, MessageId, Room, RoomId, SentMessage, Timestamp, UserId};

/// What became of a message that a policy held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[repr(i16)]
pub enum HeldStatus {
    /// It waits.
    Held = 0,
    /// It was let through and has its place in the room.
    Released = 1,
    /// It was refused.
    Rejected = 2,
}

/// A message that waits, as admins see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct HeldEntry {
    /// The message; it keeps this id.
    pub message_id: MessageId,
    /// Who wrote it.
    pub sender_id: UserId,
    /// Its room; absent for the first message to a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_id: Option<RoomId>,
    /// The other one, in direct rooms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipient_id: Option<UserId>,
    /// The text.
    pub body: String,
    /// The message that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
    /// When the server took it.
    pub created_at: Timestamp,
    /// Which policy held it.
    pub plugin: String,
    /// By which decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_id: Option<DecisionId>,
    /// The policy's note.
    pub note: String,
    /// Whether it still waits.
    pub status: HeldStatus,
}

/// A message that waits, and what was said around it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct HeldContext {
    /// The message.
    pub held: HeldEntry,
    /// Its room; absent for the first message to a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room: Option<Room>,
    /// What was said just before it, oldest first.
    pub before: Vec<Message>,
    /// What was said since, oldest first; not all of it.
    pub after: Vec<Message>,
}

/// Data of `message_decision`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MessageDecision {
    /// The message.
    pub message_id: MessageId,
    /// Its room, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_id: Option<RoomId>,
    /// What was decided.
    pub status: HeldStatus,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The acknowledgement of a message that waits for an admin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct HeldMessage {
    /// The message's id.
    pub message_id: MessageId,
    /// Its room; absent for the first message to a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_id: Option<RoomId>,
    /// When the server took it.
    pub created_at: Timestamp,
    /// Whether an earlier try was held already.
    pub deduplicated: bool,
}

/// The acknowledgement of a slash command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CommandReply {
    /// For who typed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply: Option<String>,
    /// Whether this is the answer to an earlier try.
    pub deduplicated: bool,
}

/// What became of what a client sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Submitted {
    /// It was committed.
    Sent(SentMessage),
    /// It waits for an admin.
    Held(HeldMessage),
    /// It was a command.
    Command(CommandReply),
}

impl Submitted {
    /// The same, as the answer to a retry.
    #[must_use]
    pub fn again(mut self) -> Self {
        match &mut self {
            Self::Sent(it) => it.deduplicated = true,
            Self::Held(it) => it.deduplicated = true,
            Self::Command(it) => it.deduplicated = true,
        }
        self
    }
}

/// A refusal by a policy, or by the admin whom it asked. The person who asked sees all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// For programs; the policy's own word.
    pub code: String,
    /// For people.
    pub reason: String,
    /// Who refused.
    pub plugin: Option<String>,
    /// Names the decision in the records.
    pub decision_id: Option<DecisionId>,
}

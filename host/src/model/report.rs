//! Messages that people want the server's admins to look at.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{MessageId, RoomId, Timestamp, UserId};

/// What an admin made of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[repr(i16)]
pub enum ReportDecision {
    /// Nothing yet.
    Waiting = 0,
    /// The message stands.
    Dismissed = 1,
    /// The message was deleted.
    Deleted = 2,
}

/// A message that somebody reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Report {
    /// Names it.
    pub report_id: Uuid,
    /// The message.
    pub message_id: MessageId,
    /// Its room.
    pub room_id: RoomId,
    /// Who wrote it.
    pub sender_id: UserId,
    /// Who reported it.
    pub reporter_id: UserId,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it was reported.
    pub created_at: Timestamp,
    /// What an admin made of it.
    pub decision: ReportDecision,
}

/// A message as its reporter saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportedMessage {
    /// The message.
    pub message_id: MessageId,
    /// Its place in its room.
    pub seq: i64,
    /// Its author.
    pub sender_id: UserId,
    /// The text.
    pub body: String,
    /// When it was sent.
    pub created_at: Timestamp,
}

/// A report and what was said around the message, as its reporter saw it then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportContext {
    /// The report.
    pub report: Report,
    /// The message with up to five others on each side, oldest first; nothing once it is decided.
    pub messages: Vec<ReportedMessage>,
}

/// Data of `report_added`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportAdded {
    /// Which.
    pub report_id: Uuid,
}

//! Receipts: a watermark per member, and who had what when.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{RoomId, Timestamp, UserId};

/// What a person's device says of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[repr(i16)]
pub enum ReceiptStatus {
    /// A device has it.
    Delivered = 1,
    /// The person saw it; implies delivered.
    Read = 2,
}

/// One member's receipts in one room; every message up to the number is covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Watermark {
    /// The person.
    pub user_id: UserId,
    /// Delivered up to this message.
    pub delivered_seq: i64,
    /// Read up to this message; never above `delivered_seq`.
    pub read_seq: i64,
}

/// A room's receipts as one reader sees them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Watermarks {
    /// One's own.
    pub own: Watermark,
    /// Every other member has received up to here.
    pub delivered_all_seq: i64,
    /// Every other member has read up to here.
    pub read_all_seq: i64,
    /// Every present member's, in rooms of up to 32 members; absent in larger ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub members: Option<Vec<Watermark>>,
}

/// Data of the server's `message_status_update`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct StatusUpdate {
    /// The room.
    pub room_id: RoomId,
    /// Who received or read.
    pub user_id: UserId,
    /// Covers every message up to this one.
    pub up_to_seq: i64,
    /// Delivered or read.
    pub status: ReceiptStatus,
    /// When.
    pub at: Timestamp,
    /// In groups: every member but the addressee has received up to here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivered_all_seq: Option<i64>,
    /// In groups: every member but the addressee has read up to here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_all_seq: Option<i64>,
}

/// One person's receipts of one message, exact to the millisecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MessageReceipt {
    /// The person; the author is not listed.
    pub user_id: UserId,
    /// When a device had it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Timestamp>,
    /// When it was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Timestamp>,
}

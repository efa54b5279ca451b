//! What happens, as plugins are told.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Attr;
use crate::model::{
    CallId, MediaKind, MemberRole, MessageId, RoomId, RoomKind, Timestamp, UserId, UserRole,
};

/// Somebody who registers, or who has answered questions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Newcomer {
    /// The account.
    pub user_id: UserId,
    /// Login name.
    pub username: String,
    /// Name to show.
    pub display_name: String,
    /// As typed.
    pub email: Option<String>,
    /// Whether it was shown to be theirs.
    pub email_verified: bool,
    /// The valid invite that they came with.
    pub invite_id: Option<String>,
    /// What an admin noted on it.
    pub invite_label: Option<String>,
    /// To the questions of the last hold.
    pub answers: Vec<NewcomerAnswer>,
    /// More.
    pub attrs: Vec<Attr>,
}

/// An answer to a question of a hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NewcomerAnswer {
    /// The question.
    pub question_id: String,
    /// The answer.
    pub text: String,
}

/// How a text comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageChange {
    /// A new message.
    Send,
    /// Another text for one that stands.
    Edit,
}

/// A message or an edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyMessage {
    /// New, or an edit.
    pub change: MessageChange,
    /// The message.
    pub message_id: MessageId,
    /// `None` for the first message to a person.
    pub room_id: Option<RoomId>,
    /// Direct or group.
    pub room_kind: RoomKind,
    /// Who writes.
    pub sender_id: UserId,
    /// Their role in the room.
    pub sender_role: MemberRole,
    /// Their role in the server, for the scope of plugins.
    pub account_role: UserRole,
    /// The other one, in direct rooms.
    pub recipient_id: Option<UserId>,
    /// The (new) text.
    pub body: String,
    /// In an edit, the text that stands.
    pub previous_body: Option<String>,
    /// The message that it answers.
    pub reply_to: Option<MessageId>,
    /// When the server took it.
    pub at: Timestamp,
    /// More.
    pub attrs: Vec<Attr>,
}

/// What may happen to a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoomChange {
    /// A group is made.
    Create,
    /// Somebody comes.
    Join,
    /// Somebody goes.
    Leave,
    /// A new name.
    Rename,
}

/// A change of a group, before it happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomAttempt {
    /// Which.
    pub change: RoomChange,
    /// `None` for `Create`.
    pub room_id: Option<RoomId>,
    /// Who does it.
    pub actor_id: UserId,
    /// Their role in the server, for the scope of plugins.
    pub account_role: UserRole,
    /// Who joins or leaves; for `Create`, everybody.
    pub subject_ids: Vec<UserId>,
    /// The new name, for `Create` and `Rename`.
    pub name: Option<String>,
    /// More.
    pub attrs: Vec<Attr>,
}

/// How one wants to be in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallChange {
    /// A call is to begin.
    Start,
    /// Somebody comes to one that lasts.
    Join,
}

/// Somebody wants to start or join a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallAttempt {
    /// Which.
    pub change: CallChange,
    /// The call.
    pub call_id: CallId,
    /// Its room, if there is one already.
    pub room_id: Option<RoomId>,
    /// Direct or group.
    pub room_kind: RoomKind,
    /// Who wants it.
    pub actor_id: UserId,
    /// Their role in the server, for the scope of plugins.
    pub account_role: UserRole,
    /// Who is called, in direct calls.
    pub callee_id: Option<UserId>,
    /// What it carries.
    pub media: MediaKind,
    /// More.
    pub attrs: Vec<Attr>,
}

/// Something happened in a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallNotice {
    /// `started`, `ringing`, `accepted`, `joined`, `left`, `ended`, `recording_started`, `recording_stopped`.
    pub kind: &'static str,
    /// The call.
    pub call_id: CallId,
    /// Its room.
    pub room_id: Option<RoomId>,
    /// Direct or group.
    pub room_kind: RoomKind,
    /// Whom it concerns.
    pub user_id: Option<UserId>,
    /// When.
    pub at: Timestamp,
    /// More.
    pub attrs: Vec<Attr>,
}

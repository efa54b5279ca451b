//! One question to a plugin, and its answer: what the typed methods of `Policies` and the typed hooks of the contract meet in.

use sha2::{Digest as _, Sha256};

use super::scope::Subject;
use crate::model::{
    MessageId, RoomId, RoomKind, UserId,
    policy::{
        ActionRequest, CallAttempt, CallNotice, CommandCall, Effect, Hook, Newcomer, Panel,
        PolicyMessage, Rejection, RoomAttempt, Verdict,
    },
};

/// What a plugin is asked.
#[derive(Clone, Debug)]
pub(super) enum Asked {
    Registration(Newcomer),
    Message(PolicyMessage),
    MessageEvent(PolicyMessage),
    Room(RoomAttempt),
    Call(CallAttempt),
    CallEvent(CallNotice),
    Panels,
    Decide(ActionRequest),
    Command(CommandCall),
    Tick,
}

/// What it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// To `Registration`, `Message`, `Room`, `Call`.
    Verdict(Verdict, Vec<Effect>),
    /// To events and ticks.
    Effects(Vec<Effect>),
    /// To `Panels`.
    Panels(Vec<Panel>),
    /// To `Decide`.
    Answer(Result<(String, Vec<Effect>), String>),
    /// To `Command`.
    Command(Result<(Option<String>, Vec<Effect>), Rejection>),
}

/// Whom and what a decision was about, for its record.
#[derive(Clone, Debug, Default)]
pub(super) struct About {
    pub(super) user_id: Option<UserId>,
    pub(super) room_id: Option<RoomId>,
    pub(super) message_id: Option<MessageId>,
    pub(super) body_hash: Option<String>,
}

impl Asked {
    /// At which point.
    pub(super) fn hook(&self) -> Hook {
        match self {
            Self::Registration(_) => Hook::Registration,
            Self::Message(_) => Hook::Messages,
            Self::MessageEvent(_) => Hook::MessageEvents,
            Self::Room(_) => Hook::Rooms,
            Self::Call(_) => Hook::Calls,
            Self::CallEvent(_) => Hook::CallEvents,
            Self::Panels | Self::Decide(_) => Hook::Admin,
            Self::Command(_) => Hook::Commands,
            Self::Tick => Hook::Schedule,
        }
    }

    /// For the scope of plugins.
    pub(super) fn subject(&self) -> Subject {
        match self {
            Self::Message(message) | Self::MessageEvent(message) => Subject {
                room_id: message.room_id,
                room_kind: Some(message.room_kind),
                member_role: Some(message.sender_role),
                account_role: Some(message.account_role),
            },
            Self::Room(room) => Subject {
                room_id: room.room_id,
                room_kind: Some(RoomKind::Group),
                member_role: None,
                account_role: Some(room.account_role),
            },
            Self::Call(call) => Subject {
                room_id: call.room_id,
                room_kind: Some(call.room_kind),
                member_role: None,
                account_role: Some(call.account_role),
            },
            Self::CallEvent(event) => Subject {
                room_id: event.room_id,
                room_kind: Some(event.room_kind),
                ..Subject::default()
            },
            Self::Command(command) => Subject {
                room_id: command.room_id,
                room_kind: Some(command.room_kind),
                member_role: Some(command.actor_role),
                account_role: Some(command.account_role),
            },
            Self::Registration(_) | Self::Panels | Self::Decide(_) | Self::Tick => {
                Subject::default()
            }
        }
    }

    /// For the record.
    pub(super) fn about(&self) -> About {
        match self {
            Self::Registration(newcomer) => About {
                user_id: Some(newcomer.user_id),
                ..About::default()
            },
            Self::Message(message) | Self::MessageEvent(message) => About {
                user_id: Some(message.sender_id),
                room_id: message.room_id,
                message_id: Some(message.message_id),
                body_hash: Some(hex(&Sha256::digest(&message.body))),
            },
            Self::Room(room) => About {
                user_id: Some(room.actor_id),
                room_id: room.room_id,
                ..About::default()
            },
            Self::Call(call) => About {
                user_id: Some(call.actor_id),
                room_id: call.room_id,
                ..About::default()
            },
            Self::CallEvent(event) => About {
                user_id: event.user_id,
                room_id: event.room_id,
                ..About::default()
            },
            Self::Decide(request) => About {
                user_id: Some(request.admin_id),
                ..About::default()
            },
            Self::Command(command) => About {
                user_id: Some(command.actor_id),
                room_id: command.room_id,
                ..About::default()
            },
            Self::Panels | Self::Tick => About::default(),
        }
    }
}

/// Lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    let digits = bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]);
    digits.collect()
}

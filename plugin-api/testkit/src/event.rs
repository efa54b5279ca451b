//! One question to a policy, and its answer.

use serde::{Deserialize, Serialize};

use crate::bindings::{
    exports::natter::policy::{admin, call_events, calls, commands, messages, registration, rooms},
    natter::policy::types::{Effect, GateDecision, MemberRole, Message, MessageChange, Rejection},
};

/// What a policy is asked, by hook.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "hook", content = "event", rename_all = "snake_case")]
pub enum Event {
    /// Somebody registers.
    Registration(registration::Newcomer),
    /// Before a message or an edit.
    Messages(Message),
    /// After one.
    MessageEvents(Message),
    /// Before a change of a room.
    Rooms(rooms::RoomChange),
    /// Before a call is started or joined.
    Calls(calls::Attempt),
    /// After something happened in a call.
    CallEvents(call_events::Event),
    /// The panels for admins.
    Panels,
    /// An admin's click.
    Decide(admin::Request),
    /// A slash command.
    Commands(commands::Invocation),
    /// A tick.
    Schedule,
}

/// What it answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// To `Registration`.
    Registration(registration::Decision),
    /// To `Messages`.
    Message(messages::Decision),
    /// To `Rooms` and `Calls`.
    Gate(GateDecision),
    /// To events and ticks.
    Effects(Vec<Effect>),
    /// To `Panels`.
    Panels(Vec<admin::Panel>),
    /// To `Decide`.
    Decided(Result<admin::Answer, String>),
    /// To `Commands`.
    Command(Result<commands::Answer, Rejection>),
}

impl Event {
    /// A message to a group, from a member.
    #[must_use]
    pub fn message(body: &str) -> Self {
        let id = |last: u8| format!("00000000-0000-7000-8000-0000000000{last:02}");
        Self::Messages(Message {
            change: MessageChange::Send,
            id: id(1),
            room_id: Some(id(2)),
            room_kind: "group".to_owned(),
            sender_id: id(3),
            sender_role: MemberRole::Member,
            recipient_id: None,
            body: body.to_owned(),
            previous_body: None,
            reply_to: None,
            attrs: Vec::new(),
        })
    }
}

//! Between the plain data of `model::policy` and the contract's types.

use super::bindings::{
    hooks::{admin, call_events, calls, commands, messages, registration, rooms},
    imports::types,
};
use crate::model::{
    MediaKind, RoomKind,
    policy::{
        ActionRequest, Attr, CallAttempt, CallChange, CallNotice, CommandCall, Effect, Hold,
        MessageChange, Newcomer, Panel, PanelAction, PanelRow, PolicyMessage, Question, Rejection,
        RoomAttempt, RoomChange, Verdict,
    },
};

/// A list, each item converted.
pub(super) fn list<A, B: From<A>>(items: Vec<A>) -> Vec<B> {
    items.into_iter().map(B::from).collect()
}

/// The contract's word for a kind of room.
pub(super) fn kind_of_room(kind: RoomKind) -> String {
    match kind {
        RoomKind::Direct => "direct",
        RoomKind::Group => "group",
    }
    .to_owned()
}

fn text(id: impl ToString) -> String {
    id.to_string()
}

impl From<&Attr> for types::Attr {
    fn from(attr: &Attr) -> Self {
        Self {
            name: attr.name.clone(),
            value: attr.value.clone(),
        }
    }
}

impl From<types::Attr> for Attr {
    fn from(attr: types::Attr) -> Self {
        Self {
            name: attr.name,
            value: attr.value,
        }
    }
}

fn attrs(attrs: &[Attr]) -> Vec<types::Attr> {
    attrs.iter().map(Into::into).collect()
}

impl From<types::Effect> for Effect {
    fn from(effect: types::Effect) -> Self {
        Self {
            kind: effect.kind,
            target: effect.target,
            attrs: list(effect.attrs),
        }
    }
}

impl From<types::Rejection> for Rejection {
    fn from(rejection: types::Rejection) -> Self {
        Self {
            code: rejection.code,
            reason: rejection.reason,
        }
    }
}

impl From<&PolicyMessage> for types::Message {
    fn from(message: &PolicyMessage) -> Self {
        Self {
            change: match message.change {
                MessageChange::Send => types::MessageChange::Send,
                MessageChange::Edit => types::MessageChange::Edit,
            },
            id: text(message.message_id),
            room_id: message.room_id.map(text),
            room_kind: kind_of_room(message.room_kind),
            sender_id: text(message.sender_id),
            sender_role: message.sender_role.into(),
            recipient_id: message.recipient_id.map(text),
            body: message.body.clone(),
            previous_body: message.previous_body.clone(),
            reply_to: message.reply_to.map(text),
            attrs: attrs(&message.attrs),
        }
    }
}

impl From<messages::Verdict> for Verdict {
    fn from(verdict: messages::Verdict) -> Self {
        match verdict {
            messages::Verdict::Allow => Self::Allow,
            messages::Verdict::Modify(body) => Self::Modify { body },
            messages::Verdict::Hold(waiting) => Self::Hold(Hold {
                note: waiting.note,
                body: waiting.body,
                questions: Vec::new(),
            }),
            messages::Verdict::Reject(rejection) => Self::Reject(rejection.into()),
        }
    }
}

impl From<&Newcomer> for registration::Newcomer {
    fn from(newcomer: &Newcomer) -> Self {
        let answers = newcomer.answers.iter();
        Self {
            user_id: text(newcomer.user_id),
            username: newcomer.username.clone(),
            display_name: newcomer.display_name.clone(),
            email: newcomer.email.clone(),
            email_verified: newcomer.email_verified,
            invite_id: newcomer.invite_id.clone(),
            invite_label: newcomer.invite_label.clone(),
            answers: answers
                .map(|answer| registration::Answer {
                    question_id: answer.question_id.clone(),
                    text: answer.text.clone(),
                    attrs: Vec::new(),
                })
                .collect(),
            attrs: attrs(&newcomer.attrs),
        }
    }
}

impl From<registration::Question> for Question {
    fn from(question: registration::Question) -> Self {
        Self {
            id: question.id,
            text: question.text,
            kind: question.kind,
            required: question.required,
            attrs: list(question.attrs),
        }
    }
}

impl From<registration::Verdict> for Verdict {
    fn from(verdict: registration::Verdict) -> Self {
        match verdict {
            registration::Verdict::Allow => Self::Allow,
            registration::Verdict::Hold(waiting) => Self::Hold(Hold {
                note: waiting.note,
                body: None,
                questions: list(waiting.questions),
            }),
            registration::Verdict::Reject(rejection) => Self::Reject(rejection.into()),
        }
    }
}

impl From<types::GateVerdict> for Verdict {
    fn from(verdict: types::GateVerdict) -> Self {
        match verdict {
            types::GateVerdict::Allow => Self::Allow,
            types::GateVerdict::Reject(rejection) => Self::Reject(rejection.into()),
        }
    }
}

impl From<&RoomAttempt> for rooms::RoomChange {
    fn from(room: &RoomAttempt) -> Self {
        Self {
            change: match room.change {
                RoomChange::Create => "create",
                RoomChange::Join => "join",
                RoomChange::Leave => "leave",
                RoomChange::Rename => "rename",
            }
            .to_owned(),
            room_id: room.room_id.map(text),
            actor_id: text(room.actor_id),
            subject_ids: room.subject_ids.iter().map(text).collect(),
            name: room.name.clone(),
            attrs: attrs(&room.attrs),
        }
    }
}

impl From<&CallAttempt> for calls::Attempt {
    fn from(call: &CallAttempt) -> Self {
        Self {
            change: match call.change {
                CallChange::Start => "start",
                CallChange::Join => "join",
            }
            .to_owned(),
            call_id: text(call.call_id),
            room_id: call.room_id.map(text),
            room_kind: kind_of_room(call.room_kind),
            actor_id: text(call.actor_id),
            callee_id: call.callee_id.map(text),
            media: match call.media {
                MediaKind::Audio => "audio",
                MediaKind::Video => "video",
            }
            .to_owned(),
            attrs: attrs(&call.attrs),
        }
    }
}

impl From<&CallNotice> for call_events::Event {
    fn from(event: &CallNotice) -> Self {
        Self {
            kind: event.kind.to_owned(),
            call_id: text(event.call_id),
            room_id: event.room_id.map(text),
            user_id: event.user_id.map(text),
            at: u64::try_from(event.at.0).unwrap_or(0),
            attrs: attrs(&event.attrs),
        }
    }
}

impl From<admin::Panel> for Panel {
    fn from(panel: admin::Panel) -> Self {
        Self {
            id: panel.id,
            title: panel.title,
            columns: panel.columns,
            rows: list(panel.rows),
            actions: list(panel.actions),
        }
    }
}

impl From<admin::Row> for PanelRow {
    fn from(row: admin::Row) -> Self {
        Self {
            id: row.id,
            cells: row.cells,
            actions: row.actions,
            attrs: list(row.attrs),
        }
    }
}

impl From<admin::Action> for PanelAction {
    fn from(action: admin::Action) -> Self {
        Self {
            id: action.id,
            title: action.title,
            form: action.form,
        }
    }
}

impl From<&ActionRequest> for admin::Request {
    fn from(request: &ActionRequest) -> Self {
        Self {
            panel_id: request.panel_id.clone(),
            action_id: request.action_id.clone(),
            row_id: request.row_id.clone(),
            admin_id: text(request.admin_id),
            form: request.form.clone(),
            attrs: Vec::new(),
        }
    }
}

impl From<&CommandCall> for commands::Invocation {
    fn from(command: &CommandCall) -> Self {
        Self {
            name: command.name.clone(),
            arguments: command.arguments.clone(),
            actor_id: text(command.actor_id),
            actor_role: command.actor_role.into(),
            room_id: command.room_id.map(text),
            room_kind: kind_of_room(command.room_kind),
            attrs: Vec::new(),
        }
    }
}

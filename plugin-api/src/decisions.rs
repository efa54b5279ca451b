//! Short ways to say what hooks answer.

use crate::{
    Effect, GateDecision, GateVerdict, Rejection, admin, commands, messages, registration,
};

impl Rejection {
    /// A `code` for programs, a `reason` for people.
    pub fn new(code: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            reason: reason.into(),
            attrs: Vec::new(),
        }
    }
}

/// Constructors that the three kinds of decisions have in common.
macro_rules! decisions {
    ($($decision:path, $verdict:path;)*) => {$(
        impl $decision {
            /// It may happen.
            #[must_use]
            pub fn allow() -> Self {
                <$verdict>::Allow.into()
            }

            /// It may not: a `code` for programs, a `reason` for people.
            pub fn reject(code: impl Into<String>, reason: impl Into<String>) -> Self {
                <$verdict>::Reject(Rejection::new(code, reason)).into()
            }

            /// And this should be done.
            #[must_use]
            pub fn with(mut self, effect: Effect) -> Self {
                self.effects.push(effect);
                self
            }
        }

        impl From<$verdict> for $decision {
            fn from(verdict: $verdict) -> Self {
                Self { verdict, effects: Vec::new(), attrs: Vec::new() }
            }
        }
    )*};
}
decisions! {
    messages::Decision, messages::Verdict;
    registration::Decision, registration::Verdict;
    GateDecision, GateVerdict;
}

impl messages::Decision {
    /// It goes on with this text.
    pub fn modify(body: impl Into<String>) -> Self {
        messages::Verdict::Modify(body.into()).into()
    }

    /// It waits for an admin, who reads this note.
    pub fn hold(note: impl Into<String>) -> Self {
        Self::wait(note, None)
    }

    /// The same; it waits, and is released, with this text.
    pub fn hold_as(note: impl Into<String>, body: impl Into<String>) -> Self {
        Self::wait(note, Some(body.into()))
    }

    fn wait(note: impl Into<String>, body: Option<String>) -> Self {
        messages::Verdict::Hold(messages::Waiting {
            note: note.into(),
            body,
            attrs: Vec::new(),
        })
        .into()
    }
}

impl registration::Decision {
    /// The newcomer waits for an admin, who reads this note.
    pub fn hold(note: impl Into<String>) -> Self {
        Self::ask(note, Vec::new())
    }

    /// The same, and the newcomer is asked.
    pub fn ask(note: impl Into<String>, questions: Vec<registration::Question>) -> Self {
        registration::Verdict::Hold(registration::Waiting {
            questions,
            note: note.into(),
            attrs: Vec::new(),
        })
        .into()
    }
}

impl admin::Answer {
    /// A line for the admin; may be empty.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            effects: Vec::new(),
            attrs: Vec::new(),
        }
    }

    /// And this should be done.
    #[must_use]
    pub fn with(mut self, effect: Effect) -> Self {
        self.effects.push(effect);
        self
    }
}

impl commands::Answer {
    /// A line for who typed the command.
    pub fn new(reply: impl Into<String>) -> Self {
        Self {
            reply: Some(reply.into()),
            ..Self::silent()
        }
    }

    /// Nothing is said.
    #[must_use]
    pub fn silent() -> Self {
        Self {
            reply: None,
            effects: Vec::new(),
            attrs: Vec::new(),
        }
    }

    /// And this should be done.
    #[must_use]
    pub fn with(mut self, effect: Effect) -> Self {
        self.effects.push(effect);
        self
    }
}

/// What can be asked for. Each kind must be granted by the operator.
pub mod effects {
    use crate::{Attr, Effect};

    fn effect(kind: &str, target: &str, attrs: &[(&str, &str)]) -> Effect {
        let attr = |(name, value): &(&str, &str)| Attr {
            name: (*name).to_owned(),
            value: (*value).to_owned(),
        };
        Effect {
            kind: kind.to_owned(),
            target: target.to_owned(),
            attrs: attrs.iter().map(attr).collect(),
        }
    }

    /// A message in a room, from the policy's bot.
    #[must_use]
    pub fn post(room_id: &str, body: &str) -> Effect {
        effect("post", room_id, &[("body", body)])
    }

    /// An account's status: `active`, `rejected` or `suspended`.
    #[must_use]
    pub fn set_status(user_id: &str, status: &str, reason: &str) -> Effect {
        effect(
            "set_status",
            user_id,
            &[("status", status), ("reason", reason)],
        )
    }

    /// Nothing more from this person for a while, everywhere or in one room; 0 seconds lifts it.
    #[must_use]
    pub fn mute(user_id: &str, room_id: Option<&str>, seconds: u32, reason: &str) -> Effect {
        let seconds = seconds.to_string();
        let mut attrs = vec![("seconds", seconds.as_str()), ("reason", reason)];
        attrs.extend(room_id.map(|room_id| ("room_id", room_id)));
        effect("mute", user_id, &attrs)
    }

    /// Out of a room.
    #[must_use]
    pub fn remove(user_id: &str, room_id: &str, reason: &str) -> Effect {
        effect(
            "remove",
            user_id,
            &[("room_id", room_id), ("reason", reason)],
        )
    }

    /// A line for all admins.
    #[must_use]
    pub fn notify_admins(text: &str) -> Effect {
        effect("notify_admins", "", &[("text", text)])
    }

    /// A recording of a call.
    #[must_use]
    pub fn start_recording(call_id: &str, reason: &str) -> Effect {
        effect("start_recording", call_id, &[("reason", reason)])
    }

    /// Its end.
    #[must_use]
    pub fn stop_recording(call_id: &str, reason: &str) -> Effect {
        effect("stop_recording", call_id, &[("reason", reason)])
    }
}

/// The value of an attribute.
impl crate::Message {
    /// One of the facts that have no field of their own.
    #[must_use]
    pub fn attr(&self, name: &str) -> Option<&str> {
        let found = self.attrs.iter().find(|attr| attr.name == name);
        found.map(|attr| attr.value.as_str())
    }
}

//! Hooks, verdicts and effects.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::model::{DecisionId, UserId};

/// A plugin's name: its file's stem. Cheap to clone.
pub type PluginName = Arc<str>;

/// The points at which plugins are asked.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[repr(usize)]
pub enum Hook {
    /// Somebody registers.
    Registration = 0,
    /// Before a message or an edit.
    Messages,
    /// After a message or an edit.
    MessageEvents,
    /// Before a change of a room.
    Rooms,
    /// Before a call is started or joined.
    Calls,
    /// After something happened in a call.
    CallEvents,
    /// Panels and decisions of admins.
    Admin,
    /// Slash commands.
    Commands,
    /// Ticks.
    Schedule,
}

impl Hook {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 9] = [
        Self::Registration,
        Self::Messages,
        Self::MessageEvents,
        Self::Rooms,
        Self::Calls,
        Self::CallEvents,
        Self::Admin,
        Self::Commands,
        Self::Schedule,
    ];

    /// The word for it in files, logs and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::Messages => "messages",
            Self::MessageEvents => "message_events",
            Self::Rooms => "rooms",
            Self::Calls => "calls",
            Self::CallEvents => "call_events",
            Self::Admin => "admin",
            Self::Commands => "commands",
            Self::Schedule => "schedule",
        }
    }

    /// The hook of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|hook| hook.as_str() == word)
    }

    /// Whether somebody waits for the answer. The others react to what has happened, and may reach other servers.
    #[must_use]
    pub fn is_waited_for(self) -> bool {
        !matches!(
            self,
            Self::MessageEvents | Self::CallEvents | Self::Schedule
        )
    }
}

/// One more fact, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Attr {
    /// Lower case with underscores.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// Something that a plugin wants done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Effect {
    /// What: `post`, `set_status`, `mute`, `remove`, `notify_admins`, `start_recording`, `stop_recording`.
    pub kind: String,
    /// To what: an id, by kind.
    pub target: String,
    /// How.
    pub attrs: Vec<Attr>,
}

impl Effect {
    /// The value of an attribute.
    #[must_use]
    pub fn attr(&self, name: &str) -> Option<&str> {
        let found = self.attrs.iter().find(|attr| attr.name == name);
        found.map(|attr| attr.value.as_str())
    }

    /// An attribute for people to read: none if it is missing or empty, cut to 1,024 bytes, without NUL (which no database keeps).
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        /// Chosen, not standard.
        const BYTES: usize = 1_024;
        let text = self.attr(name).filter(|it| !it.is_empty())?;
        let mut text = text[..text.floor_char_boundary(BYTES)].to_owned();
        text.retain(|letter| letter != '\0');
        Some(text)
    }
}

/// An effect that the operator has granted to the plugin: to be carried out, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantedEffect {
    /// Who wants it.
    pub plugin: PluginName,
    /// By which decision.
    pub decision_id: DecisionId,
    /// The admin whose click it answers.
    pub by: Option<UserId>,
    /// What.
    pub effect: Effect,
}

/// Why something was refused; the person who asked sees both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Rejection {
    /// For programs.
    pub code: String,
    /// For people.
    pub reason: String,
}

/// A question for a newcomer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Question {
    /// Names it in the answers.
    pub id: String,
    /// For the newcomer.
    pub text: String,
    /// `text` or `choice`; perhaps others.
    pub kind: String,
    /// Whether it must be answered.
    pub required: bool,
    /// For `choice`: each `option`.
    pub attrs: Vec<Attr>,
}

/// Why something waits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Hold {
    /// For the admin who decides.
    pub note: String,
    /// The text with which a message waits, where it is another than it came with.
    pub body: Option<String>,
    /// For the newcomer; empty elsewhere.
    pub questions: Vec<Question>,
}

/// What a plugin, or a chain of them, says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// It may happen.
    Allow,
    /// It may happen with this text: messages only.
    Modify {
        /// The new text.
        body: String,
    },
    /// It waits for an admin: registration and messages only.
    Hold(Hold),
    /// It may not.
    Reject(Rejection),
}

/// What became of an event on its way through the plugins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The verdict of the chain; never `Modify`, which only changes the text that goes on.
    pub verdict: Verdict,
    /// The text as plugins left it, if one changed it, whoever then held or refused it.
    pub modified: Option<String>,
    /// Names the decision in the records; `None` if no plugin was asked.
    pub decision_id: Option<DecisionId>,
    /// Who ended the chain or modified last; `None` if nobody did.
    pub plugin: Option<PluginName>,
    /// Whether plugins said this themselves. `false` if none was asked, or if one failed and its `on_failure` spoke for it:
    /// under `registration.mode = approval` only an `allow` that is judged lets anybody in.
    pub judged: bool,
    /// To be carried out whatever the verdict, once it stands: after the commit, if there is one.
    pub effects: Vec<GrantedEffect>,
}

impl Decision {
    /// Nobody was asked.
    #[must_use]
    pub const fn unasked() -> Self {
        Self {
            verdict: Verdict::Allow,
            modified: None,
            decision_id: None,
            plugin: None,
            judged: false,
            effects: Vec::new(),
        }
    }
}

//! How often somebody writes, and how often the same: by the server's atomic counters, so that instances count together.

use natter_plugin::{Message, kv, log};

use crate::settings::{Action, Pace};

/// What is counted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The same text by the same person.
    Repetition,
    /// Texts by the same person.
    Flooding,
}

/// One rule on the pace.
pub(crate) struct Limit {
    pub(crate) kind: Kind,
    pub(crate) action: Action,
    pub(crate) reason: String,
    messages: i64,
    seconds: u32,
    place: String,
}

impl Kind {
    /// For programs.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Repetition => "repetition",
            Self::Flooding => "flooding",
        }
    }
}

impl Limit {
    pub(crate) fn new(kind: Kind, pace: &Pace, place: &str) -> Self {
        let why = match kind {
            Kind::Repetition => "You have said that already. Please wait before you say it again.",
            Kind::Flooding => "You are writing very fast. Please wait a moment.",
        };
        Self {
            kind,
            action: pace.action,
            reason: pace.reason.clone().unwrap_or_else(|| why.to_owned()),
            messages: pace.messages.into(),
            seconds: pace.seconds,
            place: place.to_owned(),
        }
    }

    /// Counts a message, and answers whether it is one too many. What cannot be counted is not refused.
    pub(crate) fn count(&self, message: &Message) -> bool {
        if self.action == Action::Allow {
            return false;
        }
        let (place, sender) = (&self.place, &message.sender_id);
        let counter = match self.kind {
            Kind::Flooding => format!("{place}flooding/{sender}"),
            Kind::Repetition => format!("{place}same/{sender}/{:016x}", gist(&message.body)),
        };
        match kv::add(&counter, 1, self.seconds) {
            Ok(count) => count > self.messages,
            Err(why) => {
                log::warn(format!("{} is not counted: {why}", self.kind.code()));
                false
            }
        }
    }
}

/// The same for texts that differ in case and blanks only. FNV-1a: who finds two texts of one gist has gained nothing.
fn gist(text: &str) -> u64 {
    let letters = text.chars().filter(|letter| !letter.is_whitespace());
    letters
        .flat_map(char::to_lowercase)
        .fold(0xcbf2_9ce4_8422_2325, |hash, letter| {
            (hash ^ u64::from(letter)).wrapping_mul(0x0100_0000_01b3)
        })
}

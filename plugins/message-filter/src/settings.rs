//! What the operator may say in `[config]`; `settings.schema.json` is the same for the server, which checks it.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The table `[config]`.
#[derive(Deserialize)]
pub(crate) struct Settings {
    #[serde(flatten)]
    pub(crate) everywhere: Sections,
    /// By the room's id: sections that stand there instead of those for everywhere.
    #[serde(default)]
    pub(crate) rooms: BTreeMap<String, Sections>,
}

/// The kinds of rules; what is missing forbids nothing.
#[derive(Clone, Deserialize)]
pub(crate) struct Sections {
    pub(crate) words: Option<Words>,
    pub(crate) patterns: Option<Words>,
    pub(crate) links: Option<Links>,
    pub(crate) repetition: Option<Pace>,
    pub(crate) flooding: Option<Pace>,
}

/// What happens to a message.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Action {
    /// Nothing: for a room that is free of a rule.
    Allow,
    /// It goes on with asterisks.
    Mask,
    /// It waits for an admin.
    Hold,
    /// It is refused.
    Refuse,
}

/// Words, or regular expressions.
#[derive(Clone, Deserialize)]
pub(crate) struct Words {
    #[serde(default)]
    pub(crate) list: Vec<String>,
    pub(crate) action: Action,
    pub(crate) reason: Option<String>,
}

/// Links to hosts that are not allowed.
#[derive(Clone, Deserialize)]
pub(crate) struct Links {
    #[serde(default)]
    pub(crate) allowed_hosts: Vec<String>,
    pub(crate) action: Action,
    pub(crate) reason: Option<String>,
}

/// More than `messages` within `seconds`.
#[derive(Clone, Deserialize)]
pub(crate) struct Pace {
    pub(crate) messages: u32,
    pub(crate) seconds: u32,
    pub(crate) action: Action,
    pub(crate) reason: Option<String>,
}

impl Sections {
    /// These, and of `others` what is missing here.
    pub(crate) fn or(&self, others: &Self) -> Self {
        Self {
            words: self.words.clone().or_else(|| others.words.clone()),
            patterns: self.patterns.clone().or_else(|| others.patterns.clone()),
            links: self.links.clone().or_else(|| others.links.clone()),
            repetition: self
                .repetition
                .clone()
                .or_else(|| others.repetition.clone()),
            flooding: self.flooding.clone().or_else(|| others.flooding.clone()),
        }
    }
}

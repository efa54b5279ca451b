//! What the operator may say in `[config]`; `settings.schema.json` is the same for the server, which checks it.

use natter_plugin::{
    Attr, config,
    registration::{Newcomer, Question},
};
use serde::Deserialize;

/// The table `[config]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Settings {
    approve_invites: bool,
    approve_email_domains: Vec<String>,
    questions: Vec<Asked>,
}

/// A question to newcomers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    pub(crate) id: String,
    pub(crate) text: String,
    #[serde(default = "yes")]
    required: bool,
    #[serde(default)]
    options: Vec<String>,
}

fn yes() -> bool {
    true
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            approve_invites: true,
            approve_email_domains: Vec::new(),
            questions: Vec::new(),
        }
    }
}

impl Settings {
    /// # Errors
    /// What is wrong with them, for the operator.
    pub(crate) fn read() -> Result<Self, String> {
        config::parse().map_err(|error| format!("[config]: {error}"))
    }

    /// Why the newcomer needs no admin.
    pub(crate) fn trusts(&self, newcomer: &Newcomer) -> Option<String> {
        if self.approve_invites && newcomer.invite_id.is_some() {
            return Some("invite".to_owned());
        }
        let email = newcomer
            .email
            .as_deref()
            .filter(|_| newcomer.email_verified)?;
        let (_, domain) = email.rsplit_once('@')?;
        let mut trusted = self.approve_email_domains.iter();
        let found = trusted.find(|trusted| trusted.eq_ignore_ascii_case(domain))?;
        Some(format!("e-mail domain {found}"))
    }

    /// What is still to be asked.
    pub(crate) fn open_questions(&self, newcomer: &Newcomer) -> Vec<Question> {
        let is_open = |asked: &&Asked| {
            let mut answers = newcomer.answers.iter();
            !answers.any(|answer| answer.question_id == asked.id)
        };
        self.questions
            .iter()
            .filter(is_open)
            .map(question)
            .collect()
    }

    /// A question's words.
    pub(crate) fn text_of(&self, question_id: &str) -> Option<&str> {
        let mut questions = self.questions.iter();
        let found = questions.find(|asked| asked.id == question_id)?;
        Some(&found.text)
    }
}

fn question(asked: &Asked) -> Question {
    let option = |option: &String| Attr {
        name: "option".to_owned(),
        value: option.clone(),
    };
    let kind = if asked.options.is_empty() {
        "text"
    } else {
        "choice"
    };
    Question {
        id: asked.id.clone(),
        text: asked.text.clone(),
        kind: kind.to_owned(),
        required: asked.required,
        attrs: asked.options.iter().map(option).collect(),
    }
}

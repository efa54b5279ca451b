//! Who waits, in the policy's keys.
//!
//! Rule: the server knows who is pending; these keys only hold what it does not, the time and the answers. Who is not pending any
//! more, by whatever way, is not shown and is forgotten.

use natter_plugin::{clock, directory, kv, log, registration::Newcomer};
use serde::{Deserialize, Serialize};

use crate::settings::Settings;

const PREFIX: &str = "waiting/";
/// Keys that are looked at for one panel; each costs a look into the directory.
const LOOKED_AT: u32 = 100;

/// Somebody who waits.
#[derive(Deserialize, Serialize)]
pub(crate) struct Waiting {
    pub(crate) name: String,
    pub(crate) since: u64,
    /// Question and answer.
    pub(crate) answers: Vec<(String, String)>,
    pub(crate) note: String,
}

/// Notes somebody, or what they have answered since.
pub(crate) fn enter(newcomer: &Newcomer, settings: &Settings) {
    let key = key(&newcomer.user_id);
    let answers = newcomer.answers.iter().map(|answer| {
        let question = settings.text_of(&answer.question_id);
        (
            question.unwrap_or(&answer.question_id).to_owned(),
            answer.text.clone(),
        )
    });
    let waiting = Waiting {
        name: format!("{} ({})", newcomer.display_name, newcomer.username),
        since: read(&key).map_or_else(clock::now, |before| before.since),
        answers: answers.collect(),
        note: crate::note(newcomer),
    };
    let text = serde_json::to_string(&waiting).expect("plain data can be written");
    if let Err(why) = kv::set(&key, text) {
        // They wait nevertheless: the server keeps who is pending.
        log::error(format!("a newcomer is missing in the queue: {why}"));
    }
}

/// Forgets somebody.
pub(crate) fn leave(user_id: &str) {
    kv::delete(&key(user_id));
}

/// Whether somebody waits.
pub(crate) fn has(user_id: &str) -> bool {
    read(&key(user_id)).is_some() && is_pending(user_id)
}

/// Everybody who waits, the longest first, with their ids.
pub(crate) fn all() -> Vec<(String, Waiting)> {
    let mut all = Vec::new();
    for key in kv::keys(PREFIX, None, LOOKED_AT) {
        let user_id = key[PREFIX.len()..].to_owned();
        match read(&key) {
            Some(waiting) if is_pending(&user_id) => all.push((user_id, waiting)),
            _ => kv::delete(&key),
        }
    }
    all.sort_by_key(|(_, waiting)| waiting.since);
    all
}

fn is_pending(user_id: &str) -> bool {
    directory::user(user_id).is_some_and(|user| user.status == "pending")
}

fn key(user_id: &str) -> String {
    format!("{PREFIX}{user_id}")
}

fn read(key: &str) -> Option<Waiting> {
    serde_json::from_slice(&kv::get(key)?).ok()
}

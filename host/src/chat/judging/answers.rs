//! What was answered lately, so that a retry hears the same and is neither judged nor carried out twice.
//!
//! Rule: what has a row is answered from it; only refusals and commands, which have none, are kept in words. Memory is bounded for each
//! sender, and ends by itself.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};

use uuid::Uuid;

use crate::{
    chat::ChatError,
    model::{CommandReply, Refusal, Submitted, UserId},
};

/// How long an answer is remembered. Chosen, not standard: longer than a client takes to come back. `docs/protocol.md` promises it.
pub(super) const REMEMBERED: Duration = Duration::from_secs(300);
/// Answers of one sender that are remembered. Chosen, not standard: as many messages may be on their way. Promised likewise.
const ANSWERS: usize = 64;
/// Bytes of their words; one answer may have more, alone.
const WORDS_BYTES: usize = 64 * 1024;

/// How a message was answered.
#[derive(Clone, Debug)]
pub(super) enum Remembered {
    /// It was stored or held: its row says what became of it.
    HasRow,
    /// It has none.
    InWords(Answer),
}

/// An answer that stands nowhere else.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    /// A policy refused.
    Refused(Box<Refusal>),
    /// It was a command.
    Command(CommandReply),
}

impl Answer {
    /// For a retry.
    pub(super) fn again(self) -> Result<Submitted, ChatError> {
        match self {
            Self::Refused(refusal) => Err(ChatError::Refused(refusal)),
            Self::Command(reply) => Ok(Submitted::Command(reply).again()),
        }
    }
}

/// The latest answers to each sender.
#[derive(Debug, Default)]
pub(super) struct Answers {
    senders: HashMap<UserId, Own>,
    tidied_at: Option<Instant>,
}

/// The answers to one sender.
#[derive(Debug, Default)]
struct Own {
    by_id: HashMap<Arc<str>, Entry>,
    /// Their ids, oldest first.
    order: VecDeque<Arc<str>>,
    words_bytes: usize,
}

#[derive(Debug)]
struct Entry {
    request_hash: Uuid,
    at: Instant,
    answer: Remembered,
}

impl Answers {
    /// The answer to this sender's message of this id.
    ///
    /// # Errors
    /// `IdempotencyConflict` if the message was another.
    pub(super) fn find(
        &self,
        (sender, client_msg_id, request_hash): (UserId, &str, Uuid),
        now: Instant,
    ) -> Result<Option<&Remembered>, ChatError> {
        match self.entry(sender, client_msg_id, now) {
            Some(found) if found.request_hash != request_hash => {
                Err(ChatError::IdempotencyConflict)
            }
            found => Ok(found.map(|it| &it.answer)),
        }
    }

    /// Whether this sender's message of this id was answered.
    pub(super) fn knows(&self, sender: UserId, client_msg_id: &str, now: Instant) -> bool {
        self.entry(sender, client_msg_id, now).is_some()
    }

    fn entry(&self, sender: UserId, client_msg_id: &str, now: Instant) -> Option<&Entry> {
        let entry = self.senders.get(&sender)?.by_id.get(client_msg_id);
        entry.filter(|it| it.lasts(now))
    }

    /// Remembers an answer, if it is one that stands.
    pub(super) fn remember(
        &mut self,
        (sender, client_msg_id): (UserId, String),
        request_hash: Uuid,
        outcome: &Result<Submitted, ChatError>,
        now: Instant,
    ) {
        let answer = match outcome {
            Ok(Submitted::Sent(_) | Submitted::Held(_)) => Remembered::HasRow,
            Ok(Submitted::Command(reply)) => Remembered::InWords(Answer::Command(reply.clone())),
            Err(ChatError::Refused(refusal)) => {
                Remembered::InWords(Answer::Refused(refusal.clone()))
            }
            Err(_) => return,
        };
        self.tidy(now);
        let entry = Entry {
            request_hash,
            at: now,
            answer,
        };
        let own = self.senders.entry(sender).or_default();
        own.put(client_msg_id.into(), entry);
        own.forget_old(now);
    }

    /// Forgets senders from whom nothing came for long.
    fn tidy(&mut self, now: Instant) {
        let tidied_at = *self.tidied_at.get_or_insert(now);
        if now.duration_since(tidied_at) >= REMEMBERED {
            self.tidied_at = Some(now);
            self.senders.retain(|_, own| {
                own.forget_old(now);
                !own.by_id.is_empty()
            });
        }
    }
}

impl Own {
    fn put(&mut self, id: Arc<str>, entry: Entry) {
        self.words_bytes += entry.words_bytes();
        self.order.push_back(Arc::clone(&id));
        if let Some(former) = self.by_id.insert(Arc::clone(&id), entry) {
            self.words_bytes -= former.words_bytes();
            // The first of the two: the other was just added.
            let place = self.order.iter().position(|it| *it == id);
            place.and_then(|place| self.order.remove(place));
        }
    }

    /// Forgets what is too old, and the oldest while there is too much; one answer may have too many words, alone.
    fn forget_old(&mut self, now: Instant) {
        while let Some(oldest) = self.order.front() {
            let is_over = self.by_id.len() > ANSWERS || self.words_bytes > WORDS_BYTES;
            let lasts = self.by_id.get(oldest).is_some_and(|it| it.lasts(now));
            if lasts && (self.by_id.len() == 1 || !is_over) {
                return;
            }
            let forgotten = self.by_id.remove(oldest);
            self.words_bytes -= forgotten.map_or(0, |it| it.words_bytes());
            self.order.pop_front();
        }
    }
}

impl Entry {
    fn lasts(&self, now: Instant) -> bool {
        now.duration_since(self.at) < REMEMBERED
    }

    fn words_bytes(&self) -> usize {
        match &self.answer {
            Remembered::HasRow => 0,
            Remembered::InWords(Answer::Refused(refusal)) => refusal.reason.len(),
            Remembered::InWords(Answer::Command(reply)) => {
                reply.reply.as_ref().map_or(0, String::len)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(reason: &str) -> Result<Submitted, ChatError> {
        Err(ChatError::Refused(Box::new(Refusal {
            code: "no".to_owned(),
            reason: reason.to_owned(),
            plugin: None,
            decision_id: None,
        })))
    }

    fn said(answers: &Answers, sender: UserId, id: &str, now: Instant) -> Option<String> {
        match answers.find((sender, id, Uuid::nil()), now) {
            Ok(Some(Remembered::InWords(Answer::Refused(refusal)))) => Some(refusal.reason.clone()),
            Ok(None) => None,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_answer_is_remembered_for_a_while() {
        let (ann, bob) = (UserId::generate(), UserId::generate());
        let (mut answers, start) = (Answers::default(), Instant::now());
        let mut remember = |who, id: &str, outcome, now| {
            answers.remember((who, id.to_owned()), Uuid::nil(), &outcome, now);
        };
        remember(ann, "1", refusal("first"), start);
        remember(ann, "2", Err(ChatError::Overloaded), start);
        let later = start + REMEMBERED;
        remember(bob, "1", refusal("second"), later);
        assert_eq!(answers.senders.len(), 1, "who was forgotten takes no room");

        let mut answers = Answers::default();
        answers.remember((ann, "1".to_owned()), Uuid::nil(), &refusal("first"), start);
        let just_before = later.checked_sub(Duration::from_millis(1));
        let just_before = just_before.unwrap_or(start);
        assert_eq!(
            said(&answers, ann, "1", just_before).as_deref(),
            Some("first")
        );
        assert!(answers.knows(ann, "1", just_before) && !answers.knows(ann, "1", later));
        assert_eq!(said(&answers, ann, "1", later), None);
        assert_eq!(
            said(&answers, ann, "2", start),
            None,
            "it may be answered otherwise"
        );
        assert_eq!(said(&answers, bob, "1", start), None);
        let other = answers.find((ann, "1", Uuid::max()), start);
        assert!(matches!(other, Err(ChatError::IdempotencyConflict)));
    }

    #[test]
    fn memory_is_bounded_for_each_sender() {
        let (mut answers, ann) = (Answers::default(), UserId::generate());
        let now = Instant::now();
        for nth in 0..=ANSWERS {
            answers.remember((ann, nth.to_string()), Uuid::nil(), &refusal("short"), now);
        }
        assert_eq!(said(&answers, ann, "0", now), None);
        assert!(said(&answers, ann, "1", now).is_some());
        let long = "x".repeat(WORDS_BYTES);
        answers.remember((ann, "long".to_owned()), Uuid::nil(), &refusal(&long), now);
        assert_eq!(answers.senders[&ann].by_id.len(), 1);
        assert!(said(&answers, ann, "long", now).is_some());
    }
}

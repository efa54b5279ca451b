//! Messages that are judged before they are queued for a writer.
//!
//! Rule: one sender's messages to one room are judged one after the other, in the order in which they came. While the first try of
//! a message is on its way, a retry waits for its answer; for a while after that it hears the same.
//!
//! Not here: what is asked and what the answer means (`judging`).

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use tokio::sync::OwnedSemaphorePermit;
use uuid::Uuid;

use super::answers::{Answers, Remembered};
use crate::{
    chat::{Author, ChatError, writer::Reply},
    model::{MessageId, NewMessage, SendTarget, SentMessage, Submitted, UserId},
};

/// One sender's way to one room.
pub(in crate::chat) type LaneKey = (UserId, SendTarget);

/// A message to be judged.
#[derive(Debug)]
pub(in crate::chat) struct Submission {
    pub(in crate::chat) from: Author,
    pub(in crate::chat) new: NewMessage,
    pub(in crate::chat) message_id: MessageId,
    pub(in crate::chat) request_hash: Uuid,
    /// An earlier try has a row: nothing is to be asked about this one.
    pub(in crate::chat) is_retry: bool,
    pub(in crate::chat) share: OwnedSemaphorePermit,
    pub(in crate::chat) reply: SendReply,
}

/// The messages that are being judged.
#[derive(Debug, Default)]
pub(in crate::chat) struct Lanes {
    state: Mutex<State>,
    /// Submissions whose answers are outstanding.
    open: AtomicUsize,
}

#[derive(Debug, Default)]
struct State {
    lanes: HashMap<LaneKey, VecDeque<Submission>>,
    first_tries: HashMap<(UserId, String), FirstTry>,
    answers: Answers,
}

#[derive(Debug)]
struct FirstTry {
    request_hash: Uuid,
    retries: Vec<Reply<Submitted>>,
}

/// What a submission met.
#[derive(Debug)]
pub(in crate::chat) enum Entered {
    /// Its lane was empty: let a task [take](Lanes::next) from it.
    NewLane(LaneKey),
    /// Somebody takes from its lane.
    Queued,
    /// The first try answers for both, or has done so.
    Retry,
}

impl Lanes {
    /// Whether a message must come here, judged or not: because others are being judged, which it must not overtake, or because one
    /// of its id was answered.
    pub(in crate::chat) fn concern(&self, sender: UserId, client_msg_id: &str) -> bool {
        let is_answered = || {
            let state = self.lock();
            state.answers.knows(sender, client_msg_id, Instant::now())
        };
        self.open.load(Ordering::Acquire) > 0 || is_answered()
    }

    /// Takes a submission on, unless `limit` are there already. One that was answered in words is answered with them.
    ///
    /// # Errors
    /// `IdempotencyConflict`, `Overloaded`.
    pub(in crate::chat) fn enter(
        self: &Arc<Self>,
        mut submission: Submission,
        limit: usize,
    ) -> Result<Entered, ChatError> {
        let mut state = self.lock();
        let (sender, request_hash) = (submission.from.user_id, submission.request_hash);
        let key = (sender, submission.new.client_msg_id.clone());
        if let Some(first) = state.first_tries.get_mut(&key) {
            if first.request_hash != request_hash {
                return Err(ChatError::IdempotencyConflict);
            }
            first.retries.push(submission.reply.first);
            return Ok(Entered::Retry);
        }
        match state
            .answers
            .find((sender, &key.1, request_hash), Instant::now())?
        {
            None => {}
            Some(Remembered::HasRow) => submission.is_retry = true,
            Some(Remembered::InWords(answer)) => {
                let answer = answer.clone();
                drop(state);
                submission.reply.answer(answer.again());
                return Ok(Entered::Retry);
            }
        }
        if self.open.load(Ordering::Acquire) >= limit {
            return Err(ChatError::Overloaded);
        }
        self.open.fetch_add(1, Ordering::AcqRel);
        let first = FirstTry {
            request_hash,
            retries: Vec::new(),
        };
        state.first_tries.insert(key.clone(), first);
        submission.reply.place = Some(Box::new(Place {
            lanes: Arc::clone(self),
            key: Some(key),
        }));
        let lane_key = (sender, submission.new.target);
        if let Some(lane) = state.lanes.get_mut(&lane_key) {
            lane.push_back(submission);
            return Ok(Entered::Queued);
        }
        state.lanes.insert(lane_key, VecDeque::from([submission]));
        Ok(Entered::NewLane(lane_key))
    }

    /// The next submission of a lane; after none, the lane is gone.
    pub(in crate::chat) fn next(&self, key: LaneKey) -> Option<Submission> {
        let mut state = self.lock();
        let next = state.lanes.get_mut(&key).and_then(VecDeque::pop_front);
        if next.is_none() {
            state.lanes.remove(&key);
        }
        next
    }

    // A panic under this lock leaves the maps whole, so poisoning carries no news.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where the outcome of a message goes: to who sent it, and to the retries that waited.
#[derive(Debug)]
pub(in crate::chat) struct SendReply {
    first: Reply<Submitted>,
    place: Option<Box<Place>>,
}

impl SendReply {
    /// For a message that nobody judges.
    pub(in crate::chat) fn plain(first: Reply<Submitted>) -> Self {
        Self { first, place: None }
    }

    /// Answers what the writer did.
    pub(in crate::chat) fn send(self, outcome: Result<SentMessage, ChatError>) {
        self.answer(outcome.map(Submitted::Sent));
    }

    /// Answers. A caller that went away does not need it.
    pub(in crate::chat) fn answer(mut self, outcome: Result<Submitted, ChatError>) {
        let retries = self.place.iter_mut().flat_map(|it| it.end(Some(&outcome)));
        for retry in retries {
            let again = match &outcome {
                Ok(submitted) => Ok(submitted.clone().again()),
                Err(error) => Err(error.again()),
            };
            let _ = retry.send(again);
        }
        let _ = self.first.send(outcome);
    }
}

/// A first try's place among those on their way; dropping it gives it back, and retries that still wait are told to try again.
#[derive(Debug)]
struct Place {
    lanes: Arc<Lanes>,
    /// None as soon as it was answered: another try may have the place by then.
    key: Option<(UserId, String)>,
}

impl Place {
    /// Remembers the outcome, if there is one; the retries that wait for it.
    fn end(&mut self, outcome: Option<&Result<Submitted, ChatError>>) -> Vec<Reply<Submitted>> {
        let Some(key) = self.key.take() else {
            return Vec::new();
        };
        let mut state = self.lanes.lock();
        let Some(first) = state.first_tries.remove(&key) else {
            return Vec::new();
        };
        if let Some(outcome) = outcome {
            let now = Instant::now();
            state
                .answers
                .remember(key, first.request_hash, outcome, now);
        }
        first.retries
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(self.end(None));
        self.lanes.open.fetch_sub(1, Ordering::AcqRel);
    }
}

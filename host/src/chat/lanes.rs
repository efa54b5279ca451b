//! Messages that are judged before they are queued for a writer.
//!
//! Rule: one sender's messages to one room are judged one after the other, in the order in which they came. While the first try of
//! a message is on its way, a retry waits for its answer.
//!
//! Not here: what is asked and what the answer means (`chat::judging`).

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::sync::OwnedSemaphorePermit;
use uuid::Uuid;

use super::{Author, ChatError, writer::Reply};
use crate::model::{MessageId, NewMessage, SendTarget, SentMessage, Submitted, UserId};

/// One sender's way to one room.
pub(super) type LaneKey = (UserId, SendTarget);

/// A message to be judged.
#[derive(Debug)]
pub(super) struct Submission {
    pub(super) from: Author,
    pub(super) new: NewMessage,
    pub(super) message_id: MessageId,
    pub(super) request_hash: Uuid,
    pub(super) share: OwnedSemaphorePermit,
    pub(super) reply: SendReply,
}

/// The messages that are being judged.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    state: Mutex<State>,
    /// Submissions whose answers are outstanding.
    open: AtomicUsize,
}

#[derive(Debug, Default)]
struct State {
    lanes: HashMap<LaneKey, VecDeque<Submission>>,
    first_tries: HashMap<(UserId, String), FirstTry>,
}

#[derive(Debug)]
struct FirstTry {
    request_hash: Uuid,
    retries: Vec<Reply<Submitted>>,
}

/// What a submission met.
#[derive(Debug)]
pub(super) enum Entered {
    /// Its lane was empty: let a task [take](Lanes::next) from it.
    NewLane(LaneKey),
    /// Somebody takes from its lane.
    Queued,
    /// The first try is on its way and answers for both.
    Retry,
}

impl Lanes {
    /// Whether nothing is being judged: then no message can be overtaken.
    pub(super) fn are_empty(&self) -> bool {
        self.open.load(Ordering::Acquire) == 0
    }

    /// Takes a submission on, unless `limit` are there already.
    ///
    /// # Errors
    /// `IdempotencyConflict`, `Overloaded`.
    pub(super) fn enter(
        self: &Arc<Self>,
        submission: impl FnOnce(SendReply) -> Submission,
        (sender, client_msg_id, request_hash): (UserId, &str, Uuid),
        reply: Reply<Submitted>,
        limit: usize,
    ) -> Result<Entered, ChatError> {
        let mut state = self.lock();
        let key = (sender, client_msg_id.to_owned());
        if let Some(first) = state.first_tries.get_mut(&key) {
            if first.request_hash != request_hash {
                return Err(ChatError::IdempotencyConflict);
            }
            first.retries.push(reply);
            return Ok(Entered::Retry);
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
        let submission = submission(SendReply {
            first: reply,
            place: Some(Box::new(Place {
                lanes: Arc::clone(self),
                key: Some(key),
            })),
        });
        let lane_key = (sender, submission.new.target);
        if let Some(lane) = state.lanes.get_mut(&lane_key) {
            lane.push_back(submission);
            return Ok(Entered::Queued);
        }
        state.lanes.insert(lane_key, VecDeque::from([submission]));
        Ok(Entered::NewLane(lane_key))
    }

    /// The next submission of a lane; after none, the lane is gone.
    pub(super) fn next(&self, key: LaneKey) -> Option<Submission> {
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
pub(super) struct SendReply {
    first: Reply<Submitted>,
    place: Option<Box<Place>>,
}

impl SendReply {
    /// For a message that nobody judges.
    pub(super) fn plain(first: Reply<Submitted>) -> Self {
        Self { first, place: None }
    }

    /// Answers what the writer did.
    pub(super) fn send(self, outcome: Result<SentMessage, ChatError>) {
        self.answer(outcome.map(Submitted::Sent));
    }

    /// Answers. A caller that went away does not need it.
    pub(super) fn answer(mut self, outcome: Result<Submitted, ChatError>) {
        for retry in self.place.iter_mut().flat_map(|it| it.take_retries()) {
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
    fn take_retries(&mut self) -> Vec<Reply<Submitted>> {
        let Some(key) = self.key.take() else {
            return Vec::new();
        };
        let first = self.lanes.lock().first_tries.remove(&key);
        first.map(|it| it.retries).unwrap_or_default()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(self.take_retries());
        self.lanes.open.fetch_sub(1, Ordering::AcqRel);
    }
}

//! What the writer does while the database is away.
//!
//! Rule: nobody waits longer than one attempt takes. When one failed for that reason, all who wait hear at once that they
//! must try again, rather than after an attempt each.
//!
//! A commit whose answer was lost may have happened. A sender who tries again finds out by their own id; the others
//! could have missed a push, and are told to sync as soon as the database answers.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use tokio::sync::mpsc;

use super::{Job, LogJob, Task};
use crate::{
    chat::{ChatError, publisher::Publication},
    model::UserId,
    store::StoreError,
};

/// How often the database is asked whether it is back, while somebody is to be told to sync. Chosen, not standard.
pub(super) const ASK_EVERY: Duration = Duration::from_millis(500);

/// How long a commit whose answer was lost may still happen: PostgreSQL goes on with a statement whose client is gone, up
/// to the time that `store` allows it.
const IN_DOUBT: Duration = Duration::from_secs(5);

/// The writer's knowledge of an outage.
#[derive(Debug, Default)]
pub(super) struct Outage {
    /// An attempt of this round failed because the database was away.
    pub(super) noticed: bool,
    /// The members of rooms whose last commit had no answer.
    pub(super) unsure: HashSet<UserId>,
    /// When the newest of these commits was given up.
    lost_at: Option<Instant>,
}

impl Task {
    /// Takes note of a failed transaction: what is remembered may be wrong.
    pub(super) fn note_failure(&mut self, error: &StoreError) {
        self.rooms.forget();
        self.outage.noticed |= error.is_unavailable();
    }

    /// Takes note that a commit failed: it may have happened all the same.
    pub(super) fn note_lost_commit(&mut self, members: impl IntoIterator<Item = UserId>) {
        self.outage.unsure.extend(members);
        self.outage.lost_at = Some(Instant::now());
    }

    /// Ends a round: refuses who waits, if the database was away, and otherwise tells who may have missed a push.
    pub(super) async fn after_round(&mut self, queue: &mut mpsc::Receiver<Job>) {
        if !std::mem::take(&mut self.outage.noticed) {
            return self.settle().await;
        }
        let waiting = queue.len();
        for _ in 0..waiting {
            match queue.try_recv() {
                Ok(job) => job.refuse(),
                Err(_) => break,
            }
        }
        tracing::warn!(
            jobs = waiting,
            "the database is away, what waited was refused"
        );
    }

    /// Tells who may have missed a push to sync, if there is anybody, nothing is in doubt any more, and the database answers.
    pub(super) async fn settle(&mut self) {
        let in_doubt = self
            .outage
            .lost_at
            .is_some_and(|at| at.elapsed() < IN_DOUBT);
        if self.outage.unsure.is_empty() || in_doubt || self.store.ping().await.is_err() {
            return;
        }
        self.places.forget_roles();
        let to = self.outage.unsure.drain().collect();
        self.publish(vec![Publication::SyncRequired { to }]).await;
    }
}

impl Job {
    /// Answers that the same may succeed later. A caller that went away does not need the answer.
    fn refuse(self) {
        match self {
            Self::Log(job) => job.refuse(ChatError::Overloaded),
            Self::Group(job) => drop(job.reply.send(Err(ChatError::Overloaded))),
            Self::Delete(job) => drop(job.reply.send(Err(ChatError::Overloaded))),
        }
    }
}

impl LogJob {
    /// Answers with this.
    pub(super) fn refuse(self, error: ChatError) {
        match self {
            Self::Send(job) => job.reply.send(Err(error)),
            Self::Receipt(job) => drop(job.reply.send(Err(error))),
        }
    }
}

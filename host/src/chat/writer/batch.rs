//! Messages and receipts that waited, in one exchange with the database.
//!
//! First everything is decided from what is remembered, then written on condition that it is still so, and only then
//! answered. What the database refused is looked up and decided once more: a retry of a stored message, mostly.

use std::{collections::HashSet, time::Instant};

use super::{
    LogJob, Task, direct, failed,
    plan::{Known, Outcome, Plan},
};
use crate::{
    chat::ChatError,
    model::{RoomId, SendTarget, UserId},
    store::{LogBatch, StoreError},
};

/// How often a batch is decided anew before its senders are told to try again. Once is enough for retries and for accounts
/// that are not active; more only if rooms change under their writer: by what it had given up in an outage, or by
/// another process.
const ATTEMPTS: usize = 3;

/// The constraint that makes retries safe.
const ONE_ID_A_SENDER: &str = "messages_sender_id_client_msg_id_key";

impl Task {
    /// Commits a batch and answers its jobs. If it fails, each job gets an exchange of its own, so that one bad row does
    /// not take others with it.
    pub(super) async fn commit_batch(&mut self, jobs: Vec<LogJob>) {
        if jobs.is_empty() {
            return;
        }
        if self.outage.noticed {
            return refuse_all(jobs, || ChatError::Overloaded);
        }
        self.rooms.trim();
        let mut left = jobs;
        let mut known = Known::default();
        for _ in 0..ATTEMPTS {
            let started = Instant::now();
            match self.attempt(&left, &mut known).await {
                Ok((plan, refused)) => {
                    self.measure(&plan, started);
                    left = self.answer(left, plan, &refused).await;
                }
                // Another writer has stored a message under the same sender's id this moment, to another room.
                Err(error) if error.is_conflict_on(ONE_ID_A_SENDER) => self.rooms.forget(),
                Err(error) => return self.give_up(left, &error).await,
            }
            if left.is_empty() {
                return;
            }
            if let Err(error) = self.look_up(&left, &mut known).await {
                return self.give_up(left, &error).await;
            }
        }
        tracing::error!(
            jobs = left.len(),
            "rooms change under their writer: does another server use the database?"
        );
        refuse_all(left, || ChatError::Overloaded);
    }

    /// After a failure of the database.
    async fn give_up(&mut self, jobs: Vec<LogJob>, error: &StoreError) {
        self.note_failure(error);
        if jobs.len() == 1 || error.is_unavailable() {
            tracing::error!(%error, jobs = jobs.len(), "a batch was not committed");
            return refuse_all(jobs, || failed(error));
        }
        tracing::warn!(%error, jobs = jobs.len(), "a batch failed and is redone job by job");
        for job in jobs {
            Box::pin(self.commit_batch(vec![job])).await;
        }
    }

    /// Decides and writes. Answers the rooms whose messages were not written.
    async fn attempt(
        &mut self,
        jobs: &[LogJob],
        known: &mut Known,
    ) -> Result<(Plan, HashSet<RoomId>), StoreError> {
        let strangers = self.load_rooms(jobs).await?;
        if strangers && !known.is_looked_up() {
            self.look_up(jobs, known).await?;
        }
        let mut plan = Plan::default();
        for job in jobs {
            let outcome = match job {
                LogJob::Send(job) => self.plan_send(&mut plan, known, job),
                LogJob::Receipt(job) => self
                    .plan_receipt(&mut plan, job)
                    .unwrap_or_else(Outcome::Refuse),
            };
            plan.outcomes.push(outcome);
        }
        let refused = self.write(&mut plan).await?;
        self.take_over_log(&plan, &refused);
        Ok((plan, refused.into_iter().collect()))
    }

    /// Makes sure that all rooms are remembered; true if a message is the first one between two people.
    async fn load_rooms(&mut self, jobs: &[LogJob]) -> Result<bool, StoreError> {
        let mut strangers = false;
        for job in jobs {
            let room_id = match job {
                LogJob::Receipt(job) => job.room_id,
                LogJob::Send(job) => match job.new.target {
                    SendTarget::Group(room_id) => room_id,
                    SendTarget::User(to) => {
                        let from = job.from.user_id;
                        strangers |= !self.rooms.load_direct(&self.store, from, to).await?;
                        continue;
                    }
                },
            };
            self.rooms.load(&self.store, room_id).await?;
        }
        Ok(strangers)
    }

    /// Reads what was stored before under the senders' ids, and whose accounts are active.
    async fn look_up(&mut self, jobs: &[LogJob], known: &mut Known) -> Result<(), StoreError> {
        let sends = || {
            jobs.iter().filter_map(|job| match job {
                LogJob::Send(job) => Some(job),
                LogJob::Receipt(_) => None,
            })
        };
        let keys = sends().map(|job| (job.from.user_id, job.new.client_msg_id.as_str()));
        let people: HashSet<UserId> = sends()
            .flat_map(|job| match job.new.target {
                SendTarget::User(to) => [Some(job.from.user_id), Some(to)],
                SendTarget::Group(_) => [Some(job.from.user_id), None],
            })
            .flatten()
            .collect();
        let people: Vec<UserId> = people.into_iter().collect();
        let mut unwanted = HashSet::new();
        for job in sends() {
            let from = job.from.user_id;
            if let SendTarget::User(to) = job.new.target
                && !self
                    .view
                    .privacies
                    .admits_writing(&self.store, from, to)
                    .await?
            {
                unwanted.insert((from, to));
            }
        }
        let mut tx = self.store.begin().await?;
        let earlier = tx.earlier_sends(keys).await?;
        let active = tx.active_users(&people).await?;
        known.learn(earlier, active, unwanted);
        Ok(())
    }

    async fn write(&mut self, plan: &mut Plan) -> Result<Vec<RoomId>, StoreError> {
        let batch = plan.log_batch();
        if batch.messages.is_empty() && batch.marks.is_empty() {
            return Ok(Vec::new());
        }
        let is_plain =
            plan.new_rooms.is_empty() && plan.reveals.is_empty() && plan.releases.is_empty();
        let written = if is_plain {
            self.log.write(&batch).await
        } else {
            self.write_in_transaction(plan, &batch).await
        };
        plan.rows = batch.messages;
        if written.as_ref().is_err_and(StoreError::has_no_answer) {
            let members = self.members_of(plan);
            self.note_lost_commit(members);
        }
        written
    }

    /// A direct room and its first message are made together or not at all; so are a release and its message, and whatever a person
    /// gets to know of with its message.
    async fn write_in_transaction(
        &mut self,
        plan: &mut Plan,
        batch: &LogBatch,
    ) -> Result<Vec<RoomId>, StoreError> {
        let mut tx = self.store.begin().await?;
        direct::insert(&mut tx, &plan.new_rooms, &plan.reveals).await?;
        for release in &plan.releases {
            tx.release_held(release).await?;
        }
        let refused = tx.write_log(batch).await?;
        if refused.is_empty() {
            tx.commit().await?;
            return Ok(refused);
        }
        // Undone as a whole, the receipts too.
        plan.undone = true;
        Ok(batch.steps.iter().map(|it| it.room_id).collect())
    }

    /// Remembers what was written, and forgets the rooms that are not as they were thought to be.
    fn take_over_log(&mut self, plan: &Plan, refused: &[RoomId]) {
        if plan.undone {
            return self.rooms.forget();
        }
        for step in plan.steps.values() {
            if let Some(room) = self.rooms.get_mut(step.room_id) {
                room.last_seq += step.count;
                room.last_rev += step.count;
            }
        }
        for row in &plan.rows {
            if let Some(room) = self.rooms.get_mut(row.message.room_id) {
                room.note_author(row.message.seq, row.message.sender_id);
            }
        }
        for room_id in refused {
            self.rooms.forget_room(*room_id);
        }
    }

    /// Who belongs to the rooms that a plan changes.
    fn members_of(&mut self, plan: &Plan) -> Vec<UserId> {
        let rooms = plan.steps.keys().copied();
        let rooms: HashSet<RoomId> = rooms.chain(plan.marks.keys().map(|it| it.0)).collect();
        let rooms = rooms.into_iter();
        rooms
            .filter_map(|room_id| Some(self.rooms.get_mut(room_id)?.audience.to_vec()))
            .flatten()
            .collect()
    }

    fn measure(&self, plan: &Plan, started: Instant) {
        let operations = u32::try_from(plan.outcomes.len()).unwrap_or(u32::MAX);
        self.metrics
            .write_batch_operations
            .observe(f64::from(operations));
        self.metrics
            .write_commit_seconds
            .observe(started.elapsed().as_secs_f64());
    }
}

fn refuse_all(jobs: Vec<LogJob>, error: impl Fn() -> ChatError) {
    for job in jobs {
        job.refuse(error());
    }
}

//! Messages and receipts that waited, in one transaction.
//!
//! First everything is decided from what is remembered and what the transaction reads, then written in a few statements,
//! then committed, and only then answered.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Instant,
};

use super::{LogJob, SendJob, Task, failed, rooms::CachedRoom};
use crate::{
    chat::{ChatError, publisher::Publication},
    model::{
        MemberRole, Message, MessageId, MessageKind, RoomId, RoomKind, SendTarget, SentMessage,
        Timestamp, UserId, Watermark,
    },
    store::{
        MemberRow, NewMessageRow, NewRoom, RoomAdvance, SentRow, StatusRow, StoreError, WriteTx,
        direct_key,
    },
};

/// What a batch will write, and what it will answer.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) rows: Vec<NewMessageRow>,
    pub(super) marks: HashMap<(RoomId, UserId), Watermark>,
    pub(super) statuses: Vec<StatusRow>,
    pub(super) outcomes: Vec<Outcome>,
    new_rooms: Vec<NewDirect>,
    by_key: HashMap<(UserId, String), usize>,
    earlier: HashMap<(UserId, String), SentRow>,
    active: HashSet<UserId>,
}

/// One job's part of the plan, at the job's index.
pub(super) enum Outcome {
    /// It becomes the row with this index.
    Store(usize),
    /// It repeats the row with this index.
    Repeat(usize),
    /// It was stored before.
    Earlier(SentRow),
    /// The receipt stands so, and if it rose others are told.
    Receipt(Watermark, Option<Publication>),
    /// It is refused.
    Refuse(ChatError),
}

/// A batch that was not committed, as far as is known.
struct Broken {
    error: StoreError,
    /// It may have been committed all the same.
    uncertain: bool,
}

impl From<StoreError> for Broken {
    fn from(error: StoreError) -> Self {
        Self {
            error,
            uncertain: false,
        }
    }
}

struct NewDirect {
    room_id: RoomId,
    between: (UserId, UserId),
}

impl Task {
    /// Commits a batch and answers its jobs. If it fails, each job gets a transaction of its own, so that one bad row does
    /// not take others with it.
    pub(super) async fn commit_batch(&mut self, jobs: Vec<LogJob>) {
        if jobs.is_empty() {
            return;
        }
        self.rooms.trim();
        let started = Instant::now();
        match self.try_batch(&jobs).await {
            Ok(plan) => {
                self.measure(&plan, started);
                self.answer(jobs, plan).await;
            }
            Err(Broken { error, uncertain }) => {
                self.rooms.forget();
                if uncertain {
                    self.publish(vec![Publication::Unknown]).await;
                }
                if jobs.len() == 1 || matches!(error, StoreError::Unavailable(_)) {
                    tracing::error!(%error, jobs = jobs.len(), "a batch was not committed");
                    refuse_all(jobs, &error);
                } else {
                    tracing::warn!(%error, jobs = jobs.len(), "a batch failed and is redone job by job");
                    for job in jobs {
                        Box::pin(self.commit_batch(vec![job])).await;
                    }
                }
            }
        }
    }

    fn measure(&self, plan: &Plan, started: Instant) {
        let operations = u32::try_from(plan.outcomes.len()).unwrap_or(u32::MAX);
        let repeats = |it: &&Outcome| matches!(it, Outcome::Repeat(_) | Outcome::Earlier(_));
        let deduplicated = plan.outcomes.iter().filter(repeats).count();
        self.metrics
            .write_batch_operations
            .observe(f64::from(operations));
        self.metrics
            .write_commit_seconds
            .observe(started.elapsed().as_secs_f64());
        self.metrics
            .messages_accepted
            .inc_by(plan.rows.len() as u64);
        self.metrics
            .messages_deduplicated
            .inc_by(deduplicated as u64);
    }

    async fn try_batch(&mut self, jobs: &[LogJob]) -> Result<Plan, Broken> {
        for job in jobs {
            match job {
                LogJob::Send(job) => match job.new.target {
                    SendTarget::User(to) => {
                        self.rooms
                            .load_direct(&self.store, job.from.user_id, to)
                            .await?
                    }
                    SendTarget::Group(room_id) => self.rooms.load(&self.store, room_id).await?,
                },
                LogJob::Receipt(job) => self.rooms.load(&self.store, job.room_id).await?,
            }
        }
        let mut tx = self.store.begin().await?;
        let mut plan = read_ahead(&mut tx, jobs).await?;
        for job in jobs {
            let outcome = match job {
                LogJob::Send(job) => self.plan_send(&mut plan, job),
                LogJob::Receipt(job) => self.plan_receipt(&mut plan, job),
            };
            plan.outcomes.push(outcome.unwrap_or_else(Outcome::Refuse));
        }
        if plan.rows.is_empty() && plan.marks.is_empty() {
            return Ok(plan);
        }
        self.write(&mut tx, &mut plan).await?;
        // From here on an error does not say whether it is stored.
        let uncertain = |error| Broken {
            error,
            uncertain: true,
        };
        tx.commit().await.map_err(uncertain)?;
        Ok(plan)
    }

    /// Decides about one message.
    fn plan_send(&mut self, plan: &mut Plan, job: &SendJob) -> Result<Outcome, ChatError> {
        let sender = job.from.user_id;
        let key = (sender, job.new.client_msg_id.clone());
        if let Some(row) = plan.earlier.get(&key) {
            return same(
                row.request_hash == job.request_hash,
                Outcome::Earlier(row.clone()),
            );
        }
        if let Some(&index) = plan.by_key.get(&key) {
            return same(
                plan.rows[index].request_hash == job.request_hash,
                Outcome::Repeat(index),
            );
        }
        if !plan.active.contains(&sender) {
            return Err(ChatError::Forbidden("the account is not active"));
        }
        let room_id = match job.new.target {
            SendTarget::Group(room_id) => room_id,
            SendTarget::User(to) => self.direct_room(plan, sender, to)?,
        };
        let room = self
            .rooms
            .get_mut(room_id)
            .ok_or(ChatError::NotFound("room"))?;
        let expected = if matches!(job.new.target, SendTarget::User(_)) {
            RoomKind::Direct
        } else {
            RoomKind::Group
        };
        if room.kind != expected || room.role(sender).is_none() {
            return Err(ChatError::NotFound("room"));
        }
        let message = Message {
            message_id: MessageId::generate(),
            room_id,
            seq: 0, // given out when the whole batch is known
            rev: 0,
            sender_id: sender,
            kind: MessageKind::Text,
            body: job.new.body.clone(),
            reply_to: job.new.reply_to,
            created_at: Timestamp::now(),
        };
        let index = plan.rows.len();
        plan.by_key.insert(key.clone(), index);
        plan.rows.push(NewMessageRow {
            message,
            client_msg_id: key.1,
            request_hash: job.request_hash,
        });
        Ok(Outcome::Store(index))
    }

    /// The direct room of two people; a new one is planned where there is none.
    fn direct_room(
        &mut self,
        plan: &mut Plan,
        from: UserId,
        to: UserId,
    ) -> Result<RoomId, ChatError> {
        if let Some(room_id) = self.rooms.direct(from, to) {
            return Ok(room_id);
        }
        if !plan.active.contains(&to) {
            return Err(ChatError::NotFound("user"));
        }
        let room_id = RoomId::generate();
        plan.new_rooms.push(NewDirect {
            room_id,
            between: (from, to),
        });
        // Members are remembered when the rows are made; the two ids are enough to decide about further messages.
        let rows = direct_members(room_id, (from, to));
        self.rooms
            .remember(room_id, CachedRoom::new(RoomKind::Direct, 0, rows.iter()));
        self.rooms.remember_direct(from, to, room_id);
        Ok(room_id)
    }

    async fn write(&mut self, tx: &mut WriteTx, plan: &mut Plan) -> Result<(), StoreError> {
        for new in &plan.new_rooms {
            insert_direct(tx, new).await?;
        }
        let mut counts = BTreeMap::<RoomId, i64>::new();
        for row in &plan.rows {
            *counts.entry(row.message.room_id).or_default() += 1;
        }
        let advances: Vec<_> = counts
            .iter()
            .map(|(&room_id, &count)| RoomAdvance {
                room_id,
                seqs: count,
                revs: count,
            })
            .collect();
        let newest = tx.advance_rooms(&advances).await?;
        let mut next: HashMap<RoomId, (i64, i64)> = newest
            .into_iter()
            .map(|(room_id, seq, rev)| (room_id, (seq - counts[&room_id], rev - counts[&room_id])))
            .collect();
        for row in &mut plan.rows {
            let message = &mut row.message;
            let (seq, rev) = next
                .get_mut(&message.room_id)
                .ok_or(StoreError::MissingReference)?;
            (*seq, *rev) = (*seq + 1, *rev + 1);
            (message.seq, message.rev) = (*seq, *rev);
            if let Some(room) = self.rooms.get_mut(message.room_id) {
                room.last_seq = message.seq;
                room.note_author(message.seq, message.sender_id);
            }
        }
        tx.insert_messages(&plan.rows).await?;
        let marks: Vec<_> = plan
            .marks
            .iter()
            .map(|((room_id, _), mark)| (*room_id, *mark))
            .collect();
        tx.raise_watermarks(&marks).await?;
        tx.insert_statuses(&plan.statuses).await
    }

    /// Tells every job its outcome, then the publisher what happened, in the order of the jobs.
    async fn answer(&mut self, jobs: Vec<LogJob>, plan: Plan) {
        let Plan {
            mut rows,
            outcomes,
            mut new_rooms,
            ..
        } = plan;
        let mut publications = Vec::new();
        for (job, outcome) in jobs.into_iter().zip(outcomes) {
            // A caller that went away does not need the answer: it will ask again with the same id.
            match (job, outcome) {
                (LogJob::Send(job), Outcome::Store(index)) => {
                    let row = &mut rows[index];
                    let _ = job.reply.send(Ok(sent(&row.message)));
                    let Some(room) = self.rooms.get_mut(row.message.room_id) else {
                        continue;
                    };
                    if let Some(at) = new_rooms
                        .iter()
                        .position(|it| it.room_id == row.message.room_id)
                    {
                        new_rooms.swap_remove(at);
                        publications.push(Publication::Room {
                            room_id: row.message.room_id,
                            // The message is the first change.
                            rev: row.message.rev - 1,
                            to: room.audience.to_vec(),
                        });
                    }
                    // The texts move on: what repeats this row needs only its ids.
                    let body = std::mem::take(&mut row.message.body);
                    publications.push(Publication::Message {
                        message: Message {
                            body,
                            ..row.message.clone()
                        },
                        client_msg_id: std::mem::take(&mut row.client_msg_id),
                        session_id: job.from.session_id,
                        share: job.share,
                        room_kind: room.kind,
                        to: room.audience.clone(),
                    });
                }
                (LogJob::Send(job), Outcome::Repeat(index)) => {
                    let _ = job.reply.send(Ok(SentMessage {
                        deduplicated: true,
                        ..sent(&rows[index].message)
                    }));
                }
                (LogJob::Send(job), Outcome::Earlier(row)) => {
                    let SentRow {
                        message_id,
                        room_id,
                        seq,
                        rev,
                        created_at,
                        ..
                    } = row;
                    let _ = job.reply.send(Ok(SentMessage {
                        message_id,
                        room_id,
                        seq,
                        rev,
                        created_at,
                        deduplicated: true,
                    }));
                }
                (LogJob::Send(job), Outcome::Refuse(error)) => drop(job.reply.send(Err(error))),
                (LogJob::Receipt(job), Outcome::Refuse(error)) => drop(job.reply.send(Err(error))),
                (LogJob::Receipt(job), Outcome::Receipt(mark, publication)) => {
                    let _ = job.reply.send(Ok(mark));
                    publications.extend(publication);
                }
                (LogJob::Send(_), Outcome::Receipt(..)) | (LogJob::Receipt(_), _) => {
                    tracing::error!("a job met the outcome of another kind");
                }
            }
        }
        self.publish(publications).await;
    }
}

/// Reads what the decisions need: earlier messages with the same ids, and whose accounts are active.
async fn read_ahead(tx: &mut WriteTx, jobs: &[LogJob]) -> Result<Plan, StoreError> {
    let sends = || {
        jobs.iter().filter_map(|job| match job {
            LogJob::Send(job) => Some(job),
            LogJob::Receipt(_) => None,
        })
    };
    let mut plan = Plan::default();
    if sends().next().is_none() {
        return Ok(plan);
    }
    let earlier = tx
        .find_sent(sends().map(|job| (job.from.user_id, job.new.client_msg_id.as_str())))
        .await?;
    plan.earlier = earlier
        .into_iter()
        .map(|row| ((row.sender_id, row.client_msg_id.clone()), row))
        .collect();
    let people: HashSet<UserId> = sends()
        .flat_map(|job| {
            let to = match job.new.target {
                SendTarget::User(to) => Some(to),
                SendTarget::Group(_) => None,
            };
            [Some(job.from.user_id), to]
        })
        .flatten()
        .collect();
    let people: Vec<UserId> = people.into_iter().collect();
    plan.active = tx.active_users(&people).await?.into_iter().collect();
    Ok(plan)
}

async fn insert_direct(tx: &mut WriteTx, new: &NewDirect) -> Result<(), StoreError> {
    let (from, to) = new.between;
    let room = NewRoom {
        room_id: new.room_id,
        kind: RoomKind::Direct,
        name: None,
        direct_key: Some(direct_key(from, to)),
        created_by: from,
        created_at: Timestamp::now(),
        first_rev: 0,
    };
    if !tx.insert_room(&room).await? {
        // Another process made it a moment ago; the retry finds it.
        return Err(StoreError::Conflict {
            constraint: "rooms_direct_key_key".to_owned(),
        });
    }
    let mut rows = direct_members(new.room_id, new.between);
    for row in &mut rows {
        row.joined_user_rev = tx.raise_user_rev(row.user_id).await?;
    }
    tx.put_members(&rows).await
}

/// Both people's rows, or the one of a person who writes to themselves; in the order of ids, for the locks.
fn direct_members(room_id: RoomId, between: (UserId, UserId)) -> Vec<MemberRow> {
    let mut people = vec![between.0, between.1];
    people.sort_unstable();
    people.dedup();
    let joined_at = Timestamp::now();
    let row = |user_id| MemberRow {
        room_id,
        user_id,
        role: MemberRole::Member,
        joined_at,
        joined_user_rev: 0,
        visible_from_seq: 1,
        left_seq: None,
        rev: 0,
        delivered_seq: 0,
        read_seq: 0,
    };
    people.into_iter().map(row).collect()
}

fn same(hash_is_same: bool, outcome: Outcome) -> Result<Outcome, ChatError> {
    if hash_is_same {
        Ok(outcome)
    } else {
        Err(ChatError::IdempotencyConflict)
    }
}

fn sent(message: &Message) -> SentMessage {
    let Message {
        message_id,
        room_id,
        seq,
        rev,
        created_at,
        ..
    } = *message;
    SentMessage {
        message_id,
        room_id,
        seq,
        rev,
        created_at,
        deduplicated: false,
    }
}

fn refuse_all(jobs: Vec<LogJob>, error: &StoreError) {
    for job in jobs {
        match job {
            LogJob::Send(job) => drop(job.reply.send(Err(failed(error)))),
            LogJob::Receipt(job) => drop(job.reply.send(Err(failed(error)))),
        }
    }
}

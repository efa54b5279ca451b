//! The tasks through which every change of a room goes.
//!
//! Rule: a room has one writer, chosen by its id; no other changes it. An answer is given after COMMIT, never before. Jobs
//! are taken in the order in which they came; what waits is committed together (group commit), and then goes to the
//! writer's publisher in that order.
//!
//! Not here: who may see what (`chat::visibility`), what the events look like (`chat::publisher`), SQL (`store`).

mod answer;
mod batch;
mod deletion;
mod direct;
mod group;
mod membership;
mod outage;
mod plan;
mod receipts;
mod rooms;

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt as _;
use tokio::{
    sync::{OwnedSemaphorePermit, mpsc, oneshot},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    ChatError,
    judging::{Places, SendReply},
    mutes::Mutes,
    privacy::ReceiptView,
    publisher::Publication,
};
use crate::{
    metrics::Metrics,
    model::{
        DeletedMessage, Member, MessageId, NewMessage, ReceiptStatus, RoomId, SendTarget,
        SessionId, Timestamp, UserId, UserRole, Watermark, policy::GrantedEffect,
    },
    policy::Policies,
    store::{
        HELD_DECIDED, HeldDecision, LogWriter, NewAuditEntry, ReportVerdict, Store, StoreError,
    },
};
pub(super) use group::GroupChange;
pub use group::History;
use outage::{ASK_EVERY, Outage};
use rooms::Rooms;

/// Who asks. The session is left out of the pushes that its own ack replaces; REST has none.
#[derive(Clone, Copy, Debug)]
pub struct Author {
    /// The person.
    pub user_id: UserId,
    /// Their role in the server, for the scope of policies.
    pub account_role: UserRole,
    /// Their live socket, if it was one.
    pub session_id: Option<SessionId>,
}

/// By whose word a message is stored.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    /// A person's; where a policy changed the text, the ack has it as it is stored.
    Person { is_rewritten: bool },
    /// An admin's who releases what was held, which keeps its time.
    Release(Box<HeldDecision>, Timestamp),
    /// A plugin's: its bot belongs to no room, and plugins are not told of it.
    Bot,
    /// The server's, about a call of its sender's; plugins are not told of it.
    Call,
}

/// Where the outcome of a job goes.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, ChatError>>;

/// A message to be stored.
#[derive(Debug)]
pub(super) struct SendJob {
    pub(super) from: Author,
    pub(super) new: NewMessage,
    pub(super) request_hash: Uuid,
    pub(super) message_id: MessageId,
    pub(super) origin: Origin,
    /// What policies want done once it is stored.
    pub(super) effects: Vec<GrantedEffect>,
    /// Its share of the memory for messages on their way; given back when it is published.
    pub(super) share: OwnedSemaphorePermit,
    pub(super) reply: SendReply,
}

/// A watermark to be raised.
#[derive(Debug)]
pub(super) struct ReceiptJob {
    pub(super) from: Author,
    pub(super) room_id: RoomId,
    pub(super) up_to_seq: i64,
    pub(super) status: ReceiptStatus,
    pub(super) reply: Reply<Watermark>,
}

/// A group to be made or changed; answers the members that were touched.
#[derive(Debug)]
pub(super) struct GroupJob {
    pub(super) by: UserId,
    pub(super) room_id: RoomId,
    pub(super) change: GroupChange,
    /// The line for the audit log, if a policy wants it.
    pub(super) audit: Option<NewAuditEntry>,
    pub(super) reply: Reply<Vec<Member>>,
}

/// By whose word a message is deleted.
#[derive(Debug)]
pub(super) enum Deleter {
    /// Its author, or an admin of its group.
    Person(UserId),
    /// An admin of the server, who decides its reports by that.
    Admin(Box<ReportVerdict>),
}

/// A message to be deleted.
#[derive(Debug)]
pub(super) struct DeleteJob {
    pub(super) by: Deleter,
    pub(super) room_id: RoomId,
    pub(super) message_id: MessageId,
    pub(super) reply: Reply<DeletedMessage>,
}

/// Anything that a writer does.
#[derive(Debug)]
pub(super) enum Job {
    Log(LogJob),
    Group(GroupJob),
    Delete(DeleteJob),
}

/// What a batch is made of.
#[derive(Debug)]
pub(super) enum LogJob {
    Send(SendJob),
    Receipt(ReceiptJob),
}

/// How the writer batches.
#[derive(Clone, Copy, Debug)]
pub struct WriterLimits {
    /// The most jobs of one transaction.
    pub batch_jobs: usize,
    /// The most jobs that wait; beyond it callers are told `overloaded`.
    pub queue_jobs: usize,
    /// The most bytes of messages between being submitted and being published; beyond it likewise.
    pub queue_bytes: usize,
    /// The most members of a group.
    pub group_members: usize,
    /// Tasks that write, each with rooms and transactions of its own.
    pub writers: usize,
}

/// What a writer uses.
pub(super) struct WriterParts {
    pub(super) store: Store,
    pub(super) metrics: Arc<Metrics>,
    pub(super) policies: Arc<Policies>,
    pub(super) mutes: Arc<Mutes>,
    pub(super) view: ReceiptView,
    pub(super) places: Arc<Places>,
    pub(super) publications: mpsc::Sender<Vec<Publication>>,
}

/// The way to a writer's task.
#[derive(Debug)]
pub(super) struct Writer {
    jobs: mpsc::Sender<Job>,
}

impl Job {
    /// What chooses the writer: the same for all jobs of a room.
    pub(super) fn writer_key(&self) -> usize {
        let key = match self {
            Self::Group(job) => job.room_id.writer_key(),
            Self::Delete(job) => job.room_id.writer_key(),
            Self::Log(LogJob::Receipt(job)) => job.room_id.writer_key(),
            Self::Log(LogJob::Send(job)) => match job.new.target {
                SendTarget::Group(room_id) => room_id.writer_key(),
                SendTarget::User(to) => RoomId::direct_writer_key(job.from.user_id, to),
            },
        };
        usize::from(key)
    }
}

impl Writer {
    /// Starts the task. It ends when `stop` is told, after finishing what waits.
    pub(super) fn start(
        parts: WriterParts,
        limits: WriterLimits,
        stop: CancellationToken,
    ) -> (Self, JoinHandle<()>) {
        let (jobs, queue) = mpsc::channel(limits.queue_jobs);
        let task = Task {
            log: parts.store.log_writer(),
            store: parts.store,
            metrics: parts.metrics,
            policies: parts.policies,
            mutes: parts.mutes,
            view: parts.view,
            places: parts.places,
            limits,
            rooms: Rooms::default(),
            outage: Outage::default(),
            publications: parts.publications,
        };
        (Self { jobs }, tokio::spawn(task.run(queue, stop)))
    }

    /// Queues a job.
    ///
    /// # Errors
    /// `Overloaded` when too much waits, `Draining` when the server stops.
    pub(super) fn submit(&self, job: Job) -> Result<(), ChatError> {
        self.jobs.try_send(job).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => ChatError::Overloaded,
            mpsc::error::TrySendError::Closed(_) => ChatError::Draining,
        })
    }
}

/// The outcome of a queued job; awaiting it is safe to cancel, the job is done all the same.
#[derive(Debug)]
pub struct Pending<T>(oneshot::Receiver<Result<T, ChatError>>);

impl<T> Pending<T> {
    pub(super) fn new() -> (Reply<T>, Self) {
        let (reply, outcome) = oneshot::channel();
        (reply, Self(outcome))
    }

    /// Waits for the commit. Safe to cancel; once it answered, do not ask again.
    ///
    /// # Errors
    /// The job was refused or the database failed.
    pub async fn outcome(&mut self) -> Result<T, ChatError> {
        // Without an answer the writer failed in between: a retry with the same id finds out what was stored.
        (&mut self.0).await.unwrap_or(Err(ChatError::Overloaded))
    }

    /// The same without waiting: none while the job is not done.
    pub fn outcome_now(&mut self) -> Option<Result<T, ChatError>> {
        match self.0.try_recv() {
            Ok(outcome) => Some(outcome),
            Err(oneshot::error::TryRecvError::Empty) => None,
            Err(oneshot::error::TryRecvError::Closed) => Some(Err(ChatError::Overloaded)),
        }
    }
}

struct Task {
    store: Store,
    log: LogWriter,
    metrics: Arc<Metrics>,
    policies: Arc<Policies>,
    mutes: Arc<Mutes>,
    view: ReceiptView,
    places: Arc<Places>,
    limits: WriterLimits,
    rooms: Rooms,
    outage: Outage,
    publications: mpsc::Sender<Vec<Publication>>,
}

impl Task {
    async fn run(mut self, mut queue: mpsc::Receiver<Job>, stop: CancellationToken) {
        let mut jobs = Vec::with_capacity(self.limits.batch_jobs);
        loop {
            tokio::select! {
                biased;
                // Closing refuses new jobs; those that wait are still received, then `recv_many` answers 0.
                () = stop.cancelled(), if !queue.is_closed() => queue.close(),
                taken = queue.recv_many(&mut jobs, self.limits.batch_jobs) => {
                    if taken == 0 {
                        return;
                    }
                    self.carry_out_unwinding(&mut jobs).await;
                    self.after_round(&mut queue).await;
                }
                () = tokio::time::sleep(ASK_EVERY), if !self.outage.unsure.is_empty() => {
                    self.settle().await;
                }
            }
        }
    }

    /// A panic costs its batch, not the writer.
    async fn carry_out_unwinding(&mut self, jobs: &mut Vec<Job>) {
        let work = AssertUnwindSafe(self.carry_out(jobs)).catch_unwind();
        if work.await.is_err() {
            tracing::error!("a batch panicked and was given up");
            jobs.clear();
            self.rooms.forget();
            self.places.forget_roles();
            self.publish(vec![Publication::Unknown]).await;
        }
    }

    /// Runs of messages and receipts share a transaction; a group's change has its own, and so has a deletion.
    async fn carry_out(&mut self, jobs: &mut Vec<Job>) {
        let mut batch = Vec::new();
        for job in jobs.drain(..) {
            match job {
                Job::Log(job) => batch.push(job),
                Job::Group(job) => {
                    self.commit_batch(std::mem::take(&mut batch)).await;
                    self.commit_group(job).await;
                }
                Job::Delete(job) => {
                    self.commit_batch(std::mem::take(&mut batch)).await;
                    self.commit_deletion(job).await;
                }
            }
        }
        self.commit_batch(batch).await;
    }

    async fn publish(&self, publications: Vec<Publication>) {
        // The publisher outlives the writer; were it gone, clients would find everything by `sync`.
        if !publications.is_empty() && self.publications.send(publications).await.is_err() {
            tracing::error!("the publisher is gone, committed changes are not pushed");
        }
    }
}

/// What the client hears of a failure of the store, which was logged.
fn failed(error: &StoreError) -> ChatError {
    match error {
        StoreError::Unavailable(_) | StoreError::Contended(_) => ChatError::Overloaded,
        StoreError::Conflict { constraint } if constraint == HELD_DECIDED => {
            ChatError::Conflict("the message was decided already")
        }
        _ => ChatError::Failed,
    }
}

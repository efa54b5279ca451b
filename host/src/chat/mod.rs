//! What chat means: messages, receipts, rooms, history, sync.
//!
//! Rule: whoever asks is checked here, so that no transport has rules of its own; what changes a room goes through
//! `writer`, what reads goes through `visibility`.
//!
//! Not here: SQL (`store`), who is online (`delivery`), wire formats (`gateway`).

mod blocks;
mod calling;
mod deletion;
mod departures;
mod earlier;
mod error;
mod groups;
mod held;
mod judging;
mod mutes;
mod own_data;
mod privacy;
mod publisher;
mod reports;
mod sending;
mod summaries;
mod sync;
#[cfg(test)]
pub(crate) mod testing {
    //! Outcomes that a test decides.
    use super::writer::Pending;
    pub(crate) use super::writer::Reply as PendingReply;

    /// A job that is done when the test says so.
    pub(crate) fn pending<T>() -> (PendingReply<T>, Pending<T>) {
        Pending::new()
    }
}
#[cfg(test)]
mod tests;
mod visibility;
mod writer;

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Semaphore, mpsc},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use crate::{
    delivery::{Delivery, Outbound},
    guard::Guard,
    metrics::Metrics,
    model::{
        Member, Message, MessageId, MessageReceipt, ReceiptStatus, RoomId, RoomKind, RoomSummary,
        ServerEvent, SyncRequest, SyncResponse, Typing, UserId, Watermark,
    },
    policy::Policies,
    store::{Direction, MessagePlace, Store, Viewer},
};
use blocks::Blocks;
pub use calling::Reachable;
pub use departures::Departure;
use departures::Departures;
pub use error::ChatError;
use judging::{Lanes, Places};
use mutes::Mutes;
pub use mutes::{MutedBy, NewMute};
use privacy::{Privacies, ReceiptView};
use publisher::Publisher;
use visibility::is_seen_by;
pub use visibility::visible_range;
pub use writer::{Author, History, Pending, WriterLimits};
use writer::{Job, LogJob, ReceiptJob, Writer, WriterParts};

/// Batches of publications between writer and publisher; beyond it the writer waits, and its queue fills.
const PUBLICATION_BATCHES: usize = 64;

/// The limits of what people may write.
#[derive(Clone, Copy, Debug)]
pub struct ChatLimits {
    /// A message's text.
    pub body_bytes: usize,
    /// How the writer batches.
    pub writer: WriterLimits,
}

/// Chat, with its writers and publishers running.
#[derive(Debug)]
pub struct Chat {
    store: Store,
    delivery: Arc<Delivery>,
    policies: Arc<Policies>,
    limits: ChatLimits,
    /// Messages that policies judge.
    lanes: Arc<Lanes>,
    /// What judging takes for granted.
    places: Arc<Places>,
    mutes: Arc<Mutes>,
    view: ReceiptView,
    departures: Departures,
    /// Bytes of messages that may still be taken on.
    room_bytes: Arc<Semaphore>,
    /// A room's is chosen by the room's id.
    writers: Vec<Writer>,
}

/// What chat works with.
#[derive(Clone, Debug)]
pub struct ChatParts {
    /// Rooms and messages.
    pub store: Store,
    /// Who is online.
    pub delivery: Arc<Delivery>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Who judges messages.
    pub policies: Arc<Policies>,
}

/// Ends the writers and the publishers.
#[derive(Debug)]
pub struct ChatTasks {
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

/// Which part of a room's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The newest, newest first.
    Newest,
    /// The newest below this seq, newest first.
    Before(i64),
    /// The oldest above this seq, oldest first.
    After(i64),
}

/// A part of a room's history.
#[derive(Clone, Debug)]
pub struct HistoryPage {
    /// The messages, in the order that the page asked for.
    pub messages: Vec<Message>,
    /// Whether there are more in that direction.
    pub has_more: bool,
}

/// The room list.
#[derive(Clone, Debug)]
pub struct RoomList {
    /// The user's own rev, for `sync`.
    pub user_rev: i64,
    /// Newest activity first.
    pub rooms: Vec<RoomSummary>,
}

impl Chat {
    /// Starts the writers, each with a publisher.
    ///
    /// # Errors
    /// The database failed.
    pub async fn start(
        parts: ChatParts,
        limits: ChatLimits,
    ) -> Result<(Arc<Self>, ChatTasks), ChatError> {
        let ChatParts {
            store,
            delivery,
            metrics,
            policies,
        } = parts;
        let places = Arc::<Places>::default();
        let mutes = Arc::new(Mutes::load(&store).await?);
        let view = ReceiptView {
            blocks: Arc::new(Blocks::load(&store).await?),
            privacies: Arc::new(Privacies::load(&store).await?),
        };
        let departures = Departures::default();
        let stop = CancellationToken::new();
        let (mut writers, mut tasks) = (Vec::new(), Vec::new());
        for _ in 0..limits.writer.writers {
            let (publications, committed) = mpsc::channel(PUBLICATION_BATCHES);
            let parts = WriterParts {
                store: store.for_writer(),
                metrics: Arc::clone(&metrics),
                policies: Arc::clone(&policies),
                mutes: Arc::clone(&mutes),
                view: view.clone(),
                places: Arc::clone(&places),
                publications,
            };
            let (writer, task) = Writer::start(parts, limits.writer, stop.clone());
            writers.push(writer);
            tasks.push(task);
            let (store, delivery) = (store.clone(), Arc::clone(&delivery));
            let publisher = Publisher::new(store, delivery, view.clone(), departures.clone());
            tasks.push(tokio::spawn(publisher.run(committed)));
        }
        let chat = Arc::new(Self {
            store,
            delivery,
            policies,
            limits,
            lanes: Arc::default(),
            places,
            mutes,
            view,
            departures,
            room_bytes: Arc::new(Semaphore::new(limits.writer.queue_bytes)),
            writers,
        });
        tasks.push(tokio::spawn(Arc::clone(&chat).finish_leaving()));
        Ok((chat, ChatTasks { stop, tasks }))
    }

    /// Finishes the work even if whoever asked for it hangs up in between: what was committed must be remembered and told.
    async fn to_its_end<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, ChatError>> + Send + 'static,
    ) -> Result<T, ChatError> {
        tokio::spawn(work).await.unwrap_or(Err(ChatError::Failed))
    }

    /// Queues a job for the writer of its room.
    fn write(&self, job: Job) -> Result<(), ChatError> {
        self.writers[job.writer_key() % self.writers.len()].submit(job)
    }

    /// Queues a receipt; the outcome is the reader's own watermark after it.
    ///
    /// # Errors
    /// The writer takes no more.
    pub fn submit_receipt(
        &self,
        from: Author,
        room_id: RoomId,
        up_to_seq: i64,
        status: ReceiptStatus,
    ) -> Result<Pending<Watermark>, ChatError> {
        let (reply, pending) = Pending::new();
        self.write(Job::Log(LogJob::Receipt(ReceiptJob {
            from,
            room_id,
            up_to_seq,
            status,
            reply,
        })))?;
        Ok(pending)
    }

    /// Tells the other members that somebody is writing. Never stored.
    ///
    /// # Errors
    /// The person does not belong to the room.
    pub async fn typing(
        &self,
        from: Author,
        room_id: RoomId,
        typing: bool,
    ) -> Result<(), ChatError> {
        let room = self.store.room(room_id).await?;
        let members = self.store.members(room_id).await?;
        let mut present: Vec<UserId> = members
            .iter()
            .filter(|it| it.left_seq.is_none() && !it.hidden)
            .map(|it| it.user_id)
            .collect();
        let belongs = present.contains(&from.user_id);
        let room = room.filter(|_| Guard::TypingMember.admits(belongs));
        let kind = room.ok_or(ChatError::NotFound("room"))?.room.kind;
        let blocks = &self.view.blocks;
        present.retain(|it| {
            let is_apart = kind == RoomKind::Direct && blocks.are_apart(from.user_id, *it);
            *it != from.user_id && !is_apart
        });
        let outbound = Outbound::new(ServerEvent::Typing(Typing {
            room_id,
            user_id: from.user_id,
            typing,
        }));
        self.delivery.push_all(present, &outbound);
        Ok(())
    }

    /// The room list with last messages, unread counts and receipts.
    ///
    /// # Errors
    /// The database failed.
    pub async fn rooms(&self, reader: UserId) -> Result<RoomList, ChatError> {
        let account = self
            .store
            .account(reader)
            .await?
            .ok_or(ChatError::NotFound("user"))?;
        let rooms = summaries::of_rooms((&self.store, &self.view), reader).await?;
        Ok(RoomList {
            user_rev: account.user_rev,
            rooms,
        })
    }

    /// A room and its present members.
    ///
    /// # Errors
    /// `NotFound` unless the reader belongs to it.
    pub async fn room(
        &self,
        reader: UserId,
        room_id: RoomId,
    ) -> Result<(RoomSummary, Vec<Member>), ChatError> {
        let summary = summaries::of_room((&self.store, &self.view), reader, room_id)
            .await?
            .ok_or(ChatError::NotFound("room"))?;
        let rows = self.store.members(room_id).await?;
        Ok((
            summary,
            rows.into_iter()
                .filter(|it| it.left_seq.is_none())
                .map(Member::from)
                .collect(),
        ))
    }

    /// A part of the history that the reader may see.
    ///
    /// # Errors
    /// `NotFound` for who never belonged to the room.
    pub async fn history(
        &self,
        reader: UserId,
        room_id: RoomId,
        page: Page,
        limit: i64,
    ) -> Result<HistoryPage, ChatError> {
        let visible = visible_range(&self.store, reader, room_id).await?;
        let (first, last) = (*visible.start(), *visible.end());
        let (seqs, direction) = match page {
            Page::Newest => (first..=last, Direction::Backwards),
            Page::Before(seq) => (
                first..=last.min(seq.saturating_sub(1)),
                Direction::Backwards,
            ),
            Page::After(seq) => (first.max(seq.saturating_add(1))..=last, Direction::Forwards),
        };
        let viewer = Viewer::Person(reader);
        let mut messages = self
            .store
            .messages_between(room_id, viewer, seqs, direction, limit.saturating_add(1))
            .await?;
        let limit = usize::try_from(limit).unwrap_or(0);
        let has_more = messages.len() > limit;
        messages.truncate(limit);
        Ok(HistoryPage { messages, has_more })
    }

    /// One message.
    ///
    /// # Errors
    /// `NotFound` if the reader may not see it.
    pub async fn message(
        &self,
        reader: UserId,
        room_id: RoomId,
        message_id: MessageId,
    ) -> Result<Message, ChatError> {
        let seq = self.visible_place(reader, room_id, message_id).await?.seq;
        let viewer = Viewer::Person(reader);
        let found = self
            .store
            .messages_between(room_id, viewer, seq..=seq, Direction::Forwards, 1)
            .await?;
        found
            .into_iter()
            .next()
            .ok_or(ChatError::NotFound("message"))
    }

    /// Who received and read a message, and when; members who have not are listed without times.
    ///
    /// # Errors
    /// `NotFound` if the reader may not see the message.
    pub async fn receipts(
        &self,
        reader: UserId,
        room_id: RoomId,
        message_id: MessageId,
    ) -> Result<Vec<MessageReceipt>, ChatError> {
        let place = self.visible_place(reader, room_id, message_id).await?;
        let room = self.store.room(room_id).await?;
        let kind = room.ok_or(ChatError::NotFound("room"))?.room.kind;
        let mut receipts = self.store.receipts_of(room_id, place.seq).await?;
        receipts.retain(|it| it.user_id != place.sender_id);
        let seen = |it: MessageReceipt| match place.only_sender {
            // Nobody else ever gets it, whatever of the room they have read.
            true => MessageReceipt {
                delivered_at: None,
                read_at: None,
                ..it
            },
            false => self.view.receipt((kind, place.seq), it, reader),
        };
        Ok(receipts.into_iter().map(seen).collect())
    }

    /// Where a message stands that the reader may see.
    async fn visible_place(
        &self,
        reader: UserId,
        room_id: RoomId,
        message_id: MessageId,
    ) -> Result<MessagePlace, ChatError> {
        let visible = visible_range(&self.store, reader, room_id).await?;
        let place = self.store.message_place(room_id, message_id).await?;
        place
            .filter(|it| visible.contains(&it.seq) && is_seen_by(reader, it))
            .ok_or(ChatError::NotFound("message"))
    }

    /// What changed since the client's cursors.
    ///
    /// # Errors
    /// The request is over its limits, or the database failed.
    pub async fn sync(
        &self,
        reader: UserId,
        request: SyncRequest,
    ) -> Result<SyncResponse, ChatError> {
        sync::sync((&self.store, &self.view), reader, request).await
    }
}

impl ChatTasks {
    /// Refuses new writes, commits and publishes what waits, and ends; at most `within`.
    ///
    /// # Errors
    /// It took longer. What was not committed was not acknowledged either.
    pub async fn stop(self, within: Duration) -> Result<(), tokio::time::error::Elapsed> {
        self.stop.cancel();
        tokio::time::timeout(within, async {
            for task in self.tasks {
                if let Err(error) = task.await {
                    tracing::error!(%error, "a chat task ended badly");
                }
            }
        })
        .await
    }
}

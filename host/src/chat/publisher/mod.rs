//! Tells the members of a room what was committed, in the order of commits.
//!
//! Rule: only what is on disk is told. Publishing never waits for a client; it reads the database only where an event
//! needs more than the writer knew.
//!
//! Not here: mailboxes (`delivery`), encoding (`gateway`).

mod receipts;

use std::{
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::FutureExt as _;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::{departures::Departures, privacy::ReceiptView, summaries};
use crate::{
    delivery::{Delivery, Outbound},
    model::{
        DeletedMessage, Member, Message, ReceivedMessage, RoomId, RoomKind, ServerEvent, SessionId,
        UserId,
    },
    store::Store,
};
use receipts::Coalescer;
pub(super) use receipts::{Lows, ReceiptNews};

/// How often held receipts are looked at.
const SWEEP: Duration = Duration::from_millis(250);

/// Something that was committed.
#[derive(Debug)]
pub(super) enum Publication {
    /// A message; `to` are the members, the sender included.
    Message {
        message: Message,
        client_msg_id: String,
        session_id: Option<SessionId>,
        /// Given back when the message is told.
        share: OwnedSemaphorePermit,
        room_kind: RoomKind,
        to: Arc<[UserId]>,
    },
    /// A message was deleted.
    Deleted {
        deleted: DeletedMessage,
        to: Vec<UserId>,
    },
    /// A watermark rose.
    Receipt(ReceiptNews),
    /// The room is new to these people, or was renamed. What is told next rises from `rev`.
    Room {
        room_id: RoomId,
        rev: i64,
        to: Vec<UserId>,
    },
    /// Something may have been committed that is not told: a batch broke off at its commit, or panicked after it.
    Unknown,
    /// People joined, left or changed role.
    Members {
        changes: Vec<Member>,
        to: Vec<UserId>,
    },
    /// Something may have been committed that was not told.
    SyncRequired { to: Vec<UserId> },
}

/// The task's state.
pub(super) struct Publisher {
    store: Store,
    delivery: Arc<Delivery>,
    view: ReceiptView,
    departures: Departures,
    coalescer: Coalescer,
}

impl Publisher {
    pub(super) fn new(
        store: Store,
        delivery: Arc<Delivery>,
        view: ReceiptView,
        departures: Departures,
    ) -> Self {
        Self {
            store,
            delivery,
            view,
            departures,
            coalescer: Coalescer::default(),
        }
    }

    /// Tells what is committed, until the writer's end of the channel is gone and all is told.
    pub(super) async fn run(mut self, mut publications: mpsc::Receiver<Vec<Publication>>) {
        let mut sweep = tokio::time::interval(SWEEP);
        sweep.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                committed = publications.recv() => match committed {
                    Some(committed) => self.publish_all(committed).await,
                    None => return,
                },
                _ = sweep.tick(), if self.coalescer.holds_any() => {
                    for news in self.coalescer.due(Instant::now()) {
                        self.tell_receipt(&news).await;
                    }
                }
            }
        }
    }

    /// A panic costs the rest of its batch; everybody is told to ask for what they missed.
    async fn publish_all(&mut self, committed: Vec<Publication>) {
        let work = async {
            for publication in committed {
                self.publish(publication).await;
            }
        };
        if AssertUnwindSafe(work).catch_unwind().await.is_err() {
            tracing::error!("publishing broke off; every client is told to sync");
            self.tell_all_to_sync();
        }
    }

    fn tell_all_to_sync(&self) {
        self.departures.note_unknown();
        let outbound = Outbound::new(ServerEvent::SyncRequired {});
        self.delivery.push_to_everybody(&outbound);
    }

    async fn publish(&mut self, publication: Publication) {
        match publication {
            Publication::Message {
                message,
                client_msg_id,
                session_id,
                share,
                room_kind,
                to,
            } => {
                self.tell_message(message, client_msg_id, session_id, room_kind, &to);
                drop(share);
            }
            Publication::Receipt(news) => {
                if let Some(news) = self.coalescer.admit(news, Instant::now()) {
                    self.tell_receipt(&news).await;
                }
            }
            Publication::Deleted { deleted, to } => {
                let outbound = Outbound::new(ServerEvent::MessageDeleted(deleted));
                self.delivery.push_all(to, &outbound);
            }
            Publication::Unknown => self.tell_all_to_sync(),
            Publication::Room { room_id, rev, to } => self.tell_room(room_id, rev, &to).await,
            Publication::Members { changes, to } => {
                self.departures.note(&changes);
                for change in changes {
                    let outbound = Outbound::new(ServerEvent::MemberUpdated(change));
                    self.delivery.push_all(to.iter().copied(), &outbound);
                }
            }
            Publication::SyncRequired { to } => {
                self.departures.note_unknown();
                let outbound = Outbound::new(ServerEvent::SyncRequired {});
                self.delivery.push_all(to, &outbound);
            }
        }
    }

    fn tell_message(
        &self,
        message: Message,
        client_msg_id: String,
        session_id: Option<SessionId>,
        room_kind: RoomKind,
        to: &[UserId],
    ) {
        let event = |message, client_msg_id| {
            let received = ReceivedMessage {
                message,
                client_msg_id,
            };
            Outbound::new(match room_kind {
                RoomKind::Direct => ServerEvent::ReceivePrivateMessage(received),
                RoomKind::Group => ServerEvent::ReceiveGroupMessage(received),
            })
        };
        let sender = message.sender_id;
        if self.delivery.has_others(sender, session_id) {
            let own_copy = event(message.clone(), Some(client_msg_id));
            self.delivery.push_to_others(sender, session_id, &own_copy);
        }
        let outbound = event(message, None);
        self.delivery
            .push_all(to.iter().copied().filter(|it| *it != sender), &outbound);
    }

    /// Each addressee sees the room with their own role and counts, so each gets an event of their own.
    ///
    /// The room is read as it is by now; it goes out with the `rev` of the change that is told. A newer one would make
    /// clients drop what was committed in between and is told next.
    async fn tell_room(&self, room_id: RoomId, rev: i64, to: &[UserId]) {
        let online = to.iter().copied();
        let online: Vec<UserId> = online.filter(|it| self.delivery.is_online(*it)).collect();
        if online.is_empty() {
            return;
        }
        match summaries::of_room_for((&self.store, &self.view), room_id, &online).await {
            Ok(summaries) => {
                for (user_id, mut summary) in summaries {
                    summary.room.rev = rev;
                    let outbound = Outbound::new(ServerEvent::RoomUpdated(summary));
                    self.delivery.push(user_id, &outbound);
                }
            }
            Err(error) => {
                tracing::error!(%error, "a room could not be read for its push, clients are told to sync");
                self.delivery
                    .push_all(online, &Outbound::new(ServerEvent::SyncRequired {}));
            }
        }
    }

    async fn tell_receipt(&self, news: &ReceiptNews) {
        let authors = match &news.authors {
            Some(authors) => authors.clone(),
            None => match self
                .store
                .authors_between(news.room_id, news.first_seq, news.up_to_seq)
                .await
            {
                Ok(authors) => authors,
                Err(error) => {
                    tracing::error!(%error, "a receipt could not be told");
                    return;
                }
            },
        };
        // A blocked person hears nothing of the one who blocks them, where they are alone with each other.
        let is_apart = |it| news.is_direct() && self.view.blocks.has(news.reader, it);
        let told = |it: &UserId| *it != news.reader && news.members.contains(it) && !is_apart(*it);
        for author in authors.into_iter().filter(told) {
            let event = news.event_for(author, &self.view);
            self.delivery.push(author, &Outbound::new(event));
        }
        if self.delivery.has_others(news.reader, news.session_id) {
            let own = Outbound::new(news.event_for(news.reader, &self.view));
            self.delivery
                .push_to_others(news.reader, news.session_id, &own);
        }
    }
}

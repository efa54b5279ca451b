//! What people chose about who reaches them, and who sees whose receipts.
//!
//! Rule: choices are remembered here; the database has them for the next start.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
};

use super::{Chat, ChatError, blocks::Blocks};
use crate::{
    model::{MessageReceipt, Privacy, Reach, RoomKind, UserId, Watermark},
    store::{Store, StoreError},
};

/// Everybody's choices.
#[derive(Debug, Default)]
pub(super) struct Privacies {
    of_people: RwLock<HashMap<UserId, Privacy>>,
    /// Changes take place one after the other, so that memory follows the database.
    changing: tokio::sync::Mutex<()>,
}

impl Privacies {
    /// What the database has.
    pub(super) async fn load(store: &Store) -> Result<Self, StoreError> {
        let of_people = store.privacies().await?.into_iter().collect();
        Ok(Self {
            of_people: RwLock::new(of_people),
            changing: tokio::sync::Mutex::default(),
        })
    }

    /// One person's choices.
    pub(super) fn of(&self, user_id: UserId) -> Privacy {
        self.read().get(&user_id).copied().unwrap_or_default()
    }

    /// Whether somebody may begin a conversation with a person.
    pub(super) async fn admits_writing(
        &self,
        store: &Store,
        from: UserId,
        to: UserId,
    ) -> Result<bool, StoreError> {
        reaches(self.of(to).who_may_write, store, from, to).await
    }

    /// Whether somebody may call a person.
    pub(super) async fn admits_calling(
        &self,
        store: &Store,
        from: UserId,
        to: UserId,
    ) -> Result<bool, StoreError> {
        reaches(self.of(to).who_may_call, store, from, to).await
    }

    // A panic under this lock leaves the map whole, so poisoning carries no news.
    fn read(&self) -> RwLockReadGuard<'_, HashMap<UserId, Privacy>> {
        self.of_people
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

async fn reaches(
    reach: Reach,
    store: &Store,
    from: UserId,
    to: UserId,
) -> Result<bool, StoreError> {
    Ok(match reach {
        _ if from == to => true,
        Reach::Everybody => true,
        Reach::SharedGroups => store.share_a_group(from, to).await?,
        Reach::Nobody => false,
    })
}

/// Who sees whose receipts.
#[derive(Clone, Debug)]
pub(super) struct ReceiptView {
    pub(super) blocks: Arc<Blocks>,
    pub(super) privacies: Arc<Privacies>,
}

impl ReceiptView {
    /// A member's receipts as somebody sees them.
    pub(super) fn mark(&self, kind: RoomKind, mark: Watermark, viewer: UserId) -> Watermark {
        if mark.user_id == viewer {
            return mark;
        }
        let mark = match kind {
            RoomKind::Direct => self.blocks.seen_by(viewer, mark),
            RoomKind::Group => mark,
        };
        Watermark {
            read_seq: match self.shows_reads(mark.user_id, viewer) {
                true => mark.read_seq,
                false => 0,
            },
            ..mark
        }
    }

    /// Whether a person tells others what they read.
    pub(super) fn tells_reads(&self, user_id: UserId) -> bool {
        let people = self.privacies.read();
        people.get(&user_id).is_none_or(|it| it.read_receipts)
    }

    /// Whether somebody sees what a person reads: who does not tell is not told either.
    pub(super) fn shows_reads(&self, reader: UserId, viewer: UserId) -> bool {
        reader == viewer || (self.tells_reads(reader) && self.tells_reads(viewer))
    }

    /// One message's receipts as somebody sees them.
    pub(super) fn receipt(
        &self,
        (kind, seq): (RoomKind, i64),
        receipt: MessageReceipt,
        viewer: UserId,
    ) -> MessageReceipt {
        let all = Watermark {
            user_id: receipt.user_id,
            delivered_seq: i64::MAX,
            read_seq: i64::MAX,
        };
        let seen = self.mark(kind, all, viewer);
        MessageReceipt {
            delivered_at: receipt.delivered_at.filter(|_| seq <= seen.delivered_seq),
            read_at: receipt.read_at.filter(|_| seq <= seen.read_seq),
            ..receipt
        }
    }
}

impl Chat {
    /// What a person chose.
    #[must_use]
    pub fn privacy(&self, user_id: UserId) -> Privacy {
        self.view.privacies.of(user_id)
    }

    /// Chooses.
    ///
    /// # Errors
    /// The database failed.
    pub async fn set_privacy(
        self: &Arc<Self>,
        user_id: UserId,
        privacy: Privacy,
    ) -> Result<(), ChatError> {
        let chat = Arc::clone(self);
        self.to_its_end(async move {
            let privacies = &chat.view.privacies;
            let _changing = privacies.changing.lock().await;
            chat.store.put_privacy(user_id, privacy).await?;
            let of_people = &privacies.of_people;
            let mut people = of_people.write().unwrap_or_else(PoisonError::into_inner);
            people.insert(user_id, privacy);
            Ok(())
        })
        .await
    }
}

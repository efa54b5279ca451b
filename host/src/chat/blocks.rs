//! Who wants to hear nothing from whom in private.
//!
//! Rule: whoever is blocked cannot tell it from somebody who is away. In the direct room their messages are stored, each at its
//! place, and stay theirs alone, also after the block's end; nothing comes back to them: no receipt, no typing. Groups go on as ever.
//! What is in force is remembered here; the database has it for the next start.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use super::{Chat, ChatError};
use crate::{
    delivery::Outbound,
    guard::Guard,
    model::{Block, BlockChanged, ServerEvent, Timestamp, UserId, Watermark},
    store::{KeptBlock, Store, StoreError},
};

/// People whom one person may block. Chosen, not standard: all blocks are kept in memory.
const MAX_BLOCKS: usize = 1_000;

/// What is in force.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    /// By who blocks and who is blocked.
    pairs: RwLock<HashMap<(UserId, UserId), KeptBlock>>,
    /// Changes are rare, and take place one after the other, so that memory follows the database.
    changing: tokio::sync::Mutex<()>,
}

impl Blocks {
    /// What the database has.
    pub(super) async fn load(store: &Store) -> Result<Self, StoreError> {
        let blocks = Self::default();
        for block in store.blocks(None).await? {
            blocks.put(block);
        }
        Ok(blocks)
    }

    /// Whether the first of these blocks the second.
    pub(super) fn has(&self, user_id: UserId, blocked_id: UserId) -> bool {
        self.read().contains_key(&(user_id, blocked_id))
    }

    /// Whether nobody but the sender is to see what they write to a person: that one blocks them.
    ///
    /// # Errors
    /// `Forbidden` if the sender blocks that person.
    pub(super) fn muffles(&self, sender: UserId, to: UserId) -> Result<bool, ChatError> {
        if !Guard::UnblockedRecipient.admits(!self.has(sender, to)) {
            return Err(ChatError::Forbidden("you block this person"));
        }
        Ok(!Guard::UnblockedSender.admits(!self.has(to, sender)))
    }

    /// Whether one of these blocks the other.
    pub(super) fn are_apart(&self, one: UserId, other: UserId) -> bool {
        let pairs = self.read();
        pairs.contains_key(&(one, other)) || pairs.contains_key(&(other, one))
    }

    /// A person's receipts in a direct room as the other one sees them: where they stood when that one was blocked.
    pub(super) fn seen_by(&self, viewer: UserId, mark: Watermark) -> Watermark {
        match self.read().get(&(mark.user_id, viewer)) {
            Some(block) => Watermark {
                delivered_seq: mark.delivered_seq.min(block.delivered_seq),
                read_seq: mark.read_seq.min(block.read_seq),
                ..mark
            },
            None => mark,
        }
    }

    fn put(&self, block: KeptBlock) {
        self.write()
            .insert((block.user_id, block.blocked_id), block);
    }

    // A panic under these locks leaves the map whole, so poisoning carries no news.
    fn read(&self) -> RwLockReadGuard<'_, HashMap<(UserId, UserId), KeptBlock>> {
        self.pairs.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<(UserId, UserId), KeptBlock>> {
        self.pairs.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Chat {
    /// Blocks somebody; nothing happens if they are blocked already. What is being stored at this moment may still arrive.
    ///
    /// # Errors
    /// `NotFound` if there is no such person; `Invalid` for oneself; `TooLarge` if too many are blocked.
    pub async fn block(
        self: &Arc<Self>,
        user_id: UserId,
        blocked_id: UserId,
    ) -> Result<(), ChatError> {
        if user_id == blocked_id {
            return Err(ChatError::Invalid(
                "user_id: nobody blocks themselves".to_owned(),
            ));
        }
        let chat = Arc::clone(self);
        self.to_its_end(async move {
            let _changing = chat.view.blocks.changing.lock().await;
            let present = chat.store.blocks(Some(user_id)).await?.len();
            if present >= MAX_BLOCKS {
                return Err(ChatError::TooLarge {
                    what: "people whom you block",
                    actual: present + 1,
                    limit: MAX_BLOCKS,
                });
            }
            let block = chat.new_block(user_id, blocked_id).await?;
            let put = chat.store.put_block(&block).await;
            let put = put.map_err(|error| match error {
                StoreError::MissingReference => ChatError::NotFound("user"),
                error => error.into(),
            })?;
            if let Some(user_rev) = put {
                chat.view.blocks.put(block);
                chat.tell_block(user_id, blocked_id, (true, user_rev));
            }
            Ok(())
        })
        .await
    }

    /// Ends a block; nothing happens if there is none. What was sent meanwhile is not delivered.
    ///
    /// # Errors
    /// The database failed.
    pub async fn unblock(
        self: &Arc<Self>,
        user_id: UserId,
        blocked_id: UserId,
    ) -> Result<(), ChatError> {
        let chat = Arc::clone(self);
        self.to_its_end(async move {
            let _changing = chat.view.blocks.changing.lock().await;
            let removed = chat.store.remove_block(user_id, blocked_id).await?;
            chat.view.blocks.write().remove(&(user_id, blocked_id));
            if let Some(user_rev) = removed {
                chat.tell_block(user_id, blocked_id, (false, user_rev));
            }
            Ok(())
        })
        .await
    }

    /// Whom a person blocks, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn blocks(&self, user_id: UserId) -> Result<Vec<Block>, ChatError> {
        let kept = self.store.blocks(Some(user_id)).await?;
        let block = |it: KeptBlock| Block {
            user_id: it.blocked_id,
            created_at: it.created_at,
        };
        Ok(kept.into_iter().map(block).collect())
    }

    /// A block from now on, with the receipts that the blocked person has seen by now.
    async fn new_block(&self, user_id: UserId, blocked_id: UserId) -> Result<KeptBlock, ChatError> {
        let room_id = self.store.direct_room(user_id, blocked_id).await?;
        let own = match room_id {
            Some(room_id) => self.store.member(room_id, user_id).await?,
            None => None,
        };
        Ok(KeptBlock {
            user_id,
            blocked_id,
            created_at: Timestamp::now(),
            delivered_seq: own.map_or(0, |it| it.delivered_seq),
            read_seq: own.map_or(0, |it| it.read_seq),
        })
    }

    fn tell_block(&self, to: UserId, user_id: UserId, (blocked, user_rev): (bool, i64)) {
        let event = ServerEvent::BlockChanged(BlockChanged {
            user_id,
            blocked,
            user_rev,
        });
        self.delivery.push(to, &Outbound::new(event));
    }
}

//! What a person wrote and read, for themselves; and their leaving for good.

use std::sync::Arc;

use super::{
    Chat, ChatError, Pending,
    writer::{GroupChange, GroupJob, Job},
};
use crate::{
    model::{
        Cursor, OwnHeldMessage, OwnMessage, OwnReceipt, OwnRoom, Report, RoomId, RoomKind, UserId,
    },
    store::ReceiptCursor,
};

impl Chat {
    /// The rooms to which a person belongs or belonged.
    ///
    /// # Errors
    /// The database failed.
    pub async fn own_rooms(&self, user_id: UserId) -> Result<Vec<OwnRoom>, ChatError> {
        Ok(self.store.own_rooms(user_id).await?)
    }

    /// What a person wrote, in the order of their clients' ids of it, after this one.
    ///
    /// # Errors
    /// The database failed.
    pub async fn own_messages(
        &self,
        user_id: UserId,
        after: &str,
        limit: i64,
    ) -> Result<Vec<OwnMessage>, ChatError> {
        Ok(self.store.own_messages(user_id, after, limit).await?)
    }

    /// What a person wrote and a policy held, in the order of their clients' ids of it, after this one.
    ///
    /// # Errors
    /// The database failed.
    pub async fn own_held_messages(
        &self,
        user_id: UserId,
        after: &str,
        limit: i64,
    ) -> Result<Vec<OwnHeldMessage>, ChatError> {
        Ok(self.store.own_held_messages(user_id, after, limit).await?)
    }

    /// What a person reported, after the cursor, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn own_reports(
        &self,
        user_id: UserId,
        after: Cursor,
        limit: i64,
    ) -> Result<Vec<Report>, ChatError> {
        Ok(self.store.reports_by(user_id, after, limit).await?)
    }

    /// When a person received and read what in a room, after this place in the list.
    ///
    /// # Errors
    /// The database failed.
    pub async fn own_receipts(
        &self,
        user_id: UserId,
        room_id: RoomId,
        after: ReceiptCursor,
        limit: i64,
    ) -> Result<Vec<OwnReceipt>, ChatError> {
        let kept = self.store.own_receipts((user_id, room_id), after, limit);
        Ok(kept.await?)
    }

    /// Lets a deleted account leave its groups; policies have no say in it. What is cut short is done at the next start.
    ///
    /// # Errors
    /// The writer takes no more, or the database failed.
    pub async fn leave_groups(self: &Arc<Self>, user_id: UserId) -> Result<(), ChatError> {
        let chat = Arc::clone(self);
        self.to_its_end(async move {
            for room in chat.store.own_rooms(user_id).await? {
                if room.kind == RoomKind::Group && !room.has_left {
                    chat.leave(user_id, room.room_id).await?;
                }
            }
            Ok(())
        })
        .await
    }

    /// Finishes the leaving that was cut short.
    pub(super) async fn finish_leaving(self: Arc<Self>) {
        let left = async {
            for (user_id, room_id) in self.store.groups_of_the_deleted().await? {
                self.leave(user_id, room_id).await?;
            }
            Ok::<(), ChatError>(())
        };
        if let Err(error) = left.await {
            tracing::error!(%error, "deleted accounts still belong to groups");
        }
    }

    async fn leave(&self, user_id: UserId, room_id: RoomId) -> Result<(), ChatError> {
        let (reply, mut pending) = Pending::new();
        self.write(Job::Group(GroupJob {
            by: user_id,
            room_id,
            change: GroupChange::Remove(user_id),
            audit: None,
            reply,
        }))?;
        pending.outcome().await.map(drop)
    }
}

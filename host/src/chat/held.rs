//! The review of messages that policies held.
//!
//! Rule: an admin decides once. A release goes through the room's writer, so that it gets the next place; the sender hears of
//! either decision after its commit.

use std::sync::Arc;

use super::{
    Author, Chat, ChatError, Pending,
    judging::SendReply,
    writer::{Job, LogJob, Origin, SendJob},
};
use crate::{
    delivery::Outbound,
    model::{
        Cursor, HeldContext, HeldEntry, HeldStatus, MessageDecision, MessageId, NewMessage, RoomId,
        SendTarget, SentMessage, ServerEvent, Submitted, Timestamp, UserId, UserRole,
    },
    store::{Direction, HeldDecision, HeldRow, Viewer},
};

/// Messages that an admin is shown on each side of one that waits or was reported. Chosen, not standard: enough to see what it is about, and no
/// way to read other people's rooms.
pub(super) const CONTEXT: i64 = 5;

impl Chat {
    /// Messages that wait, after the cursor, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn held_messages(
        &self,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<Vec<HeldEntry>, ChatError> {
        let after = after.unwrap_or(Cursor::FIRST);
        let rows = self.store.held_messages(after, limit).await?;
        Ok(rows.into_iter().map(|row| row.entry).collect())
    }

    /// How many wait.
    ///
    /// # Errors
    /// The database failed.
    pub async fn held_count(&self) -> Result<i64, ChatError> {
        Ok(self.store.held_count().await?)
    }

    /// A message that waits, and what was said around it in its room.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` if it does not wait any more.
    pub async fn held_context(&self, message_id: MessageId) -> Result<HeldContext, ChatError> {
        let held = self.waiting(message_id).await?.entry;
        let mut context = HeldContext {
            room: None,
            before: Vec::new(),
            after: Vec::new(),
            held,
        };
        let Some(room_id) = context.held.room_id else {
            return Ok(context);
        };
        let seq = self
            .store
            .place_at(room_id, context.held.created_at)
            .await?;
        let before = self.store.messages_between(
            room_id,
            Viewer::Admin,
            1..=seq,
            Direction::Backwards,
            CONTEXT,
        );
        context.before = before.await?;
        context.before.reverse();
        let since = seq.saturating_add(1)..=i64::MAX;
        let after = self.store.messages_between(
            room_id,
            Viewer::Admin,
            since,
            Direction::Forwards,
            CONTEXT,
        );
        context.after = after.await?;
        context.room = self.store.room(room_id).await?.map(|row| row.room);
        Ok(context)
    }

    /// Lets a message through: it gets the next place in its room and keeps its time.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` if it does not wait any more, or if its sender may not write there any more.
    pub async fn release_held(
        self: &Arc<Self>,
        by: UserId,
        message_id: MessageId,
    ) -> Result<SentMessage, ChatError> {
        let row = self.waiting(message_id).await?;
        let decision = HeldDecision {
            message_id,
            sender_id: row.entry.sender_id,
            by,
            at: Timestamp::now(),
            reason: None,
        };
        let chat = Arc::clone(self);
        // To its end, even if the admin hangs up: who is told after a commit must be told.
        let releasing = tokio::spawn(async move { chat.release(row, decision).await });
        releasing.await.unwrap_or(Err(ChatError::Failed))
    }

    async fn release(
        &self,
        row: HeldRow,
        decision: HeldDecision,
    ) -> Result<SentMessage, ChatError> {
        let entry = row.entry;
        let new = NewMessage {
            target: match (entry.recipient_id, entry.room_id) {
                (None, Some(room_id)) => SendTarget::Group(room_id),
                (Some(to), _) => SendTarget::User(to),
                (None, None) => return Err(ChatError::NotFound("room")),
            },
            client_msg_id: row.client_msg_id,
            body: entry.body,
            reply_to: entry.reply_to,
        };
        let share = self.share_of(&new)?;
        let (reply, mut pending) = Pending::new();
        self.write(Job::Log(LogJob::Send(SendJob {
            from: Author {
                user_id: entry.sender_id,
                account_role: UserRole::Member,
                session_id: None,
            },
            new,
            request_hash: row.request_hash,
            message_id: entry.message_id,
            origin: Origin::Release(Box::new(decision), entry.created_at),
            effects: Vec::new(),
            share,
            reply: SendReply::plain(reply),
        })))?;
        match pending.outcome().await {
            Ok(Submitted::Sent(sent)) => {
                let news = (Some(sent.room_id), HeldStatus::Released, None);
                self.tell_sender(entry.sender_id, entry.message_id, news);
                Ok(sent)
            }
            Ok(_) => Err(ChatError::Failed),
            Err(ChatError::NotFound(_) | ChatError::Forbidden(_)) => Err(ChatError::Conflict(
                "the sender may not write there any more",
            )),
            Err(error) => Err(error),
        }
    }

    /// Refuses a message; the sender hears why.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` if it does not wait any more.
    pub async fn reject_held(
        &self,
        by: UserId,
        message_id: MessageId,
        reason: Option<String>,
    ) -> Result<(), ChatError> {
        let entry = self.waiting(message_id).await?.entry;
        let decision = HeldDecision {
            message_id,
            sender_id: entry.sender_id,
            by,
            at: Timestamp::now(),
            reason: reason.clone(),
        };
        if !self.store.reject_held(&decision).await? {
            return Err(ChatError::Conflict("the message was decided already"));
        }
        let news = (entry.room_id, HeldStatus::Rejected, reason);
        self.tell_sender(entry.sender_id, message_id, news);
        Ok(())
    }

    async fn waiting(&self, message_id: MessageId) -> Result<HeldRow, ChatError> {
        let row = self.store.held_message(message_id).await?;
        let row = row.ok_or(ChatError::NotFound("held message"))?;
        match row.entry.status {
            HeldStatus::Held => Ok(row),
            _ => Err(ChatError::Conflict("the message was decided already")),
        }
    }

    fn tell_sender(
        &self,
        sender_id: UserId,
        message_id: MessageId,
        (room_id, status, reason): (Option<RoomId>, HeldStatus, Option<String>),
    ) {
        let event = ServerEvent::MessageDecision(MessageDecision {
            message_id,
            room_id,
            status,
            reason,
        });
        self.delivery.push(sender_id, &Outbound::new(event));
    }
}

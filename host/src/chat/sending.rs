//! Messages on their way in: what can be seen without the room is checked here, then they are judged or queued.
//!
//! Rule: one sender's messages to one room keep the order in which they were submitted.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use tokio::sync::OwnedSemaphorePermit;
use uuid::Uuid;

use super::{
    Author, Chat, ChatError, Pending,
    judging::{SendReply, Submission},
    writer::{Job, LogJob, Origin, SendJob},
};
use crate::model::{
    CallId, MessageId, NewMessage, RoomId, SendTarget, Submitted, UserId, UserRole,
};

impl Chat {
    /// Queues a message. Messages that one caller submits one after the other keep that order.
    ///
    /// # Errors
    /// The message cannot be taken; what only the commit can tell comes with the outcome.
    pub async fn submit(
        self: &Arc<Self>,
        from: Author,
        new: NewMessage,
    ) -> Result<Pending<Submitted>, ChatError> {
        self.check_body(&new.body)?;
        if !(1..=64).contains(&new.client_msg_id.chars().count())
            || new.client_msg_id.contains('\0')
        {
            return Err(ChatError::Invalid(
                "client_msg_id must have 1 to 64 characters, none of them NUL".to_owned(),
            ));
        }
        if let Some(reply_to) = new.reply_to {
            self.check_reply(from.user_id, new.target, reply_to).await?;
        }
        let share = self.share_of(&new)?;
        let request_hash = request_hash(&new);
        let message_id = MessageId::generate();
        let (reply, pending) = Pending::new();
        let reply = SendReply::plain(reply);
        if self.is_judged(from, &new) {
            self.judge(Submission {
                from,
                new,
                message_id,
                request_hash,
                is_retry: false,
                share,
                reply,
            })?;
            return Ok(pending);
        }
        self.write(Job::Log(LogJob::Send(SendJob {
            from,
            new,
            request_hash,
            message_id,
            origin: Origin::Person {
                is_rewritten: false,
            },
            effects: Vec::new(),
            share,
            reply,
        })))?;
        Ok(pending)
    }

    /// Says something in a room as a plugin's bot, which belongs to none. No policy is asked or told.
    ///
    /// # Errors
    /// The text cannot be sent; `NotFound` if there is no such room.
    pub async fn post(&self, bot: UserId, room_id: RoomId, body: String) -> Result<(), ChatError> {
        self.check_body(&body)?;
        let message_id = MessageId::generate();
        let new = NewMessage {
            target: SendTarget::Group(room_id),
            client_msg_id: message_id.to_string(),
            body,
            reply_to: None,
        };
        let share = self.share_of(&new)?;
        let request_hash = request_hash(&new);
        let (reply, mut pending) = Pending::new();
        self.write(Job::Log(LogJob::Send(SendJob {
            from: Author {
                user_id: bot,
                account_role: UserRole::Member,
                session_id: None,
            },
            new,
            request_hash,
            message_id,
            origin: Origin::Bot,
            effects: Vec::new(),
            share,
            reply: SendReply::plain(reply),
        })))?;
        pending.outcome().await.map(drop)
    }

    /// Says in a room that nobody answered a call; answers which room that is. Tried again, it is said once. No policy is asked or
    /// told.
    ///
    /// # Errors
    /// There is no such room any more, or the caller does not belong to it.
    pub async fn post_call(
        &self,
        caller: UserId,
        target: SendTarget,
        (call_id, text): (CallId, &str),
    ) -> Result<RoomId, ChatError> {
        let new = NewMessage {
            target,
            client_msg_id: format!("call:{call_id}"),
            body: text.to_owned(),
            reply_to: None,
        };
        let share = self.share_of(&new)?;
        let request_hash = request_hash(&new);
        let (reply, mut pending) = Pending::new();
        self.write(Job::Log(LogJob::Send(SendJob {
            from: Author {
                user_id: caller,
                account_role: UserRole::Member,
                session_id: None,
            },
            new,
            request_hash,
            message_id: MessageId(call_id.0),
            origin: Origin::Call,
            effects: Vec::new(),
            share,
            reply: SendReply::plain(reply),
        })))?;
        match pending.outcome().await? {
            Submitted::Sent(sent) => Ok(sent.room_id),
            Submitted::Held(_) | Submitted::Command(_) => Err(ChatError::Failed),
        }
    }

    /// Takes the message's share of the memory for messages on their way.
    pub(super) fn share_of(&self, new: &NewMessage) -> Result<OwnedSemaphorePermit, ChatError> {
        let bytes = u32::try_from(new.body.len()).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room_bytes);
        room.try_acquire_many_owned(bytes)
            .map_err(|_| ChatError::Overloaded)
    }

    fn check_body(&self, body: &str) -> Result<(), ChatError> {
        if body.len() > self.limits.body_bytes {
            return Err(ChatError::TooLarge {
                what: "body in bytes",
                actual: body.len(),
                limit: self.limits.body_bytes,
            });
        }
        if body.trim().is_empty() || body.contains('\0') {
            return Err(ChatError::Invalid(
                "body must have more than white space, and no NUL".to_owned(),
            ));
        }
        Ok(())
    }

    /// A reply names a message of the same room that the sender may see.
    async fn check_reply(
        &self,
        from: UserId,
        target: SendTarget,
        reply_to: MessageId,
    ) -> Result<(), ChatError> {
        let room_id = match target {
            SendTarget::Group(room_id) => Some(room_id),
            SendTarget::User(to) => self.store.direct_room(from, to).await?,
        };
        let room_id = room_id.ok_or(ChatError::NotFound("message to reply to"))?;
        match self.visible_place(from, room_id, reply_to).await {
            Ok(_) => Ok(()),
            Err(ChatError::NotFound("message")) => Err(ChatError::NotFound("message to reply to")),
            Err(error) => Err(error),
        }
    }
}

/// What a retry must repeat exactly.
fn request_hash(new: &NewMessage) -> Uuid {
    let mut hasher = Sha256::new();
    match new.target {
        SendTarget::User(to) => hasher.update([b"user".as_slice(), to.0.as_bytes()].concat()),
        SendTarget::Group(room_id) => {
            hasher.update([b"room".as_slice(), room_id.0.as_bytes()].concat())
        }
    }
    hasher.update(new.reply_to.map_or([0; 16], |it| *it.0.as_bytes()));
    hasher.update(new.body.as_bytes());
    let hash = hasher.finalize();
    let mut half = [0; 16];
    half.copy_from_slice(&hash[..16]);
    Uuid::from_bytes(half)
}

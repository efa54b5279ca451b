//! Deleting a message, in a transaction of its own.

use super::{DeleteJob, Deleter, Task, failed};
use crate::{
    chat::{ChatError, is_seen_by, publisher::Publication, visible_range},
    guard::Guard,
    model::{DeletedMessage, MemberRole, Message, MessageId, RoomId, RoomKind, Timestamp, UserId},
    store::{Direction, MessagePlace, Viewer},
};

impl Task {
    /// Commits one deletion and answers it.
    pub(super) async fn commit_deletion(&mut self, job: DeleteJob) {
        let DeleteJob {
            by,
            room_id,
            message_id,
            reply,
        } = job;
        if self.outage.noticed {
            return drop(reply.send(Err(ChatError::Overloaded)));
        }
        let outcome = match self.try_delete(by, room_id, message_id).await {
            Ok((deleted, publications)) => {
                self.publish(publications).await;
                Ok(deleted)
            }
            Err(ChatError::Store(error)) => {
                tracing::error!(%error, "a deletion was not committed");
                self.note_failure(&error);
                Err(failed(&error))
            }
            Err(refusal) => Err(refusal),
        };
        // A caller that went away does not need the answer.
        let _ = reply.send(outcome);
    }

    async fn try_delete(
        &mut self,
        by: Deleter,
        room_id: RoomId,
        message_id: MessageId,
    ) -> Result<(DeletedMessage, Vec<Publication>), ChatError> {
        self.rooms.load(&self.store, room_id).await?;
        let place = self.store.message_place(room_id, message_id).await?;
        let place = place.ok_or(ChatError::NotFound("message"))?;
        if let Deleter::Person(person) = by {
            self.check_may_delete(person, room_id, place).await?;
        }
        let message = self.message_at(room_id, place.seq).await?;
        let mut deleted = DeletedMessage {
            message_id,
            room_id,
            seq: place.seq,
            rev: message.rev,
            deleted_at: message.deleted_at.unwrap_or_else(Timestamp::now),
            deleted_by: match &by {
                _ if message.deleted_at.is_some() => message.deleted_by,
                Deleter::Person(person) => Some(*person),
                Deleter::Admin(_) => None,
            },
        };
        let is_news = message.deleted_at.is_none();
        let mut tx = self.store.begin().await?;
        if is_news {
            deleted.rev = tx.raise_room_rev(room_id, 1).await?;
            tx.delete_message(&deleted).await?;
        }
        if let Deleter::Admin(verdict) = &by {
            // Somebody else may have had another word meanwhile.
            if !tx.decide_reports_of_deleted(verdict).await? {
                return Err(ChatError::Conflict("the report was decided already"));
            }
        }
        let committed = tx.commit().await;
        let audience = self.audience_of(room_id, place);
        if let Err(error) = committed {
            if error.has_no_answer() {
                self.note_lost_commit(audience);
            }
            return Err(error.into());
        }
        if !is_news {
            return Ok((deleted, Vec::new()));
        }
        if let Some(room) = self.rooms.get_mut(room_id) {
            room.last_rev = deleted.rev;
        }
        let news = Publication::Deleted {
            deleted,
            to: audience,
        };
        Ok((deleted, vec![news]))
    }

    /// Its author may, as long as they see it, and the admins of its group.
    async fn check_may_delete(
        &mut self,
        person: UserId,
        room_id: RoomId,
        place: MessagePlace,
    ) -> Result<(), ChatError> {
        let visible = visible_range(&self.store, person, room_id).await?;
        let is_author = place.sender_id == person;
        if !visible.contains(&place.seq) || !is_seen_by(person, &place) {
            return Err(ChatError::NotFound("message"));
        }
        let room = self.rooms.get_mut(room_id);
        let is_admin = room.is_some_and(|it| {
            it.kind == RoomKind::Group && it.role(person) >= Some(MemberRole::Admin)
        });
        match Guard::DeletingAuthor.admits(is_author || is_admin) {
            true => Ok(()),
            false => Err(ChatError::Forbidden(
                "only its author and the admins of the group delete a message",
            )),
        }
    }

    async fn message_at(&self, room_id: RoomId, seq: i64) -> Result<Message, ChatError> {
        let found = self
            .store
            .messages_between(room_id, Viewer::Admin, seq..=seq, Direction::Forwards, 1)
            .await?;
        let message = found.into_iter().next();
        message.ok_or(ChatError::NotFound("message"))
    }

    fn audience_of(&mut self, room_id: RoomId, place: MessagePlace) -> Vec<UserId> {
        match self.rooms.get_mut(room_id) {
            _ if place.only_sender => vec![place.sender_id],
            Some(room) => room.audience.to_vec(),
            None => Vec::new(),
        }
    }
}

//! Taking a message back: its place stays, its text is gone.

use std::sync::Arc;

use super::{
    Author, Chat, ChatError, Pending,
    writer::{DeleteJob, Deleter, Job},
};
use crate::{
    model::{DeletedMessage, MessageId, RoomId},
    store::ReportVerdict,
};

impl Chat {
    /// Deletes a message for everybody; one that is deleted already stays as it is.
    ///
    /// # Errors
    /// `NotFound` if the person may not see it; `Forbidden` unless they wrote it or are an admin of its group.
    pub async fn delete_message(
        &self,
        from: Author,
        room_id: RoomId,
        message_id: MessageId,
    ) -> Result<DeletedMessage, ChatError> {
        self.delete(Deleter::Person(from.user_id), room_id, message_id)
            .await
    }

    /// Deletes a reported message by the word of an admin of the server, and decides its reports.
    pub(super) async fn delete_reported(
        self: &Arc<Self>,
        verdict: ReportVerdict,
        room_id: RoomId,
    ) -> Result<DeletedMessage, ChatError> {
        let message_id = verdict.message_id;
        self.delete(Deleter::Admin(Box::new(verdict)), room_id, message_id)
            .await
    }

    async fn delete(
        &self,
        by: Deleter,
        room_id: RoomId,
        message_id: MessageId,
    ) -> Result<DeletedMessage, ChatError> {
        let (reply, mut pending) = Pending::new();
        self.write(Job::Delete(DeleteJob {
            by,
            room_id,
            message_id,
            reply,
        }))?;
        pending.outcome().await
    }
}

//! Says in the room what nobody answered.
//!
//! Rule: once for each missed call, whatever fails: the call's row owes its message until that is stored, and the message's own
//! id is the call's, so that a second try finds the first.

use std::{sync::Arc, time::Duration};

use tokio::sync::mpsc;

use crate::{
    chat::{Chat, ChatError},
    model::{CallId, MediaKind, RoomId, SendTarget},
    store::{CallRow, Store},
};

/// How long a message waits after it could not be stored. Chosen, not standard.
const AGAIN: Duration = Duration::from_secs(1);

/// Writes the messages of missed calls.
#[derive(Debug)]
pub(super) struct Messages {
    pub(super) chat: Arc<Chat>,
    pub(super) store: Store,
}

impl Messages {
    /// Writes what comes, one after the other, until nothing more can.
    pub(super) async fn run(self, mut missed: mpsc::Receiver<CallRow>) {
        while let Some(row) = missed.recv().await {
            let call_id = row.call.call_id;
            match self.post(&row).await {
                Ok(room_id) => self.settle(call_id, room_id).await,
                // The next start finds it.
                Err(ChatError::Draining) => {}
                Err(error) => {
                    tracing::info!(%call_id, %error, "a missed call gets no message");
                    self.settle(call_id, None).await;
                }
            }
        }
    }

    async fn post(&self, row: &CallRow) -> Result<Option<RoomId>, ChatError> {
        let call = &row.call;
        let target = match (row.callee_id, call.room_id) {
            (Some(callee_id), _) => SendTarget::User(callee_id),
            (None, Some(room_id)) => SendTarget::Group(room_id),
            (None, None) => return Err(ChatError::NotFound("room")),
        };
        let text = match call.media {
            MediaKind::Audio => "Missed call",
            MediaKind::Video => "Missed video call",
        };
        loop {
            let posted = self
                .chat
                .post_call(call.caller_id, target, (call.call_id, text));
            match posted.await {
                Ok(room_id) => return Ok(Some(room_id)),
                Err(ChatError::Overloaded | ChatError::Failed | ChatError::Store(_)) => {
                    tokio::time::sleep(AGAIN).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn settle(&self, call_id: CallId, room_id: Option<RoomId>) {
        if let Err(error) = self.store.settle_call_message(call_id, room_id).await {
            tracing::warn!(%call_id, %error, "a missed call's message will be looked for at the next start");
        }
    }
}

//! Puts people out of a group's call who do not belong to the group any more.
//!
//! Rule: nobody is forgotten. What was missed, because too much happened at once or a commit's outcome is not known, is looked up.

use tokio::sync::{broadcast, mpsc, oneshot};

use super::desk::Input;
use crate::{
    chat::Departure,
    model::{RoomId, UserId},
    store::{Store, StoreError},
};

/// Hears who departs.
#[derive(Debug)]
pub(super) struct Departures {
    pub(super) store: Store,
    pub(super) desk: mpsc::Sender<Input>,
}

impl Departures {
    /// Tells the desk until chat is gone.
    pub(super) async fn run(self, mut departures: broadcast::Receiver<Departure>) {
        loop {
            match departures.recv().await {
                Ok(Departure::Of(room_id, user_id)) => self.tell(room_id, user_id).await,
                Ok(Departure::Unknown) | Err(broadcast::error::RecvError::Lagged(_)) => {
                    if let Err(error) = self.look_up().await {
                        tracing::error!(%error, "who left a group may still be in its call");
                    }
                }
                Err(broadcast::error::RecvError::Closed) => return,
            }
        }
    }

    /// Compares every group's call with the group.
    async fn look_up(&self) -> Result<(), StoreError> {
        let (reply, live) = oneshot::channel();
        // Without a desk there is no call.
        let _ = self.desk.send(Input::Live(reply)).await;
        for call in live.await.unwrap_or_default() {
            let Some(room_id) = call.group() else {
                continue;
            };
            for it in call.participants {
                let row = self.store.member(room_id, it.user_id).await?;
                if row.is_none_or(|it| it.left_seq.is_some()) {
                    self.tell(room_id, it.user_id).await;
                }
            }
        }
        Ok(())
    }

    async fn tell(&self, room_id: RoomId, user_id: UserId) {
        let _ = self.desk.send(Input::Departed(room_id, user_id)).await;
    }
}

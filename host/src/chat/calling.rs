//! Who may speak with whom in a call: what people chose, and what they were told, counts there too.

use super::{Chat, ChatError};
use crate::{
    guard::Guard,
    model::{AccountStatus, RoomId, UserId},
};

/// A person who may be called, as the caller may know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reachable {
    /// The direct room, if both know of it.
    pub room_id: Option<RoomId>,
    /// They block the caller, who is not to notice: it must ring for the caller only.
    pub is_out_of_earshot: bool,
}

impl Chat {
    /// Whether somebody may call a person; how.
    ///
    /// # Errors
    /// `NotFound` unless that person is active; `Forbidden` if one does not want it: the callee's choice of who may call is told,
    /// their block is not.
    pub async fn check_may_call(&self, from: UserId, to: UserId) -> Result<Reachable, ChatError> {
        let account = self.store.account(to).await?;
        if account.is_none_or(|it| it.status != AccountStatus::Active) {
            return Err(ChatError::NotFound("user"));
        }
        let blocks = &self.view.blocks;
        if !Guard::UnblockedRecipient.admits(!blocks.has(from, to)) {
            return Err(ChatError::Forbidden("you block this person"));
        }
        let privacies = &self.view.privacies;
        let is_wanted = privacies.admits_calling(&self.store, from, to).await?;
        if !Guard::WantedCall.admits(is_wanted) {
            return Err(ChatError::Forbidden(
                "this person does not take calls from you",
            ));
        }
        Ok(Reachable {
            room_id: self.known_to_both(from, to).await?,
            is_out_of_earshot: !Guard::UnblockedSender.admits(!blocks.has(to, from)),
        })
    }

    /// Whether somebody may speak in a room, or with a person with whom they have none.
    ///
    /// # Errors
    /// `Muted`.
    pub fn check_may_speak(
        &self,
        user_id: UserId,
        room_id: Option<RoomId>,
    ) -> Result<(), ChatError> {
        self.mutes.check(user_id, room_id)
    }

    /// The direct room of two people. One of which a person does not know yet is not told of by a call.
    async fn known_to_both(&self, one: UserId, other: UserId) -> Result<Option<RoomId>, ChatError> {
        let Some(room_id) = self.store.direct_room(one, other).await? else {
            return Ok(None);
        };
        let members = self.store.members(room_id).await?;
        let is_known = members.iter().all(|it| !it.hidden);
        Ok(Some(room_id).filter(|_| is_known))
    }
}

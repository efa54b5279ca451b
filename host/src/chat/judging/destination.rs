//! Where a judged message goes, and whether its sender may write there; from memory, mostly.

use super::Submission;
use crate::{
    chat::{Chat, ChatError},
    guard::Guard,
    model::{AccountStatus, MemberRole, RoomId, RoomKind, SendTarget, UserId},
};

/// What somebody hears whose first message a person does not want.
pub(in crate::chat) const FIRST_MESSAGE_UNWANTED: &str =
    "this person does not take first messages from you";

/// Where a message goes, as far as its sender may know.
pub(super) struct Destination {
    pub(super) room_id: Option<RoomId>,
    pub(super) kind: RoomKind,
    pub(super) role: MemberRole,
}

impl Chat {
    /// Whether the sender may write there at all; the writer looks once more.
    pub(super) async fn admitted(&self, submission: &Submission) -> Result<Destination, ChatError> {
        let sender = submission.from.user_id;
        if let SendTarget::User(to) = submission.new.target {
            self.view.blocks.muffles(sender, to)?;
        }
        let destination = match submission.new.target {
            SendTarget::Group(room_id) => Destination {
                room_id: Some(room_id),
                kind: RoomKind::Group,
                role: self.role_in(room_id, sender).await?,
            },
            SendTarget::User(to) => Destination {
                room_id: self.room_with(sender, to).await?,
                kind: RoomKind::Direct,
                role: MemberRole::Member,
            },
        };
        self.mutes.check(sender, destination.room_id)?;
        Ok(destination)
    }

    /// A member's role in a group.
    async fn role_in(&self, room_id: RoomId, sender: UserId) -> Result<MemberRole, ChatError> {
        let begin = match self.places.role(room_id, sender) {
            Ok(role) => return Ok(role),
            Err(begin) => begin,
        };
        let row = self.store.room(room_id).await?;
        let is_group = row.is_some_and(|it| it.room.kind == RoomKind::Group);
        let own = self.store.member(room_id, sender).await?;
        let own = own.filter(|it| is_group && it.left_seq.is_none());
        let role = own.ok_or(ChatError::NotFound("room"))?.role;
        self.places.learn_role(begin, (room_id, sender), role);
        Ok(role)
    }

    /// The room of two people; none before their first message, which only an active person is sent.
    async fn room_with(&self, sender: UserId, to: UserId) -> Result<Option<RoomId>, ChatError> {
        if let Some(room_id) = self.places.direct(sender, to) {
            return Ok(Some(room_id));
        }
        if let Some(room_id) = self.store.direct_room(sender, to).await? {
            self.places.learn_direct(sender, to, room_id);
            return Ok(Some(room_id));
        }
        let account = self.store.account(to).await?;
        if account.is_none_or(|it| it.status != AccountStatus::Active) {
            return Err(ChatError::NotFound("user"));
        }
        let privacies = &self.view.privacies;
        let is_wanted = privacies.admits_writing(&self.store, sender, to).await?;
        match Guard::WantedFirstMessage.admits(is_wanted) {
            true => Ok(None),
            false => Err(ChatError::Forbidden(FIRST_MESSAGE_UNWANTED)),
        }
    }
}

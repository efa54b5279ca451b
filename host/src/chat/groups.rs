//! What can be done to a group: create, rename, add, remove, change a role.
//!
//! Rule: roles are checked where the change is made, by the writer and in its transaction; nothing is decided here.

use crate::model::{Member, MemberRole, RoomId, RoomSummary, UserId};

use super::{
    Chat, ChatError, History, Pending, summaries,
    writer::{GroupChange, GroupJob, Job},
};

impl Chat {
    /// Makes a group; `by` owns it.
    ///
    /// # Errors
    /// A person is unknown or not active, or there are too many.
    pub async fn create_group(
        &self,
        by: UserId,
        name: String,
        members: Vec<UserId>,
    ) -> Result<RoomSummary, ChatError> {
        let room_id = RoomId::generate();
        self.change_group(by, room_id, GroupChange::Create { name, members })
            .await?;
        summaries::of_room(&self.store, by, room_id)
            .await?
            .ok_or(ChatError::NotFound("room"))
    }

    /// Renames a group.
    ///
    /// # Errors
    /// `Forbidden` unless `by` is an admin of it.
    pub async fn rename(
        &self,
        by: UserId,
        room_id: RoomId,
        name: String,
    ) -> Result<RoomSummary, ChatError> {
        self.change_group(by, room_id, GroupChange::Rename(name))
            .await?;
        summaries::of_room(&self.store, by, room_id)
            .await?
            .ok_or(ChatError::NotFound("room"))
    }

    /// Takes people into a group; who belongs to it already is left as they are. Answers those who joined.
    ///
    /// # Errors
    /// `Forbidden` unless `by` is an admin of it; a person is unknown or not active, or there are too many.
    pub async fn add_members(
        &self,
        by: UserId,
        room_id: RoomId,
        people: Vec<UserId>,
        history: History,
    ) -> Result<Vec<Member>, ChatError> {
        self.change_group(by, room_id, GroupChange::Add { people, history })
            .await
    }

    /// Takes a person out of a group; oneself: leave.
    ///
    /// # Errors
    /// `Forbidden` where the role does not allow it.
    pub async fn remove_member(
        &self,
        by: UserId,
        room_id: RoomId,
        person: UserId,
    ) -> Result<(), ChatError> {
        self.change_group(by, room_id, GroupChange::Remove(person))
            .await
            .map(drop)
    }

    /// Gives a member another role.
    ///
    /// # Errors
    /// `Forbidden` unless `by` owns the group.
    pub async fn set_role(
        &self,
        by: UserId,
        room_id: RoomId,
        person: UserId,
        role: MemberRole,
    ) -> Result<Member, ChatError> {
        self.change_group(by, room_id, GroupChange::SetRole(person, role))
            .await?;
        let row = self
            .store
            .member(room_id, person)
            .await?
            .ok_or(ChatError::NotFound("member"))?;
        Ok(row.into())
    }

    async fn change_group(
        &self,
        by: UserId,
        room_id: RoomId,
        change: GroupChange,
    ) -> Result<Vec<Member>, ChatError> {
        let (reply, mut pending) = Pending::new();
        self.write(Job::Group(GroupJob {
            by,
            room_id,
            change,
            reply,
        }))?;
        pending.outcome().await
    }
}

//! What can be done to a group: create, rename, add, remove, change a role.
//!
//! Rule: roles are checked where the change is made, by the writer and in its transaction. Policies are asked before that, without
//! a lock; a change of role is not theirs.

use crate::{
    guard::Guard,
    model::{
        Member, MemberRole, Refusal, RoomBan, RoomId, RoomSummary, Timestamp, UserId,
        policy::{GrantedEffect, Hook, RoomAttempt, RoomChange, Verdict},
    },
    store::NewAuditEntry,
};

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
        summaries::of_room((&self.store, &self.view), by, room_id)
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
        summaries::of_room((&self.store, &self.view), by, room_id)
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

    /// Takes a person out of a group, if they belong to it, and keeps them out.
    ///
    /// # Errors
    /// `Forbidden` where the role does not allow it; `NotFound` if there is no such person.
    pub async fn ban(
        &self,
        by: UserId,
        room_id: RoomId,
        (person, reason): (UserId, Option<String>),
    ) -> Result<(), ChatError> {
        self.change_group(by, room_id, GroupChange::Ban(person, reason))
            .await
            .map(drop)
    }

    /// Lets a person be taken in again.
    ///
    /// # Errors
    /// `Forbidden` unless `by` is an admin of it; `NotFound` if there is no such ban.
    pub async fn unban(
        &self,
        by: UserId,
        room_id: RoomId,
        person: UserId,
    ) -> Result<(), ChatError> {
        self.change_group(by, room_id, GroupChange::Unban(person))
            .await
            .map(drop)
    }

    /// Whom a group keeps out, oldest first.
    ///
    /// # Errors
    /// `NotFound` unless the person belongs to it; `Forbidden` unless they are an admin of it.
    pub async fn bans(&self, by: UserId, room_id: RoomId) -> Result<Vec<RoomBan>, ChatError> {
        let own = self.store.member(room_id, by).await?;
        let own = own.filter(|it| it.left_seq.is_none() && !it.hidden);
        let role = own.ok_or(ChatError::NotFound("room"))?.role;
        match Guard::SeeingBansAdmin.admits(role >= MemberRole::Admin) {
            true => Ok(self.store.bans(room_id).await?),
            false => Err(ChatError::Forbidden("only admins see who is banned")),
        }
    }

    /// Takes a person out of a group by a policy's word, which no policy is asked about; a removed owner hands the group on as a leaving one
    /// does. It stands in the audit log.
    ///
    /// # Errors
    /// `NotFound` if they do not belong to it.
    pub async fn expel(
        &self,
        room_id: RoomId,
        person: UserId,
        word: &GrantedEffect,
    ) -> Result<(), ChatError> {
        let entry = NewAuditEntry {
            at: Timestamp::now(),
            actor_id: word.by,
            action: "remove_member",
            target_id: Some(person),
            reason: word.effect.text("reason"),
            detail: Some(format!(
                "from room {room_id}; policy {}, decision {}",
                word.plugin, word.decision_id
            )),
        };
        self.commit_change(person, room_id, GroupChange::Remove(person), Some(entry))
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
        let effects = self.ask_about(by, room_id, &change).await?;
        let members = self.commit_change(by, room_id, change, None).await?;
        self.policies.carry_out(effects);
        Ok(members)
    }

    async fn commit_change(
        &self,
        by: UserId,
        room_id: RoomId,
        change: GroupChange,
        audit: Option<NewAuditEntry>,
    ) -> Result<Vec<Member>, ChatError> {
        let (reply, mut pending) = Pending::new();
        self.write(Job::Group(GroupJob {
            by,
            room_id,
            change,
            audit,
            reply,
        }))?;
        pending.outcome().await
    }

    /// Asks policies about a change. What they want done is to be done once the change stands.
    async fn ask_about(
        &self,
        by: UserId,
        room_id: RoomId,
        change: &GroupChange,
    ) -> Result<Vec<GrantedEffect>, ChatError> {
        if !self.policies.has(Hook::Rooms) {
            return Ok(Vec::new());
        }
        let (what, subject_ids, name) = match change {
            GroupChange::Create { name, members } => {
                (RoomChange::Create, members.clone(), Some(name.clone()))
            }
            GroupChange::Rename(name) => (RoomChange::Rename, Vec::new(), Some(name.clone())),
            GroupChange::Add { people, .. } => (RoomChange::Join, people.clone(), None),
            GroupChange::Remove(person) => (RoomChange::Leave, vec![*person], None),
            GroupChange::Ban(person, _) => (RoomChange::Leave, vec![*person], None),
            GroupChange::SetRole(..) | GroupChange::Unban(_) => return Ok(Vec::new()),
        };
        let is_new = what == RoomChange::Create;
        if !is_new {
            let own = self.store.member(room_id, by).await?;
            own.filter(|it| it.left_seq.is_none())
                .ok_or(ChatError::NotFound("room"))?;
        }
        let account = self.store.account(by).await?;
        let attempt = RoomAttempt {
            change: what,
            room_id: (!is_new).then_some(room_id),
            actor_id: by,
            account_role: account.ok_or(ChatError::NotFound("user"))?.role,
            subject_ids,
            name,
            attrs: Vec::new(),
        };
        let decision = self.policies.room(&attempt).await?;
        match decision.verdict {
            Verdict::Reject(rejection) => {
                self.policies.carry_out(decision.effects);
                Err(ChatError::Refused(Box::new(Refusal {
                    code: rejection.code,
                    reason: rejection.reason,
                    plugin: decision.plugin.map(|it| it.to_string()),
                    decision_id: decision.decision_id,
                })))
            }
            Verdict::Allow | Verdict::Modify { .. } | Verdict::Hold(_) => Ok(decision.effects),
        }
    }
}

//! Who may be in a call, and who may end it for all.

use tokio::sync::oneshot;

use super::{CallError, Caller, Calls, desk::Input, event::Event};
use crate::{
    guard::Guard,
    model::{
        Call, CallAck, CallId, MemberRole, Refusal, RoomId, RoomKind, UserId,
        policy::{CallAttempt, CallChange, Decision, GrantedEffect, Hook, Verdict},
    },
};

impl Calls {
    /// Lets a person come to a call, if they may.
    pub(super) async fn enter(
        &self,
        by: Caller,
        call_id: CallId,
        event: Event,
    ) -> Result<CallAck, CallError> {
        let user_id = by.device.user_id;
        let call = self.live_call(call_id).await?;
        let effects = self.admit(by, &call).await?;
        let entering = self.ask(|reply| Input::Apply(call_id, event, reply));
        let ack = entering.await?;
        self.policies.carry_out(effects);
        if let Some(room_id) = call.group() {
            self.put_out_strangers(room_id, user_id).await?;
        }
        Ok(ack)
    }

    /// Somebody may have been taken out of the group while they were let into its call.
    pub(super) async fn put_out_strangers(
        &self,
        room_id: RoomId,
        user_id: UserId,
    ) -> Result<(), CallError> {
        match self.member(room_id, user_id).await {
            Err(CallError::NotFound(_)) => self.send(Input::Departed(room_id, user_id)),
            other => other.map(drop),
        }
    }

    /// Checks that a person may come to a call. Answers what policies want done once they are in it.
    async fn admit(&self, by: Caller, call: &Call) -> Result<Vec<GrantedEffect>, CallError> {
        let user_id = by.device.user_id;
        match call.group() {
            Some(room_id) => drop(self.member(room_id, user_id).await?),
            None => check_is_in(call, user_id)?,
        }
        self.chat.check_may_speak(user_id, call.room_id)?;
        if call.kind == RoomKind::Direct || !self.policies.has(Hook::Calls) {
            return Ok(Vec::new());
        }
        let attempt = CallAttempt {
            change: CallChange::Join,
            call_id: call.call_id,
            room_id: call.room_id,
            room_kind: call.kind,
            actor_id: user_id,
            account_role: by.account_role,
            callee_id: None,
            media: call.media,
            attrs: Vec::new(),
        };
        self.judge(&attempt).await
    }

    /// Asks policies about who starts or joins a call.
    pub(super) async fn judge(
        &self,
        attempt: &CallAttempt,
    ) -> Result<Vec<GrantedEffect>, CallError> {
        let Decision {
            verdict,
            effects,
            plugin,
            decision_id,
            ..
        } = self.policies.call(attempt).await?;
        let Verdict::Reject(rejection) = verdict else {
            return Ok(effects);
        };
        self.policies.carry_out(effects);
        Err(CallError::Refused(Box::new(Refusal {
            code: rejection.code,
            reason: rejection.reason,
            plugin: plugin.map(|it| it.to_string()),
            decision_id,
        })))
    }

    /// A direct call may be ended by both, a group's by the admins of the group.
    pub(super) async fn check_may_end(
        &self,
        user_id: UserId,
        call_id: CallId,
    ) -> Result<(), CallError> {
        let call = self.live_call(call_id).await?;
        match call.group() {
            Some(room_id) => {
                let is_admin = self.member(room_id, user_id).await? >= MemberRole::Admin;
                match Guard::CallEndingAdmin.admits(is_admin) {
                    true => Ok(()),
                    false => Err(CallError::Forbidden(
                        "only admins of the group end its call for all",
                    )),
                }
            }
            None => check_is_in(&call, user_id),
        }
    }

    /// Only admins of a group mute others.
    pub(super) async fn check_may_mute(
        &self,
        user_id: UserId,
        call_id: CallId,
    ) -> Result<(), CallError> {
        let room_id = self.live_call(call_id).await?.room_id;
        let role = match room_id {
            Some(room_id) => self.member(room_id, user_id).await?,
            None => MemberRole::Member,
        };
        match role >= MemberRole::Admin {
            true => Ok(()),
            false => Err(CallError::Forbidden("only admins of the group mute others")),
        }
    }

    /// A call that lives, or was over a moment ago.
    pub(super) async fn live_call(&self, call_id: CallId) -> Result<Call, CallError> {
        let (reply, found) = oneshot::channel();
        self.send(Input::Find(call_id, reply))?;
        let found = found.await.map_err(|_| CallError::Overloaded)?;
        found.ok_or(CallError::NotFound("call"))
    }

    /// A present member's role.
    pub(super) async fn member(
        &self,
        room_id: RoomId,
        user_id: UserId,
    ) -> Result<MemberRole, CallError> {
        let row = self.store.member(room_id, user_id).await?;
        let role = row.filter(|it| it.left_seq.is_none()).map(|it| it.role);
        match Guard::CallingMember.admits(role.is_some()) {
            true => Ok(role.unwrap_or(MemberRole::Member)),
            false => Err(CallError::NotFound("room")),
        }
    }
}

/// A call is there only for those whom it was for.
pub(super) fn check_is_in(call: &Call, user_id: UserId) -> Result<(), CallError> {
    match Guard::OwnCall.admits(call.is_for(user_id)) {
        true => Ok(()),
        false => Err(CallError::NotFound("call")),
    }
}

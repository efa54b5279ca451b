//! `call_user`: from a request to a call that rings.

use super::{
    CallError, Caller, Calls,
    desk::Input,
    event::{NewCall, Place},
};
use crate::{
    model::{
        CallAck, CallId, CallState, MediaKind, RoomId, RoomKind, UserId,
        policy::{CallAttempt, CallChange, GrantedEffect, Hook},
    },
    store::CallRow,
};

/// Whom a call is to reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallTarget {
    /// One person.
    User(UserId),
    /// The members of a room.
    Room(RoomId),
}

/// A call that somebody wants.
#[derive(Clone, Debug)]
pub struct CallRequest {
    /// With whom.
    pub target: CallTarget,
    /// What it is to carry.
    pub media: MediaKind,
    /// The caller's own id of it: 1 to 64 characters. A retry with the same one hears of the first call.
    pub client_call_id: String,
}

/// A target that may be called.
struct Reached {
    place: Place,
    room_id: Option<RoomId>,
    callees: Vec<UserId>,
    hidden_from: Option<UserId>,
}

impl Calls {
    /// Calls somebody, or a group. Where a call lasts already, it is answered or joined instead.
    ///
    /// # Errors
    /// The target cannot be called, the caller is in another call, or somebody refuses.
    pub async fn call_user(&self, by: Caller, request: CallRequest) -> Result<CallAck, CallError> {
        let id_length = request.client_call_id.chars().count();
        if !(1..=64).contains(&id_length) || request.client_call_id.contains('\0') {
            return Err(CallError::Invalid(
                "client_call_id must have 1 to 64 characters, none of them NUL",
            ));
        }
        let user_id = by.device.user_id;
        let reached = self.reach(user_id, request.target).await?;
        if let Some(ack) = self.earlier(user_id, &request, &reached).await? {
            return Ok(ack);
        }
        self.chat.check_may_speak(user_id, reached.room_id)?;
        let call_id = CallId::generate();
        let effects = self.judge_start(by, call_id, &request, &reached).await?;
        let new = Box::new(NewCall {
            call_id,
            place: reached.place,
            room_id: reached.room_id,
            media: request.media,
            caller: by.device,
            client_call_id: request.client_call_id,
            callees: reached.callees,
            hidden_from: reached.hidden_from,
        });
        let ack = self.ask(|reply| Input::Start(new, reply)).await?;
        self.policies.carry_out(effects);
        if let Place::Group(room_id) = reached.place {
            self.put_out_strangers(room_id, user_id).await?;
        }
        Ok(ack)
    }

    async fn reach(&self, by: UserId, target: CallTarget) -> Result<Reached, CallError> {
        let room_id = match target {
            CallTarget::User(to) => return self.reach_one(by, to).await,
            CallTarget::Room(room_id) => room_id,
        };
        self.member(room_id, by).await?;
        let room = self.store.room(room_id).await?;
        let kind = room.ok_or(CallError::NotFound("room"))?.room.kind;
        let members = self.store.members(room_id).await?;
        let present = members.iter().filter(|it| it.left_seq.is_none());
        let callees: Vec<UserId> = present
            .map(|it| it.user_id)
            .filter(|it| *it != by)
            .collect();
        match (kind, callees.as_slice()) {
            (RoomKind::Direct, [to]) => self.reach_one(by, *to).await,
            (_, []) => Err(CallError::Conflict("there is nobody to call")),
            _ => Ok(Reached {
                place: Place::Group(room_id),
                room_id: Some(room_id),
                callees,
                hidden_from: None,
            }),
        }
    }

    async fn reach_one(&self, by: UserId, to: UserId) -> Result<Reached, CallError> {
        if by == to {
            return Err(CallError::Invalid("to: you cannot call yourself"));
        }
        let reachable = self.chat.check_may_call(by, to).await?;
        Ok(Reached {
            place: Place::between(by, to),
            room_id: reachable.room_id,
            callees: vec![to],
            hidden_from: reachable.is_out_of_earshot.then_some(to),
        })
    }

    /// What became of the call that was started under the same id, if it is over. One that lives is found by the desk.
    async fn earlier(
        &self,
        user_id: UserId,
        request: &CallRequest,
        reached: &Reached,
    ) -> Result<Option<CallAck>, CallError> {
        let id = &request.client_call_id;
        let Some(CallRow {
            call, callee_id, ..
        }) = self.store.call_by_client_id(user_id, id).await?
        else {
            return Ok(None);
        };
        let is_same = match reached.place {
            Place::Group(room_id) => call.room_id == Some(room_id),
            place @ Place::Between(..) => callee_id == place.other_than(user_id),
        };
        match call.state {
            _ if !is_same => Err(CallError::IdempotencyConflict),
            CallState::Ringing | CallState::Connected => Ok(None),
            CallState::Ended => Ok(Some(CallAck {
                call_id: call.call_id,
                state: call.state,
                expires_at: None,
                reason: call.reason,
            })),
        }
    }

    async fn judge_start(
        &self,
        by: Caller,
        call_id: CallId,
        request: &CallRequest,
        reached: &Reached,
    ) -> Result<Vec<GrantedEffect>, CallError> {
        if !self.policies.has(Hook::Calls) {
            return Ok(Vec::new());
        }
        let actor_id = by.device.user_id;
        let attempt = CallAttempt {
            change: CallChange::Start,
            call_id,
            room_id: reached.room_id,
            room_kind: reached.place.kind(),
            actor_id,
            account_role: by.account_role,
            callee_id: reached.place.other_than(actor_id),
            media: request.media,
            attrs: Vec::new(),
        };
        self.judge(&attempt).await
    }
}

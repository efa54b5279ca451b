//! How somebody's part in a call ends, and how the call does.

use super::{End, Machine};
use crate::{
    calls::{
        CallError,
        output::{MediaCommand, Output},
        person::{Device, Person},
    },
    model::{
        CallPerson, CallReason, CallState, ParticipantState, RoomKind, ServerEvent, Timestamp,
        UserId,
    },
};

impl Machine {
    pub(super) fn leave(
        &mut self,
        user_id: UserId,
        now: Timestamp,
        out: &mut Vec<Output>,
    ) -> Result<(), CallError> {
        let person = self.people.get(&user_id);
        match person.ok_or(CallError::NotFound("call"))?.state {
            ParticipantState::Joined => self.remove(user_id, CallReason::Hangup, now, out),
            _ => return Err(CallError::Conflict("you are not in the call")),
        }
        Ok(())
    }

    /// Ends somebody's part: and the call, if they called and it rings, if it is direct, or if they are the last.
    fn remove(
        &mut self,
        user_id: UserId,
        reason: CallReason,
        now: Timestamp,
        out: &mut Vec<Output>,
    ) {
        let is_alone = self.joined().all(|it| it == user_id);
        let ends = is_alone || self.kind() == RoomKind::Direct;
        let is_joined = |it: &&mut Person| it.state == ParticipantState::Joined;
        let Some(person) = self.people.get_mut(&user_id).filter(is_joined) else {
            return;
        };
        if self.connected_at.is_none() {
            return self.finish(now, CallReason::Cancelled, Some(user_id), out);
        }
        if ends {
            return self.finish(now, reason, Some(user_id), out);
        }
        person.leave(reason, now);
        out.push(Output::Media(MediaCommand::Leave(self.somebody(user_id))));
        out.push(self.notice("left", Some(user_id)));
        let left = ServerEvent::ParticipantLeft(self.gone(user_id, reason));
        out.push(Output::tell_people(self.joined().chain([user_id]), left));
    }

    pub(super) fn dropped(&mut self, device: Device, now: Timestamp) {
        let until = now.plus_seconds(self.patience.grace_seconds);
        if let Some(person) = self.people.get_mut(&device.user_id) {
            person.lose(device.session_id, until);
        }
    }

    pub(super) fn logged_out(&mut self, device: Device, now: Timestamp, out: &mut Vec<Output>) {
        let person = self.people.get(&device.user_id);
        if person.is_some_and(|it| it.is_at(device)) {
            self.remove(device.user_id, CallReason::Removed, now, out);
        }
    }

    /// Out of the group is out of its call, and for whom it rings it rings no more.
    pub(super) fn departed(&mut self, user_id: UserId, now: Timestamp, out: &mut Vec<Output>) {
        self.remove(user_id, CallReason::Removed, now, out);
        let Some(person) = self.people.get_mut(&user_id) else {
            return;
        };
        person.has_departed = true;
        if person.state == ParticipantState::Ringing {
            person.state = ParticipantState::Missed;
            let ended = self.ended(CallReason::Removed, None);
            out.push(Output::tell_people([user_id], ended));
        }
    }

    pub(super) fn pass_time(&mut self, now: Timestamp, out: &mut Vec<Output>) {
        let is_over = |it: &Person| it.away_until.is_some_and(|until| until <= now);
        let away = self.people.iter().filter(|(_, it)| is_over(it));
        let away: Vec<UserId> = away.map(|(user_id, _)| *user_id).collect();
        for user_id in away {
            if self.end.is_none() {
                self.remove(user_id, CallReason::Failed, now, out);
            }
        }
        if self.end.is_some() || now < self.ring_until() {
            return;
        }
        if self.state() == CallState::Ringing {
            return self.finish(now, CallReason::Timeout, None, out);
        }
        self.miss();
    }

    fn miss(&mut self) {
        for person in self.people.values_mut() {
            if person.state == ParticipantState::Ringing {
                person.state = ParticipantState::Missed;
            }
        }
    }

    /// Ends it for everybody.
    pub(super) fn finish(
        &mut self,
        at: Timestamp,
        reason: CallReason,
        by: Option<UserId>,
        out: &mut Vec<Output>,
    ) {
        self.end = Some(End { at, reason, by });
        self.miss();
        let call_id = self.new.call_id;
        for (user_id, person) in &mut self.people {
            if person.state == ParticipantState::Joined {
                person.leave(reason, at);
                let user_id = *user_id;
                let gone = CallPerson { call_id, user_id };
                out.push(Output::Media(MediaCommand::Leave(gone)));
            }
        }
        let ended = self.ended(reason, by);
        let is_told = |(user_id, it): &(&UserId, &Person)| {
            let is_in_it = it.state != ParticipantState::Busy && !it.has_departed;
            is_in_it && self.hidden_from != Some(**user_id)
        };
        let told = self.people.iter().filter(is_told);
        out.push(Output::tell_people(told.map(|it| *it.0), ended));
        out.push(self.notice("ended", by));
        if self.is_missed() {
            out.push(Output::Missed);
        }
    }

    /// What it means that somebody ends it for all.
    pub(super) fn reason_of(&self, user_id: UserId) -> CallReason {
        let is_caller = self.new.caller.user_id == user_id;
        match (self.state(), self.kind()) {
            (CallState::Ringing, RoomKind::Direct) if !is_caller => CallReason::Declined,
            (CallState::Ringing, _) => CallReason::Cancelled,
            _ => CallReason::Hangup,
        }
    }
}

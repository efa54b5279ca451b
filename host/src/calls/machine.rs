//! One call as a state machine: an event and the time go in; what is to be told, routed and kept comes out.
//!
//! Rule: no I/O, no clock and no other call in here. A refused event changes nothing. `docs/protocol.md` has the transitions as a
//! table, and a test compares it with this file.
//!
//! Here: how a call begins and goes on. Not here: how it ends (`ending`), who may call (`rights`), that a person is in one call at
//! a time (`registry`).

mod ending;

use std::collections::BTreeMap;

use super::{
    CallError,
    event::{Event, NewCall, Patience},
    output::{Audience, MediaCommand, Notice, Output},
    person::{Device, Person},
};
use crate::{
    model::{
        Call, CallAck, CallEnded, CallHandled, CallPerson, CallPersonGone, CallReason, CallState,
        IncomingCall, ParticipantState, RoomKind, ServerEvent, Timestamp, UserId,
    },
    store::CallRow,
};

/// How and when a call was over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct End {
    at: Timestamp,
    reason: CallReason,
    by: Option<UserId>,
}

/// A call.
#[derive(Clone, Debug)]
pub(super) struct Machine {
    new: NewCall,
    patience: Patience,
    created_at: Timestamp,
    connected_at: Option<Timestamp>,
    end: Option<End>,
    people: BTreeMap<UserId, Person>,
    /// The callee who is to notice nothing.
    hidden_from: Option<UserId>,
}

impl Machine {
    /// Rings, or is over at once if the only callee is `busy` in another call.
    pub(super) fn start(
        new: NewCall,
        patience: Patience,
        busy: impl Fn(UserId) -> bool,
        now: Timestamp,
    ) -> (Self, Vec<Output>) {
        let mut people = BTreeMap::new();
        for user_id in &new.callees {
            // That somebody is busy tells that they are there.
            let is_busy = new.hidden_from != Some(*user_id) && busy(*user_id);
            people.insert(*user_id, Person::callee(is_busy));
        }
        people.insert(new.caller.user_id, Person::caller(new.caller, now));
        let mut call = Self {
            hidden_from: new.hidden_from,
            new,
            patience,
            created_at: now,
            connected_at: None,
            end: None,
            people,
        };
        let mut out = vec![call.notice("started", Some(call.new.caller.user_id))];
        out.push(call.enters(call.new.caller.user_id));
        let mut rung: Vec<UserId> = call.in_state(ParticipantState::Ringing).collect();
        if rung.is_empty() && call.kind() == RoomKind::Direct {
            call.finish(now, CallReason::Busy, None, &mut out);
        }
        rung.retain(|it| call.hidden_from != Some(*it));
        let incoming = ServerEvent::IncomingCall(call.incoming());
        out.push(Output::tell_people(rung, incoming));
        (call, out)
    }

    /// Takes an event.
    ///
    /// # Errors
    /// `Conflict` if the call, or the person, is not in the state for it; `NotFound` if the call is not for them.
    pub(super) fn apply(&mut self, event: Event, now: Timestamp) -> Result<Vec<Output>, CallError> {
        if self.end.is_some() {
            return match event {
                Event::Dropped(_)
                | Event::Returned(_)
                | Event::LoggedOut(_)
                | Event::Departed(_)
                | Event::Stop(_)
                | Event::Due => Ok(Vec::new()),
                _ => Err(CallError::Conflict("the call is over")),
            };
        }
        let mut out = Vec::new();
        match event {
            Event::Ringing(user_id) => self.rings(user_id, &mut out)?,
            Event::Answer(device) => self.answer(device, now, &mut out)?,
            Event::Reject(device) => self.reject(device, now, &mut out)?,
            Event::Join(device) => self.join(device, now, &mut out)?,
            Event::Leave(user_id) => self.leave(user_id, now, &mut out)?,
            Event::End(user_id) => {
                self.finish(now, self.reason_of(user_id), Some(user_id), &mut out)
            }
            Event::Dropped(device) => self.dropped(device, now),
            Event::Returned(device) => self.returned(device, &mut out),
            Event::LoggedOut(device) => self.logged_out(device, now, &mut out),
            Event::Departed(user_id) => self.departed(user_id, now, &mut out),
            Event::Stop(reason) => self.finish(now, reason, None, &mut out),
            Event::Due => self.pass_time(now, &mut out),
        }
        Ok(out)
    }

    /// When `Due` is to come next; none once it is over.
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        if self.end.is_some() {
            return None;
        }
        let rings = self.in_state(ParticipantState::Ringing).next().is_some();
        let waits = rings || self.state() == CallState::Ringing;
        let ring_until = waits.then(|| self.ring_until());
        let away = self.people.values().filter_map(|it| it.away_until);
        away.chain(ring_until).min()
    }

    pub(super) fn state(&self) -> CallState {
        match (self.end, self.connected_at) {
            (Some(_), _) => CallState::Ended,
            (None, Some(_)) => CallState::Connected,
            (None, None) => CallState::Ringing,
        }
    }

    pub(super) fn new_call(&self) -> &NewCall {
        &self.new
    }

    pub(super) fn kind(&self) -> RoomKind {
        self.new.place.kind()
    }

    /// As the database keeps it.
    pub(super) fn row(&self) -> CallRow {
        CallRow {
            call: self.record(),
            client_call_id: self.new.client_call_id.clone(),
            callee_id: self.new.place.other_than(self.new.caller.user_id),
            owes_message: self.is_missed(),
        }
    }

    /// Whether nobody answered who might have.
    fn is_missed(&self) -> bool {
        let reason = self.end.map(|it| it.reason);
        reason.is_some_and(|it| it != CallReason::Declined) && self.connected_at.is_none()
    }

    /// Those whose devices ring, and those who take part.
    pub(super) fn concerned(&self) -> impl Iterator<Item = UserId> + '_ {
        self.in_state(ParticipantState::Ringing)
            .chain(self.joined())
            .filter(|it| self.hidden_from != Some(*it))
    }

    /// Those who take part, the ones whose sockets are gone included.
    pub(super) fn joined(&self) -> impl Iterator<Item = UserId> + '_ {
        self.in_state(ParticipantState::Joined)
    }

    pub(super) fn person(&self, user_id: UserId) -> Option<&Person> {
        self.people.get(&user_id)
    }

    pub(super) fn person_mut(&mut self, user_id: UserId) -> Option<&mut Person> {
        self.people.get_mut(&user_id)
    }

    pub(super) fn ack(&self) -> CallAck {
        let state = self.state();
        CallAck {
            call_id: self.new.call_id,
            state,
            expires_at: (state == CallState::Ringing).then(|| self.ring_until()),
            reason: self.end.map(|it| it.reason),
        }
    }

    /// As it is kept and shown.
    pub(super) fn record(&self) -> Call {
        Call {
            call_id: self.new.call_id,
            room_id: self.new.room_id,
            kind: self.kind(),
            media: self.new.media,
            caller_id: self.new.caller.user_id,
            state: self.state(),
            created_at: self.created_at,
            connected_at: self.connected_at,
            ended_at: self.end.map(|it| it.at),
            reason: self.end.map(|it| it.reason),
            ended_by: self.end.and_then(|it| it.by),
            participants: self.people.iter().map(|(id, it)| it.record(*id)).collect(),
            hidden_from: self.hidden_from,
        }
    }

    fn rings(&mut self, user_id: UserId, out: &mut Vec<Output>) -> Result<(), CallError> {
        let caller = self.new.caller.user_id;
        let person = self.callee(user_id)?;
        if std::mem::replace(&mut person.has_rung, true) {
            return Ok(());
        }
        let event = ServerEvent::CallRinging(self.somebody(user_id));
        out.push(Output::tell_people([caller], event));
        out.push(self.notice("ringing", Some(user_id)));
        Ok(())
    }

    fn answer(
        &mut self,
        device: Device,
        now: Timestamp,
        out: &mut Vec<Output>,
    ) -> Result<(), CallError> {
        self.callee(device.user_id)?.enter(device, now);
        // Who blocked the caller, and now calls back, knows of it.
        self.hidden_from = None;
        let handled = CallHandled {
            call_id: self.new.call_id,
            state: ParticipantState::Joined,
        };
        let event = ServerEvent::CallHandledElsewhere(handled);
        out.push(Output::tell([Audience::OthersOf(device)], event));
        self.came(device.user_id, now, out);
        Ok(())
    }

    fn reject(
        &mut self,
        device: Device,
        now: Timestamp,
        out: &mut Vec<Output>,
    ) -> Result<(), CallError> {
        self.callee(device.user_id)?.state = ParticipantState::Declined;
        let handled = CallHandled {
            call_id: self.new.call_id,
            state: ParticipantState::Declined,
        };
        let event = ServerEvent::CallHandledElsewhere(handled);
        out.push(Output::tell([Audience::OthersOf(device)], event));
        let gone = self.gone(device.user_id, CallReason::Declined);
        self.tell_joined(None, ServerEvent::CallRejected(gone), out);
        if self.kind() == RoomKind::Direct {
            self.finish(now, CallReason::Declined, Some(device.user_id), out);
        }
        Ok(())
    }

    fn join(
        &mut self,
        device: Device,
        now: Timestamp,
        out: &mut Vec<Output>,
    ) -> Result<(), CallError> {
        let kind = self.kind();
        let known = self.people.get_mut(&device.user_id);
        match known {
            Some(person) if person.state == ParticipantState::Joined => {
                if !person.may_take_over(device) {
                    return Err(CallError::Conflict("you are in it on another device"));
                }
                person.place(device);
                // Whatever connections there were are another page's.
                let somebody = self.somebody(device.user_id);
                out.push(Output::Media(MediaCommand::Leave(somebody)));
                out.push(self.enters(device.user_id));
                Ok(())
            }
            Some(person) if person.state == ParticipantState::Ringing => {
                self.answer(device, now, out)
            }
            _ if kind == RoomKind::Direct => {
                Err(CallError::Conflict("direct calls cannot be joined"))
            }
            _ => {
                let person = self.people.entry(device.user_id);
                person
                    .or_insert_with(|| Person::callee(false))
                    .enter(device, now);
                self.came(device.user_id, now, out);
                Ok(())
            }
        }
    }

    /// What follows when somebody came.
    fn came(&mut self, user_id: UserId, now: Timestamp, out: &mut Vec<Output>) {
        let person = self.somebody(user_id);
        out.push(self.enters(user_id));
        if self.connected_at.is_none() {
            self.connected_at = Some(now);
            out.push(self.notice("accepted", Some(user_id)));
            let caller = self.new.caller.user_id;
            out.push(Output::tell_people(
                [caller],
                ServerEvent::CallAccepted(person),
            ));
        }
        out.push(self.notice("joined", Some(user_id)));
        self.tell_joined(Some(user_id), ServerEvent::ParticipantJoined(person), out);
    }

    /// A device that is back goes on where it was; one that is new to a ringing call rings.
    fn returned(&mut self, device: Device, out: &mut Vec<Output>) {
        let Some(person) = self.people.get_mut(&device.user_id) else {
            return;
        };
        match person.state {
            ParticipantState::Ringing => {
                let incoming = ServerEvent::IncomingCall(self.incoming());
                out.push(Output::tell([Audience::Device(device)], incoming));
            }
            ParticipantState::Joined if person.is_at(device) => person.place(device),
            _ => {}
        }
    }

    fn callee(&mut self, user_id: UserId) -> Result<&mut Person, CallError> {
        let person = self.people.get_mut(&user_id);
        let person = person.ok_or(CallError::NotFound("call"))?;
        match person.state {
            ParticipantState::Ringing => Ok(person),
            ParticipantState::Joined => Err(CallError::Conflict("you are in the call")),
            _ => Err(CallError::Conflict("it does not ring for you any more")),
        }
    }

    fn in_state(&self, state: ParticipantState) -> impl Iterator<Item = UserId> + '_ {
        let people = self.people.iter().filter(move |(_, it)| it.state == state);
        people.map(|(user_id, _)| *user_id)
    }

    fn tell_joined(&self, except: Option<UserId>, event: ServerEvent, out: &mut Vec<Output>) {
        let others = self.joined().filter(|it| Some(*it) != except);
        out.push(Output::tell_people(others, event));
    }

    fn ring_until(&self) -> Timestamp {
        self.created_at.plus_seconds(self.patience.ring_seconds)
    }

    fn incoming(&self) -> IncomingCall {
        IncomingCall {
            call_id: self.new.call_id,
            from: self.new.caller.user_id,
            room_id: self.new.room_id,
            kind: self.kind(),
            media: self.new.media,
            expires_at: self.ring_until(),
        }
    }

    fn somebody(&self, user_id: UserId) -> CallPerson {
        CallPerson {
            call_id: self.new.call_id,
            user_id,
        }
    }

    fn ended(&self, reason: CallReason, ended_by: Option<UserId>) -> ServerEvent {
        ServerEvent::CallEnded(CallEnded {
            call_id: self.new.call_id,
            room_id: self.new.room_id,
            reason,
            ended_by,
        })
    }

    fn gone(&self, user_id: UserId, reason: CallReason) -> CallPersonGone {
        CallPersonGone {
            call_id: self.new.call_id,
            user_id,
            reason,
        }
    }

    fn enters(&self, user_id: UserId) -> Output {
        Output::Media(MediaCommand::Join(self.somebody(user_id)))
    }

    fn notice(&self, kind: &'static str, user_id: Option<UserId>) -> Output {
        Output::Notice(Notice { kind, user_id })
    }
}

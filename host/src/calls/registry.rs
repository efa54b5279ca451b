//! All calls that live, and what must hold between them. Like each of them: no I/O and no clock.
//!
//! Invariant: a person takes part in one call at a time, and a room (or two people without one) has one call at a time.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use super::{
    CallError,
    event::{Event, NewCall, Patience, Place},
    machine::Machine,
    output::Output,
    person::Device,
};
use crate::model::{
    Call, CallAck, CallId, CallQuality, CallState, ParticipantState, RoomId, Timestamp, UserId,
};

/// How long a call that is over is known by its id: late events about it are told so, and a retry of its `call_user` hears of
/// it. After that the database answers. Chosen, not standard.
const REMEMBERED_SECONDS: i64 = 60;
/// The most of them. Chosen, not standard.
const REMEMBERED: usize = 10_000;

/// What all calls keep to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    pub(super) patience: Patience,
    /// The most in one call.
    pub(super) participants: usize,
}

/// The calls.
#[derive(Debug)]
pub(super) struct Registry {
    rules: Rules,
    calls: HashMap<CallId, Machine>,
    in_place: HashMap<Place, CallId>,
    /// The calls that ring for a person or that they take part in.
    concerning: HashMap<UserId, BTreeSet<CallId>>,
    /// The one that they take part in.
    taking_part: HashMap<UserId, CallId>,
    by_client_id: HashMap<(UserId, String), CallId>,
    deadlines: BTreeSet<(Timestamp, CallId)>,
    over: VecDeque<(Timestamp, CallId)>,
    /// Since they were last kept.
    changed: HashSet<CallId>,
}

/// What came of an event: about which call.
pub(super) type Outcome = Vec<(CallId, Output)>;

impl Registry {
    pub(super) fn new(rules: Rules) -> Self {
        Self {
            rules,
            calls: HashMap::new(),
            in_place: HashMap::new(),
            concerning: HashMap::new(),
            taking_part: HashMap::new(),
            by_client_id: HashMap::new(),
            deadlines: BTreeSet::new(),
            over: VecDeque::new(),
            changed: HashSet::new(),
        }
    }

    /// Starts a call; where one lasts already, the caller answers or joins that.
    ///
    /// # Errors
    /// As [`Self::apply`]; `IdempotencyConflict`.
    pub(super) fn start(
        &mut self,
        new: NewCall,
        now: Timestamp,
    ) -> Result<(CallAck, Outcome), CallError> {
        let key = (new.caller.user_id, new.client_call_id.clone());
        let earlier = self.by_client_id.get(&key);
        if let Some(earlier) = earlier.and_then(|id| self.calls.get(id)) {
            return match earlier.new_call().place == new.place {
                true => Ok((earlier.ack(), Vec::new())),
                false => Err(CallError::IdempotencyConflict),
            };
        }
        if let Some(call_id) = self.in_place.get(&new.place).copied() {
            let outcome = self.apply(call_id, Event::Join(new.caller), now)?;
            return Ok((self.ack(call_id)?, outcome));
        }
        self.check_free(new.caller.user_id, new.call_id)?;
        let (call_id, place) = (new.call_id, new.place);
        let busy = |user_id| self.is_connected(user_id);
        let (call, outputs) = Machine::start(new, self.rules.patience, busy, now);
        let ack = call.ack();
        self.by_client_id.insert(key, call_id);
        self.in_place.insert(place, call_id);
        self.calls.insert(call_id, call);
        self.index(call_id, now);
        self.changed.insert(call_id);
        Ok((ack, of(call_id, outputs)))
    }

    /// Takes an event about a call.
    ///
    /// # Errors
    /// As [`Machine::apply`]; `Conflict` also if the person is in another call; `Full`.
    pub(super) fn apply(
        &mut self,
        call_id: CallId,
        event: Event,
        now: Timestamp,
    ) -> Result<Outcome, CallError> {
        if let Event::Answer(device) | Event::Join(device) = event {
            self.check_free(device.user_id, call_id)?;
            self.check_room(call_id, device.user_id)?;
        }
        self.unindex(call_id);
        let call = self.calls.get_mut(&call_id);
        let outputs = match call {
            Some(call) => call.apply(event, now),
            None => Err(CallError::NotFound("call")),
        };
        self.index(call_id, now);
        let outputs = outputs?;
        self.changed.insert(call_id);
        Ok(of(call_id, outputs))
    }

    /// The same for the call in which a person takes part, if they do.
    pub(super) fn apply_to_own(
        &mut self,
        user_id: UserId,
        event: Event,
        now: Timestamp,
    ) -> Outcome {
        let own = self.taking_part.get(&user_id).copied();
        own.and_then(|call_id| self.apply(call_id, event, now).ok())
            .unwrap_or_default()
    }

    /// A device has a socket: it goes on where it was, and hears what rings for its owner.
    pub(super) fn returned(&mut self, device: Device, now: Timestamp) -> Outcome {
        let concerned = self
            .concerning
            .get(&device.user_id)
            .cloned()
            .unwrap_or_default();
        let outcomes = concerned.into_iter().filter_map(|call_id| {
            let event = Event::Returned(device);
            self.apply(call_id, event, now).ok()
        });
        outcomes.flatten().collect()
    }

    /// Somebody does not belong to a group any more.
    pub(super) fn departed(&mut self, room_id: RoomId, user_id: UserId, now: Timestamp) -> Outcome {
        let call_id = self.in_place.get(&Place::Group(room_id)).copied();
        let departed = call_id.and_then(|it| self.apply(it, Event::Departed(user_id), now).ok());
        departed.unwrap_or_default()
    }

    /// Lets time pass.
    pub(super) fn pass_time(&mut self, now: Timestamp) -> Outcome {
        let mut outcome = Vec::new();
        while let Some((at, call_id)) = self.deadlines.first().copied().filter(|it| it.0 <= now) {
            self.deadlines.remove(&(at, call_id));
            outcome.extend(self.apply(call_id, Event::Due, now).unwrap_or_default());
        }
        self.forget(now);
        outcome
    }

    /// Ends every call.
    pub(super) fn stop(&mut self, event: Event, now: Timestamp) -> Outcome {
        let all: Vec<CallId> = self.in_place.values().copied().collect();
        let outcomes = all
            .into_iter()
            .filter_map(|it| self.apply(it, event, now).ok());
        outcomes.flatten().collect()
    }

    /// When time must pass next.
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        self.deadlines.first().map(|it| it.0)
    }

    /// The media router tells how somebody's connection fares.
    pub(super) fn report(&mut self, call_id: CallId, user_id: UserId, report: CallQuality) {
        let call = self.calls.get_mut(&call_id);
        let Some(person) = call.and_then(|call| call.person_mut(user_id)) else {
            return;
        };
        person.quality.add(report);
        if person.state != ParticipantState::Joined {
            // The last word on who has left already.
            self.changed.insert(call_id);
        }
    }

    /// Takes the calls that changed since this was asked last.
    pub(super) fn take_changed(&mut self) -> Vec<CallId> {
        self.changed.drain().collect()
    }

    /// They could not be kept.
    pub(super) fn put_back(&mut self, changed: Vec<CallId>) {
        self.changed.extend(changed);
    }

    /// Calls that are not over, and the people in them.
    pub(super) fn count(&self) -> (i64, i64) {
        let whole = |it: usize| i64::try_from(it).unwrap_or(i64::MAX);
        (whole(self.in_place.len()), whole(self.taking_part.len()))
    }

    pub(super) fn get(&self, call_id: CallId) -> Option<&Machine> {
        self.calls.get(&call_id)
    }

    pub(super) fn ack(&self, call_id: CallId) -> Result<CallAck, CallError> {
        let call = self.get(call_id).ok_or(CallError::NotFound("call"))?;
        Ok(call.ack())
    }

    /// Those that are not over, oldest first.
    pub(super) fn live(&self) -> Vec<Call> {
        let lasting = self.in_place.values();
        let mut live: Vec<Call> = lasting
            .filter_map(|it| Some(self.get(*it)?.record()))
            .collect();
        live.sort_by_key(|it| (it.created_at, it.call_id));
        live
    }

    /// The participants of a call that could be reached by the media router.
    pub(super) fn is_in(&self, call_id: CallId, device: Device) -> bool {
        let person = self.get(call_id).and_then(|it| it.person(device.user_id));
        person.and_then(|it| it.device()) == Some(device)
    }

    fn check_free(&self, user_id: UserId, for_call: CallId) -> Result<(), CallError> {
        match self.taking_part.get(&user_id) {
            Some(other) if *other != for_call => {
                Err(CallError::Conflict("you are in another call"))
            }
            _ => Ok(()),
        }
    }

    fn check_room(&self, call_id: CallId, user_id: UserId) -> Result<(), CallError> {
        let limit = self.rules.participants;
        let call = self.get(call_id);
        let others = call.map_or(0, |it| it.joined().filter(|it| *it != user_id).count());
        match others < limit {
            true => Ok(()),
            false => Err(CallError::Full { limit }),
        }
    }

    fn is_connected(&self, user_id: UserId) -> bool {
        let call = self.taking_part.get(&user_id).and_then(|it| self.get(*it));
        call.is_some_and(|it| it.state() == CallState::Connected)
    }

    /// Takes a call out of what is known by its state.
    fn unindex(&mut self, call_id: CallId) {
        let Some(call) = self.calls.get(&call_id) else {
            return;
        };
        if let Some(deadline) = call.deadline() {
            self.deadlines.remove(&(deadline, call_id));
        }
        for user_id in call.joined() {
            self.taking_part.remove(&user_id);
        }
        for user_id in call.concerned() {
            let Some(calls) = self.concerning.get_mut(&user_id) else {
                continue;
            };
            calls.remove(&call_id);
            if calls.is_empty() {
                self.concerning.remove(&user_id);
            }
        }
    }

    /// Puts it back as it is now; one that is over gives its place free.
    fn index(&mut self, call_id: CallId, now: Timestamp) {
        let Some(call) = self.calls.get(&call_id) else {
            return;
        };
        let deadline = call.deadline().map(|it| (it, call_id));
        self.deadlines.extend(deadline);
        self.taking_part
            .extend(call.joined().map(|it| (it, call_id)));
        for user_id in call.concerned() {
            self.concerning.entry(user_id).or_default().insert(call_id);
        }
        let place = call.new_call().place;
        if call.state() == CallState::Ended && self.in_place.get(&place) == Some(&call_id) {
            self.in_place.remove(&place);
            self.over.push_back((now, call_id));
        }
    }

    /// Forgets what has been over for long, once it is kept.
    fn forget(&mut self, now: Timestamp) {
        while let Some((at, call_id)) = self.over.front().copied() {
            let is_old = at.plus_seconds(REMEMBERED_SECONDS) <= now || self.over.len() > REMEMBERED;
            if !is_old || self.changed.contains(&call_id) {
                return;
            }
            self.over.pop_front();
            if let Some(call) = self.calls.remove(&call_id) {
                let NewCall {
                    caller,
                    client_call_id,
                    ..
                } = call.new_call();
                let key = (caller.user_id, client_call_id.clone());
                self.by_client_id.remove(&key);
            }
        }
    }
}

fn of(call_id: CallId, outputs: Vec<Output>) -> Outcome {
    outputs.into_iter().map(|it| (call_id, it)).collect()
}

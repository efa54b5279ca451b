//! Many calls under events in random orders: what must hold whatever happens.

use std::collections::{HashMap, HashSet};

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use super::*;
use crate::{
    calls::registry::Outcome,
    model::{CallReason, ParticipantState},
};

const SEEDS: u64 = 400;
const STEPS: usize = 150;
const PEOPLE: usize = 6;
const LIMIT: usize = 4;

/// A world of a few people, each with two devices, in two groups.
struct World {
    random: StdRng,
    registry: Registry,
    devices: Vec<Device>,
    groups: [RoomId; 2],
    calls: Vec<CallId>,
    now: i64,
    heard: Heard,
}

/// What was told of each call.
#[derive(Default)]
struct Heard {
    states: HashMap<CallId, CallState>,
    missed: HashMap<CallId, usize>,
    ended: HashMap<(CallId, UserId), usize>,
    departed: HashSet<(CallId, UserId)>,
    routed: HashSet<(CallId, UserId)>,
}

#[test]
fn whatever_happens_every_call_ends_and_nobody_is_in_two() {
    let only = std::env::var("NATTER_TEST_SEED")
        .ok()
        .map(|it| it.parse().unwrap());
    let seeds = only.map_or(0..SEEDS, |seed| seed..seed + 1);
    let mut reasons = HashSet::new();
    for seed in seeds {
        println!("seed {seed}");
        let mut world = World::new(seed);
        for _ in 0..STEPS {
            world.step();
        }
        world.end();
        let ended = |it: &CallId| world.registry.get(*it)?.record().reason;
        reasons.extend(
            world
                .calls
                .iter()
                .filter_map(ended)
                .map(|it| format!("{it:?}")),
        );
    }
    assert!(
        only.is_some() || reasons.len() >= 7,
        "the walks are too tame: {reasons:?}"
    );
}

impl World {
    fn new(seed: u64) -> Self {
        let people: Vec<UserId> = (0..PEOPLE).map(|_| UserId::generate()).collect();
        let rules = Rules {
            patience: PATIENCE,
            participants: LIMIT,
        };
        Self {
            random: StdRng::seed_from_u64(seed),
            registry: Registry::new(rules),
            devices: people
                .iter()
                .flat_map(|it| [device(*it), device(*it)])
                .collect(),
            groups: [RoomId::generate(), RoomId::generate()],
            calls: Vec::new(),
            now: 0,
            heard: Heard::default(),
        }
    }

    fn step(&mut self) {
        let by = self.any_device();
        let user_id = by.user_id;
        let outcome = match self.random.random_range(0..15) {
            0 | 1 => self.start(by),
            2 => self.act(Event::Ringing(user_id)),
            3 | 4 => self.act(Event::Answer(by)),
            5 => self.act(Event::Reject(by)),
            6 => self.act(Event::Join(by)),
            7 => self.act(Event::Leave(user_id)),
            8 => self.act(Event::End(user_id)),
            9 => self
                .registry
                .apply_to_own(user_id, Event::Dropped(by), at(self.now)),
            10 => self.registry.returned(by, at(self.now)),
            11 => self.act(Event::Stop(CallReason::Failed)),
            12 => {
                let event = Event::LoggedOut(by);
                self.registry.apply_to_own(user_id, event, at(self.now))
            }
            13 => self.depart(user_id),
            _ => {
                self.now += self.random.random_range(0..20);
                Vec::new()
            }
        };
        self.hear(outcome);
        let passed = self.registry.pass_time(at(self.now));
        self.hear(passed);
        self.check();
    }

    fn any_device(&mut self) -> Device {
        self.devices[self.random.random_range(0..self.devices.len())]
    }

    fn start(&mut self, by: Device) -> Outcome {
        let other = self.any_device().user_id;
        let (place, callees) = match self.random.random_range(0..3) {
            0 => (Place::Group(self.groups[0]), self.others(by.user_id)),
            1 => (Place::Group(self.groups[1]), self.others(by.user_id)),
            _ if other == by.user_id => return Vec::new(),
            _ => (Place::between(by.user_id, other), vec![other]),
        };
        let mut new = new_call(place, by, callees);
        if self.random.random_bool(0.2) {
            // A retry, perhaps of a call that was made elsewhere.
            new.client_call_id = "again".to_owned();
        }
        if matches!(place, Place::Between(..)) && self.random.random_bool(0.2) {
            new.hidden_from = Some(other);
        }
        let Ok((ack, outcome)) = self.registry.start(new, at(self.now)) else {
            return Vec::new();
        };
        if !self.calls.contains(&ack.call_id) {
            self.calls.push(ack.call_id);
        }
        outcome
    }

    fn depart(&mut self, user_id: UserId) -> Outcome {
        let room_id = self.groups[self.random.random_range(0..2)];
        let of_room = |it: &&CallId| {
            let call = self.registry.get(**it);
            call.is_some_and(|it| it.new_call().place == Place::Group(room_id))
        };
        let calls = self.calls.iter().filter(of_room);
        self.heard.departed.extend(calls.map(|it| (*it, user_id)));
        self.registry.departed(room_id, user_id, at(self.now))
    }

    fn others(&self, than: UserId) -> Vec<UserId> {
        let mut others: Vec<UserId> = self.devices.iter().map(|it| it.user_id).collect();
        others.dedup();
        others.retain(|it| *it != than);
        others
    }

    fn act(&mut self, event: Event) -> Outcome {
        if self.calls.is_empty() {
            return Vec::new();
        }
        // Mostly one of the newest: the old ones are over.
        let newest = self.calls.len().saturating_sub(4);
        let call_id = self.calls[self.random.random_range(newest..self.calls.len())];
        self.registry
            .apply(call_id, event, at(self.now))
            .unwrap_or_default()
    }

    fn hear(&mut self, outcome: Outcome) {
        let heard = &mut self.heard;
        for (call_id, output) in outcome {
            match output {
                Output::Missed => *heard.missed.entry(call_id).or_default() += 1,
                Output::Tell(to, event) if name_of(&event) == "call_ended" => {
                    let hidden_from = self.registry.get(call_id).unwrap().record().hidden_from;
                    for audience in to {
                        let Audience::Person(user_id) = audience else {
                            panic!("all devices are told of the end");
                        };
                        assert_ne!(hidden_from, Some(user_id), "who blocks hears nothing");
                        *heard.ended.entry((call_id, user_id)).or_default() += 1;
                    }
                }
                Output::Media(MediaCommand::Join(it)) => {
                    assert!(heard.routed.insert((call_id, it.user_id)));
                }
                Output::Media(MediaCommand::Leave(it)) => {
                    assert!(heard.routed.remove(&(call_id, it.user_id)));
                }
                Output::Tell(..) | Output::Notice(_) => {}
            }
        }
    }

    fn check(&mut self) {
        let mut taking_part = HashSet::new();
        for call_id in &self.calls {
            let Some(call) = self.registry.get(*call_id) else {
                continue;
            };
            let earlier = self.heard.states.insert(*call_id, call.state());
            assert!(
                earlier.is_none_or(|it| it as i16 <= call.state() as i16),
                "no way back"
            );
            for user_id in call.joined() {
                assert!(taking_part.insert(user_id), "{user_id} is in two calls");
            }
            let joined: HashSet<_> = call.joined().map(|it| (*call_id, it)).collect();
            let routed = self.heard.routed.iter().filter(|it| it.0 == *call_id);
            assert_eq!(
                joined,
                routed.copied().collect::<HashSet<_>>(),
                "media goes to who is there"
            );
            assert!(joined.len() <= LIMIT);
            let way_out = match call.state() {
                CallState::Ringing => call.deadline().is_some(),
                CallState::Connected => !joined.is_empty(),
                CallState::Ended => call.deadline().is_none() && joined.is_empty(),
            };
            assert!(way_out, "{call:?}");
            assert!(
                call.deadline().is_none_or(|it| it > at(self.now)),
                "a deadline was slept through"
            );
        }
    }

    /// Everybody goes away, and time passes.
    fn end(&mut self) {
        for device in self.devices.clone() {
            let gone = Event::Dropped(device);
            let outcome = self
                .registry
                .apply_to_own(device.user_id, gone, at(self.now));
            self.hear(outcome);
        }
        self.now += RING_SECONDS.max(GRACE_SECONDS);
        let outcome = self.registry.pass_time(at(self.now));
        self.hear(outcome);
        self.check();
        assert!(self.registry.live().is_empty());
        assert_eq!(self.registry.deadline(), None);
        for call_id in &self.calls {
            let Some(call) = self.registry.get(*call_id) else {
                continue;
            };
            let record = call.record();
            let refused = record.reason == Some(CallReason::Declined);
            let is_missed = record.connected_at.is_none() && !refused;
            let told = self.heard.missed.get(call_id).copied().unwrap_or(0);
            assert_eq!(told, usize::from(is_missed), "{record:?}");
            for it in &record.participants {
                let part = (*call_id, it.user_id);
                let told = self.heard.ended.get(&part).copied().unwrap_or(0);
                let is_told = it.state != ParticipantState::Busy && record.is_for(it.user_id);
                // Who departed may have come again, and then hears of two ends, or of none.
                let has_departed = self.heard.departed.contains(&part);
                assert!(has_departed || told == usize::from(is_told), "{record:?}");
                let is_over = !matches!(
                    it.state,
                    ParticipantState::Ringing | ParticipantState::Joined
                );
                assert!(is_over, "{record:?}");
            }
        }
    }
}

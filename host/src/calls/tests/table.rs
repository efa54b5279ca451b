//! The table of transitions in `docs/protocol.md` and the machine say the same: no row is missing on either side.

use std::collections::BTreeSet;

use super::*;
use crate::model::{CallReason, RoomKind};

/// State, event, kind of room, state after it, reason.
type Transition = (String, String, &'static str, String, String);

/// The kind of room, and how to get there.
type Situation = (&'static str, fn() -> Cast);

const EVENTS: [&str; 8] = [
    "call_user",
    "call_ringing",
    "answer_call",
    "reject_call",
    "join_call",
    "leave_call",
    "cancel_call",
    "end_call",
];
const OCCURRENCES: [&str; 5] = [
    "ring time over",
    "grace over",
    "logged out",
    "out of the group",
    "server stops",
];

#[test]
fn the_protocol_has_every_transition_and_no_other() {
    let documented = documented();
    let possible = possible();
    let missing: Vec<_> = possible.difference(&documented).collect();
    let invented: Vec<_> = documented.difference(&possible).collect();
    assert!(
        missing.is_empty() && invented.is_empty(),
        "not in docs/protocol.md: {missing:#?}\nonly there: {invented:#?}"
    );
}

#[test]
fn what_is_over_stays_over() {
    let mut cast = Cast::group(3);
    cast.apply(Event::Stop(CallReason::Drain), 1);
    let before = cast.call.record();
    for index in 0..3 {
        for name in EVENTS {
            let _ = cast.call.apply(event(name, cast.devices[index]), at(2));
        }
    }
    for happening in [Event::Due, Event::Stop(CallReason::Failed)] {
        assert!(cast.apply(happening, 1_000).is_empty());
    }
    assert_eq!(cast.call.record(), before);
}

fn documented() -> BTreeSet<Transition> {
    let protocol = include_str!("../../../../docs/protocol.md");
    let (_, table) = protocol.split_once("#### How a call goes").unwrap();
    let (table, _) = table.split_once("\n#").unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| "));
    let mut documented = BTreeSet::new();
    for row in rows.skip(1) {
        let cells: Vec<String> = row
            .split('|')
            .map(|it| it.replace('`', "").trim().to_owned())
            .collect();
        let [state, events, when, after, reason, ..] = cells.as_slice() else {
            panic!("a row has five cells: {row}");
        };
        for kind in ["direct", "group"] {
            let other = if kind == "direct" { "group" } else { "direct" };
            if when.starts_with(other) {
                continue;
            }
            for event in events.split(", ") {
                let transition = (
                    state.clone(),
                    event.to_owned(),
                    kind,
                    after.clone(),
                    reason.clone(),
                );
                documented.insert(transition);
            }
        }
    }
    documented
}

/// Everything that any person can do in any situation, and everything that happens by itself.
fn possible() -> BTreeSet<Transition> {
    let mut possible = BTreeSet::new();
    for (kind, prepare) in situations() {
        let people = prepare().devices.len();
        for index in 0..people {
            for name in EVENTS {
                let mut cast = prepare();
                let event = event(name, cast.devices[index]);
                let before = cast.call.state();
                if cast.call.apply(event, at(2)).is_ok() {
                    possible.insert(transition(before, name, kind, &cast.call));
                }
            }
            for name in OCCURRENCES {
                let mut cast = prepare();
                let before = cast.call.state();
                if occur(&mut cast, index, kind, name) {
                    possible.insert(transition(before, name, kind, &cast.call));
                }
            }
        }
    }
    possible.extend(starts());
    possible
}

/// Something that happens by itself, to a person; whether it can.
fn occur(cast: &mut Cast, index: usize, kind: &str, name: &str) -> bool {
    let device = cast.devices[index];
    let is_in_it = cast.call.joined().any(|it| it == device.user_id);
    match name {
        "ring time over" => drop(cast.apply(Event::Due, RING_SECONDS)),
        "server stops" => drop(cast.apply(Event::Stop(CallReason::Drain), 2)),
        "out of the group" if kind == "group" => {
            drop(cast.apply(Event::Departed(device.user_id), 2));
        }
        "logged out" if is_in_it => drop(cast.apply(Event::LoggedOut(device), 2)),
        "grace over" if is_in_it => {
            cast.apply(Event::Dropped(device), 2);
            cast.apply(Event::Due, 2 + GRACE_SECONDS);
        }
        _ => return false,
    }
    true
}

/// A call that begins.
fn starts() -> BTreeSet<Transition> {
    let mut starts = BTreeSet::new();
    for is_busy in [false, true] {
        for (kind, cast) in [("direct", Cast::direct()), ("group", Cast::group(3))] {
            let new = cast.call.new_call().clone();
            let (call, _) = Machine::start(new, PATIENCE, |_| is_busy, at(0));
            let (_, event, kind, after, reason) =
                transition(CallState::Ringing, "call_user", kind, &call);
            starts.insert(("-".to_owned(), event, kind, after, reason));
        }
    }
    starts
}

/// Calls that ring and calls that are connected, with people in every state.
fn situations() -> Vec<Situation> {
    vec![
        ("direct", Cast::direct),
        ("direct", || {
            let mut cast = Cast::direct();
            cast.apply(Event::Answer(cast.devices[1]), 1);
            cast
        }),
        ("group", || {
            let mut cast = Cast::group(4);
            cast.apply(Event::Reject(cast.devices[3]), 1);
            cast
        }),
        ("group", || {
            let mut cast = Cast::group(4);
            cast.apply(Event::Answer(cast.devices[1]), 1);
            cast.apply(Event::Reject(cast.devices[3]), 1);
            cast
        }),
        ("group", || {
            let mut cast = Cast::group(4);
            cast.apply(Event::Answer(cast.devices[1]), 1);
            cast.apply(Event::Leave(cast.user(0)), 1);
            cast
        }),
    ]
}

fn event(name: &str, by: Device) -> Event {
    match name {
        "call_user" | "join_call" => Event::Join(by),
        "call_ringing" => Event::Ringing(by.user_id),
        "answer_call" => Event::Answer(by),
        "reject_call" => Event::Reject(by),
        "leave_call" | "cancel_call" => Event::Leave(by.user_id),
        "end_call" => Event::End(by.user_id),
        other => panic!("{other} is no event"),
    }
}

fn transition(before: CallState, event: &str, kind: &'static str, call: &Machine) -> Transition {
    let expected = if kind == "direct" {
        RoomKind::Direct
    } else {
        RoomKind::Group
    };
    assert_eq!(call.kind(), expected);
    let reason = call.record().reason;
    (
        word(before),
        event.to_owned(),
        kind,
        word(call.state()),
        reason.map_or_else(String::new, word),
    )
}

/// One word of the wire.
fn word(it: impl std::fmt::Debug) -> String {
    format!("{it:?}").to_lowercase()
}

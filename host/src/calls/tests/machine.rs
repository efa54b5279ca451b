//! What one call tells, and to whom.

use super::*;
use crate::model::{CallReason, ParticipantState};

#[test]
fn the_first_answer_wins_and_other_devices_stop_ringing() {
    let mut cast = Cast::direct();
    let (ann, bob) = (cast.user(0), cast.devices[1]);
    let rings = cast.apply(Event::Ringing(bob.user_id), 1);
    assert_eq!(told(&rings, "call_ringing"), [Audience::Person(ann)]);
    // A second device of the same person is no news.
    assert!(cast.apply(Event::Ringing(bob.user_id), 1).is_empty());
    let answered = cast.apply(Event::Answer(bob), 2);
    assert_eq!(told(&answered, "call_accepted"), [Audience::Person(ann)]);
    assert_eq!(
        told(&answered, "call_handled_elsewhere"),
        [Audience::OthersOf(bob)]
    );
    let late = Event::Answer(device(bob.user_id));
    assert!(cast.call.apply(late, at(3)).is_err());
    assert_eq!(cast.call.deadline(), None, "it lasts as long as they like");
}

#[test]
fn a_device_that_comes_back_in_time_goes_on_and_one_that_does_not_is_out() {
    let mut cast = Cast::group(3);
    let [ann, bob, cid] = [cast.devices[0], cast.devices[1], cast.devices[2]];
    cast.apply(Event::Answer(bob), 1);
    cast.apply(Event::Answer(cid), 1);
    for gone in [bob, cid] {
        cast.apply(Event::Dropped(gone), 10);
    }
    let back = Device {
        session_id: SessionId::generate(),
        ..bob
    };
    cast.apply(Event::Returned(back), 20);
    // The end of the old socket may be heard after the new one.
    cast.apply(Event::Dropped(bob), 21);
    assert_eq!(cast.call.deadline(), Some(at(10 + GRACE_SECONDS)));
    let passed = cast.apply(Event::Due, 10 + GRACE_SECONDS);
    let left = [cid, ann, bob].map(|it| Audience::Person(it.user_id));
    let mut heard = told(&passed, "participant_left");
    heard.sort_by_key(|it| left.iter().position(|left| left == it));
    assert_eq!(heard, left);
    assert_eq!(cast.call.joined().count(), 2);
}

#[test]
fn somebody_in_it_is_not_pushed_out_by_another_device_of_theirs() {
    let mut cast = Cast::group(3);
    cast.apply(Event::Answer(cast.devices[1]), 1);
    let phone = device(cast.user(1));
    assert!(cast.call.apply(Event::Join(phone), at(2)).is_err());
    cast.apply(Event::Dropped(cast.devices[1]), 3);
    cast.apply(Event::Join(phone), 4);
    assert_eq!(
        cast.call.deadline(),
        Some(at(RING_SECONDS)),
        "only for the third one"
    );
}

#[test]
fn who_did_not_answer_has_missed_it_and_who_refused_has_not() {
    let mut cast = Cast::group(3);
    cast.apply(Event::Reject(cast.devices[1]), 1);
    let over = cast.apply(Event::Due, RING_SECONDS);
    assert_eq!(
        over.iter()
            .filter(|it| matches!(it, Output::Missed))
            .count(),
        1
    );
    let state = |index: usize| cast.call.person(cast.user(index)).unwrap().state;
    assert_eq!(state(1), ParticipantState::Declined);
    assert_eq!(state(2), ParticipantState::Missed);
    let mut refused = Cast::direct();
    let over = refused.apply(Event::Reject(refused.devices[1]), 1);
    assert!(!over.iter().any(|it| matches!(it, Output::Missed)));
}

#[test]
fn who_blocks_the_caller_hears_nothing_and_the_caller_cannot_tell() {
    let [ann, bob] = [device(UserId::generate()), device(UserId::generate())];
    let new = NewCall {
        hidden_from: Some(bob.user_id),
        ..new_call(
            Place::between(ann.user_id, bob.user_id),
            ann,
            vec![bob.user_id],
        )
    };
    // Whether they are in another call does not show either.
    let (mut call, started) = Machine::start(new, PATIENCE, |_| true, at(0));
    assert_eq!(call.state(), CallState::Ringing);
    assert_eq!(told(&started, "incoming_call"), []);
    assert_eq!(call.concerned().collect::<Vec<_>>(), [ann.user_id]);
    let over = call.apply(Event::Due, at(RING_SECONDS)).unwrap();
    assert_eq!(told(&over, "call_ended"), [Audience::Person(ann.user_id)]);
    let record = call.record();
    assert!(record.is_for(ann.user_id) && !record.is_for(bob.user_id));
    let states: Vec<_> = record.participants.iter().map(|it| it.state).collect();
    assert!(states.contains(&ParticipantState::Missed), "{states:?}");
}

#[test]
fn who_is_out_of_the_group_is_out_of_its_call_and_hears_no_more_of_it() {
    let mut cast = Cast::group(4);
    cast.apply(Event::Answer(cast.devices[1]), 1);
    let (ann, bob, cid) = (cast.user(0), cast.user(1), cast.user(2));
    let departed = cast.apply(Event::Departed(bob), 2);
    let mut heard = told(&departed, "participant_left");
    heard.sort_by_key(|it| *it != Audience::Person(ann));
    assert_eq!(heard, [ann, bob].map(Audience::Person));
    let departed = cast.apply(Event::Departed(cid), 2);
    assert_eq!(told(&departed, "call_ended"), [Audience::Person(cid)]);
    let over = cast.apply(Event::Stop(CallReason::Drain), 3);
    let heard = told(&over, "call_ended");
    let gone = [bob, cid].map(Audience::Person);
    assert!(!gone.iter().any(|it| heard.contains(it)), "{heard:?}");
    assert_eq!(heard.len(), 2, "who is there, and for whom it still rang");
}

#[test]
fn a_device_that_is_logged_out_is_out_at_once_and_another_is_not() {
    let mut cast = Cast::direct();
    cast.apply(Event::Answer(cast.devices[1]), 1);
    let other = device(cast.user(1));
    assert!(cast.apply(Event::LoggedOut(other), 2).is_empty());
    cast.apply(Event::LoggedOut(cast.devices[1]), 2);
    let record = cast.call.record();
    assert_eq!(record.reason, Some(CallReason::Removed));
}

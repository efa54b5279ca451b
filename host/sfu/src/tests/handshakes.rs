//! Connections that are slow to come about, and rooms that fail.

use std::time::Duration;

use super::{
    network::Weather,
    with_seeds,
    world::{ADA, BOB, World, call_of_two},
};
use crate::{EventKind, RoomId, SfuError, Side, Source};

#[test]
fn a_handshake_that_hangs_is_begun_anew() {
    let mut world = World::new(
        20,
        Weather {
            lost: 1000,
            ..Weather::CALM
        },
    );
    world.join(ADA);
    world.join(BOB);
    world.publish(ADA, &[Source::Microphone, Source::Camera]);
    world.run(Duration::from_secs(9));
    assert!(!world.told(|event| matches!(event, EventKind::Lost { .. })));
    world.run(Duration::from_secs(2));
    for (participant, side) in [(ADA, Side::Publish), (BOB, Side::Subscribe)] {
        let lost = EventKind::Lost { participant, side };
        assert!(world.told(|event| *event == lost), "{lost:?}");
    }
    world.turn(Weather::CALM);
    world.run_until("video", |world| !world.video_of(BOB).is_empty());
}

#[test]
fn a_room_that_fails_costs_no_other() {
    let mut world = call_of_two(21, Weather::CALM);
    let other = RoomId(8);
    world
        .sfu
        .join(world.now, other, ADA)
        .expect("there is room");
    let failed = world.sfu.within(other, |_, _| -> Result<(), SfuError> {
        panic!("a test's own");
    });
    assert!(
        matches!(failed, Err(SfuError::UnknownRoom(_))),
        "{failed:?}"
    );
    world.video_of(BOB);
    world.run(Duration::from_secs(1));
    assert!(!world.video_of(BOB).is_empty());
    assert!(world.told(|event| *event == EventKind::Failed));
}

/// The library can hang for good over a handshake of which packets are lost, doubled and late.
#[test]
fn in_rough_weather_everybody_is_connected_in_the_end() {
    with_seeds(48, |seed| {
        let mut world = World::new(seed, Weather::ROUGH);
        world.join(ADA);
        world.join(BOB);
        world.publish(ADA, &[Source::Microphone, Source::Camera]);
        world.run_until("video", |world| !world.video_of(BOB).is_empty());
    });
}

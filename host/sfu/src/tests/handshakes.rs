//! Connections that are slow to come about.

use std::time::Duration;

use super::{
    network::Weather,
    with_seeds,
    world::{ADA, BOB, World},
};
use crate::{EventKind, Side, Source};

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

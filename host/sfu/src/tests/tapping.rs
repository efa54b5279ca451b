//! The tap by itself: padding that is lost or late, and a recorder that stands still.

use std::{collections::BTreeMap, time::Duration};

use super::{
    epoch,
    network::{Network, Weather},
    rewriting::Encoder,
    with_seeds,
    world::{ADA, ROOM, World, camera},
};
use crate::{
    TappedKind,
    identity::{Layer, Source},
    outputs::Outputs,
    publish::stream::{Accepted, Stream, StreamId},
    subscribe::subscriber::{StreamView, View},
    tap::Tap,
};

const FRAME: Duration = Duration::from_millis(33);

/// A tap that is aimed at a camera of one layer.
fn tap() -> (Tap, Stream) {
    let id = StreamId(1);
    let mut view = View::new(false);
    view.set(
        Layer::High,
        StreamView {
            id,
            live: true,
            bits_per_second: 1,
        },
    );
    let mut tap = Tap::default();
    tap.choose(ADA, &BTreeMap::from([(camera(ADA), view)]));
    (tap, Stream::new(Source::Camera, Layer::High, 1, id))
}

/// Browsers probe with empty packets, and never send those again.
#[test]
fn padding_that_is_lost_or_late_costs_no_frame_and_no_keyframe() {
    with_seeds(100, |seed| {
        // Padding comes up to two frames late, and a third of it never.
        let padding_weather = Weather {
            lost: 333,
            jitter: 2 * FRAME,
            ..Weather::ROUGH
        };
        let mut network = Network::new(seed, Weather::CALM);
        let mut padding_network = Network::new(seed, padding_weather);
        let mut encoder = Encoder::new(seed);
        let (mut tap, mut stream) = tap();
        let mut outputs = Outputs::default();
        let (mut sent, mut asked, mut now) = (0, 0, epoch());
        let start = now;
        let end = start + Duration::from_secs(20);
        while now < end + Duration::from_secs(1) {
            for packet in encoder.frame(FRAME) {
                match packet.payload.is_empty() {
                    _ if now >= end => {}
                    true => padding_network.send(now, packet),
                    false => network.send(now, packet),
                }
            }
            sent += u32::from(now < end);
            for _ in 0..33 {
                now += Duration::from_millis(1);
                while let Some(packet) = network
                    .receive(now)
                    .or_else(|| padding_network.receive(now))
                {
                    if let Accepted::Media(packet) = stream.accept(now, packet) {
                        let missing = tap.accept(ROOM, camera(ADA), &packet, &mut outputs);
                        asked += u32::from(missing.is_some());
                    }
                }
            }
        }
        let before_first_keyframe = sent - outputs.tapped.len() as u32;
        assert!(
            before_first_keyframe < 200,
            "{before_first_keyframe} of {sent}"
        );
        let pictures: Vec<u32> = outputs
            .tapped
            .iter()
            .map(|tapped| match tapped.kind {
                TappedKind::Frame { timestamp, .. } => timestamp,
                _ => panic!("only frames are tapped"),
            })
            .collect();
        for pair in pictures.windows(2) {
            assert_eq!(
                pair[1].wrapping_sub(pair[0]),
                33 * 90,
                "no frame is missing"
            );
        }
        assert_eq!(asked, 0, "nothing that matters was lost");
    });
}

#[test]
fn a_recorder_that_stands_still_costs_the_publisher_nothing_and_hears_of_the_end() {
    let mut world = World::new(30, Weather::CALM);
    world.join(ADA);
    world.publish(ADA, &[Source::Microphone, Source::Camera]);
    world.run(Duration::from_secs(1));
    world.sfu.tap(world.now, ROOM, ADA).expect("she is there");
    world.run_until("a full queue", |world| world.sfu.counters().tap_dropped > 0);
    world.run(Duration::from_secs(1));
    let before = world.sfu.counters().keyframes_asked;
    world.run(Duration::from_secs(5));
    assert_eq!(world.sfu.counters().keyframes_asked, before);
    world.sfu.untap(world.now, ROOM, ADA).expect("she is there");
    let mut ended = 0;
    while let Some(tapped) = world.sfu.poll_tap() {
        ended += u32::from(matches!(tapped.kind, TappedKind::Ended));
    }
    assert_eq!(ended, 2, "a microphone and a camera");
}

#[test]
fn a_recorder_that_caught_up_gets_frames_again_from_a_keyframe_on() {
    let mut world = World::new(31, Weather::CALM);
    world.join(ADA);
    world.publish(ADA, &[Source::Microphone, Source::Camera]);
    world.run(Duration::from_secs(1));
    world.sfu.tap(world.now, ROOM, ADA).expect("she is there");
    world.run_until("a full queue", |world| world.sfu.counters().tap_dropped > 0);
    while world.sfu.poll_tap().is_some() {}
    world.run(Duration::from_secs(2));
    let mut first = None;
    while let Some(tapped) = world.sfu.poll_tap() {
        match tapped.kind {
            TappedKind::Frame { is_keyframe, .. } if tapped.track == camera(ADA) => {
                first.get_or_insert(is_keyframe);
            }
            _ => {}
        }
    }
    assert_eq!(first, Some(true));
}

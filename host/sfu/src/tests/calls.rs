//! Whole calls: what one sends, the others get.

use std::time::Duration;

use super::{
    client::{SERVER, Studio},
    network::Weather,
    with_seeds,
    world::{ADA, BOB, ROOM, World, call_of_two, camera, in_order},
};
use crate::{
    EventKind, Layer, Muter, ParticipantId, Protocol, Quality, Received, SfuError, Side, Source,
    TappedKind, TrackId,
};

#[test]
fn what_one_sends_the_other_gets_and_layers_change_without_a_hole() {
    let mut world = call_of_two(1, Weather::CALM);
    let mut seen = Vec::new();
    for layer in [Layer::Low, Layer::High, Layer::Middle, Layer::Low] {
        world
            .sfu
            .show(world.now, ROOM, BOB, camera(ADA), Some(layer))
            .expect("it is shown");
        world.run(Duration::from_secs(2));
        let now_seen = world.video_of(BOB);
        assert_eq!(now_seen.last().map(|seen| seen.layer), Some(layer));
        seen.extend(now_seen);
    }
    let seen = in_order(seen);
    for pair in seen.windows(2) {
        let ticks = pair[1].timestamp.wrapping_sub(pair[0].timestamp) as i32;
        let pictures = pair[1].picture_id.wrapping_sub(pair[0].picture_id) & 0x7fff;
        assert_eq!(
            pair[1].sequence,
            pair[0].sequence.wrapping_add(1),
            "{pair:?}"
        );
        assert_eq!(pair[1].ssrc, pair[0].ssrc, "one stream");
        assert!((0..9_000).contains(&ticks), "{ticks}: {pair:?}");
        assert!(pictures <= 1, "{pair:?}");
    }
    assert_eq!(world.sfu.counters().malformed, 0);
}

#[test]
fn a_lossy_call_is_repaired_whatever_the_seed() {
    with_seeds(24, |seed| {
        let mut world = call_of_two(seed, Weather::ROUGH);
        world.video_of(BOB);
        world.run(Duration::from_secs(4));
        let seen = in_order(world.video_of(BOB));
        let span = seen
            .last()
            .expect("some")
            .sequence
            .wrapping_sub(seen[0].sequence);
        let missing = usize::from(span) + 1 - seen.len();
        // Lost twice on one of the ways, or still under way: 3 % are lost on each.
        assert!(
            missing * 10 < usize::from(span),
            "{missing} of {span} are missing"
        );
        // The smallest layer has 30 packets a second.
        assert!(seen.len() > 100, "{} packets", seen.len());
        let counters = world.sfu.counters();
        assert!(counters.repaired > 0, "{counters:?}");
        // This client takes repaired packets for lost ones and asks again, so the limit of repeats is what bounds it.
        let repaired = counters.repaired as f64 / counters.media_forwarded as f64;
        assert!(repaired < 0.5, "no storm: {counters:?}");
    });
}

#[test]
fn a_narrow_path_brings_the_layer_down_and_a_wide_one_up_again() {
    let mut world = call_of_two(3, Weather::CALM);
    world.bottleneck = Some(600_000);
    let narrowed_at = world.now;
    world.run_until("a smaller layer", |world| world.runs_for(BOB, Layer::Low));
    let took = world.now - narrowed_at;
    assert!(took < Duration::from_secs(3), "{took:?}");
    world.bottleneck = None;
    world.run_until("the large layer", |world| world.runs_for(BOB, Layer::High));
}

#[test]
fn who_comes_late_gets_all_and_who_left_makes_room() {
    let mut world = call_of_two(4, Weather::CALM);
    let carol = ParticipantId(3);
    world.join(carol);
    world.run_until("video for who came late", |world| {
        !world.video_of(carol).is_empty()
    });
    let sections = world.placed[&BOB].len();
    assert_eq!(sections, 2, "a microphone and a camera");
    for round in 0..3 {
        world
            .sfu
            .leave(world.now, ROOM, ADA)
            .expect("she was there");
        world.clients.retain(|client| client.id != ADA);
        world.run(Duration::from_millis(200));
        assert_eq!(world.placed[&BOB], [], "nobody is shown, round {round}");
        world.join(ADA);
        world.publish(ADA, &[Source::Microphone, Source::Camera]);
        world.video_of(BOB);
        world.run_until("her video again", |world| !world.video_of(BOB).is_empty());
    }
    let offers = world
        .events
        .iter()
        .filter(|event| matches!(event, EventKind::Offer { to: BOB, .. }));
    assert_eq!(offers.count(), 1, "the places of who left are used again");
}

#[test]
fn a_mute_stops_it_and_only_oneself_unmutes() {
    let mut world = call_of_two(5, Weather::CALM);
    let track = camera(ADA);
    let by_bob = Muter::Other(BOB);
    world
        .sfu
        .mute(world.now, ROOM, track, true, by_bob)
        .expect("bob may");
    world.run(Duration::from_millis(100));
    world.video_of(BOB);
    world.run(Duration::from_secs(1));
    assert!(world.video_of(BOB).is_empty());
    let refused = world.sfu.mute(world.now, ROOM, track, false, by_bob);
    assert!(matches!(refused, Err(SfuError::OnlySelfUnmutes)));
    world
        .sfu
        .mute(world.now, ROOM, track, false, Muter::Oneself)
        .expect("she may");
    world.run_until("her video again", |world| !world.video_of(BOB).is_empty());
}

#[test]
fn a_screen_comes_and_goes_without_a_new_connection() {
    let mut world = call_of_two(6, Weather::CALM);
    let screen = TrackId {
        participant: ADA,
        source: Source::Screen,
    };
    for _ in 0..2 {
        let studio = world.client(ADA).studio.as_mut().expect("she publishes");
        studio.switch(Source::Screen, &Layer::ALL);
        let sources = [Source::Microphone, Source::Camera, Source::Screen];
        world
            .sfu
            .set_sources(world.now, ROOM, ADA, &sources)
            .expect("all negotiated");
        let ssrcs = |world: &mut World| {
            let mut ssrcs: Vec<u32> = world.video_of(BOB).iter().map(|seen| seen.ssrc).collect();
            ssrcs.sort_unstable();
            ssrcs.dedup();
            ssrcs.len()
        };
        world.run(Duration::from_millis(200));
        world.run_until("two videos", |world| {
            world.run(Duration::from_millis(300));
            ssrcs(world) == 2
        });
        assert!(
            world.placed[&BOB]
                .iter()
                .any(|placed| placed.track == screen)
        );
        let sources = [Source::Microphone, Source::Camera];
        world
            .sfu
            .set_sources(world.now, ROOM, ADA, &sources)
            .expect("all negotiated");
        world.run(Duration::from_millis(300));
        ssrcs(&mut world);
        world.run(Duration::from_millis(300));
        assert_eq!(ssrcs(&mut world), 1);
    }
    assert!(world.told(|event| *event == EventKind::TrackUnpublished(screen)));
}

#[test]
fn layers_that_nobody_watches_need_not_be_sent() {
    let mut world = call_of_two(7, Weather::CALM);
    let show = |world: &mut World, layer| {
        world
            .sfu
            .show(world.now, ROOM, BOB, camera(ADA), layer)
            .expect("it is shown");
        world.events.clear();
        world.run(Duration::from_secs(4));
        let told = world.events.iter().rev().find_map(|event| match event {
            EventKind::PublishLayers { layers, .. } => Some(*layers),
            _ => None,
        });
        told.map(|layers| Layer::ALL.map(|layer| layers.contains(layer)))
    };
    assert_eq!(
        show(&mut world, Some(Layer::Low)),
        Some([true, false, false])
    );
    assert_eq!(show(&mut world, None), Some([false, false, false]));
    assert_eq!(
        show(&mut world, Some(Layer::Middle)),
        Some([false, true, false])
    );
}

#[test]
fn a_tap_gets_whole_frames_of_one_continued_stream() {
    let mut world = World::new(8, Weather::CALM);
    world.join(ADA);
    world.publish(ADA, &[Source::Microphone, Source::Camera]);
    world.run(Duration::from_secs(1));
    world.turn(Weather::ROUGH);
    world.sfu.tap(world.now, ROOM, ADA).expect("she is there");
    world.run(Duration::from_secs(6));
    world.sfu.untap(world.now, ROOM, ADA).expect("she is there");
    let mut frames = Vec::new();
    let (mut sounds, mut clocks, mut ended) = (0, 0, 0);
    while let Some(tapped) = world.sfu.poll_tap() {
        match tapped.kind {
            TappedKind::Frame {
                data,
                timestamp,
                is_keyframe,
                ..
            } => match tapped.track.source {
                Source::Camera => frames.push((data, timestamp, is_keyframe)),
                _ => sounds += 1,
            },
            TappedKind::Clock { .. } => clocks += 1,
            TappedKind::Ended => ended += 1,
        }
    }
    assert!(
        frames.len() > 100 && sounds > 100,
        "{} frames, {sounds} sounds",
        frames.len()
    );
    assert!(clocks > 4 && ended == 2, "{clocks} clocks, {ended} ends");
    assert!(frames[0].2, "it begins with a keyframe");
    for pair in frames.windows(2) {
        let ticks = pair[1].1.wrapping_sub(pair[0].1) as i32;
        assert!(ticks > 0, "frames come in order");
        assert_eq!(pair[1].0.len() % 996, 0, "all of a frame's packets");
        assert_eq!(
            pair[1].0[0] & 1 == 0,
            pair[1].2,
            "a keyframe says so itself"
        );
    }
}

#[test]
fn keyframe_requests_of_many_are_few_for_the_publisher() {
    let mut world = call_of_two(9, Weather::CALM);
    let ssrc = world.video_of(BOB).last().map_or(0, |seen| seen.ssrc);
    world.run(Duration::from_millis(200));
    let ssrc = world.video_of(BOB).last().map_or(ssrc, |seen| seen.ssrc);
    let before = world.sfu.counters().keyframes_asked;
    for _ in 0..5_000 {
        let now = world.now;
        let viewer = world.client(BOB).viewer.as_mut().expect("he watches");
        viewer.ask_keyframe(now, ssrc);
        world.step();
    }
    let asked = world.sfu.counters().keyframes_asked - before;
    assert!((5..=12).contains(&asked), "{asked} in five seconds");
}

#[test]
fn garbage_costs_a_counter_and_nobody_else_notices() {
    let mut world = call_of_two(10, Weather::CALM);
    let routes = [1001, 2002].map(|port| crate::Route {
        protocol: Protocol::Udp,
        local: SERVER.into(),
        peer: ([198, 51, 100, 7], port).into(),
    });
    for first in 0..=255_u8 {
        for route in routes {
            let mut bytes = bytes::BytesMut::from(&[first; 60][..]);
            bytes[1..].fill(first.wrapping_mul(31));
            world
                .sfu
                .handle_packet(world.now, Received { route, bytes });
            world.sfu.handle_timeout(world.now);
        }
    }
    let stranger = crate::Route {
        peer: ([203, 0, 113, 9], 9).into(),
        ..routes[0]
    };
    let bytes = bytes::BytesMut::from(&b"\x80 media of nobody"[..]);
    world.sfu.handle_packet(
        world.now,
        Received {
            route: stranger,
            bytes,
        },
    );
    assert_eq!(world.sfu.counters().unroutable, 1);
    world.video_of(BOB);
    world.run(Duration::from_secs(1));
    assert!(!world.video_of(BOB).is_empty());
    assert!(!world.told(|event| matches!(event, EventKind::Lost { .. })));
}

#[test]
fn descriptions_that_do_not_fit_are_refused_and_nothing_breaks() {
    let mut world = call_of_two(11, Weather::CALM);
    let now = world.now;
    let whole = Studio::new(now, 1500).offer(now);
    let long = "a".repeat(1 << 20);
    let cut = whole.0[..whole.0.len() / 2].to_owned();
    let renamed = whole.0.replace("a=mid:", "a=mid:x");
    let without_sources = whole
        .0
        .replace("a=ssrc", "a=none")
        .replace("a=rid", "a=none");
    for offer in [
        String::new(),
        "v=0".to_owned(),
        long,
        cut,
        renamed,
        without_sources,
    ] {
        let refused = world.sfu.publish(now, ROOM, BOB, offer, &whole.1);
        assert!(refused.is_err(), "{refused:?}");
    }
    let refused = world.sfu.accept(now, ROOM, BOB, "v=0".to_owned());
    assert!(
        matches!(refused, Err(SfuError::NoOfferWaits)),
        "{refused:?}"
    );
    world.video_of(BOB);
    world.run(Duration::from_secs(1));
    assert!(!world.video_of(BOB).is_empty());
}

#[test]
fn a_client_that_falls_silent_is_told_of_and_its_tracks_end() {
    let mut world = call_of_two(12, Weather::CALM);
    let client = world.clients.iter_mut().find(|client| client.id == ADA);
    client.expect("she joined").studio = None;
    world.run(Duration::from_secs(20));
    let lost = EventKind::Lost {
        participant: ADA,
        side: Side::Publish,
    };
    assert!(world.told(|event| *event == lost));
    assert!(world.told(|event| *event == EventKind::TrackUnpublished(camera(ADA))));
}

#[test]
fn when_all_ends_everybody_hears_of_it() {
    let mut world = call_of_two(15, Weather::CALM);
    world.sfu.tap(world.now, ROOM, ADA).expect("she is there");
    world.run(Duration::from_millis(100));
    world.sent_to.clear();
    world.sfu.close(world.now);
    world.settle();
    let mut ports: Vec<u16> = world.sent_to.iter().map(|(to, _)| to.port()).collect();
    ports.sort_unstable();
    assert_eq!(ports, [1001, 2002], "the ends of both connections");
    let ended = std::iter::from_fn(|| world.sfu.poll_tap());
    let ended = ended.filter(|it| matches!(it.kind, TappedKind::Ended));
    assert_eq!(ended.count(), 2);
    world.join(ADA);
}

#[test]
fn who_made_a_video_small_gets_it_small_on_the_next_connection_too() {
    let mut world = call_of_two(16, Weather::CALM);
    world
        .sfu
        .show(world.now, ROOM, BOB, camera(ADA), Some(Layer::Low))
        .expect("it is shown");
    world.sfu.break_receiver(ROOM, BOB);
    world.run(Duration::from_secs(1));
    world.video_of(BOB);
    world.run(Duration::from_secs(3));
    let seen = world.video_of(BOB);
    assert!(!seen.is_empty() && seen.iter().all(|seen| seen.layer == Layer::Low));
}

#[test]
fn a_client_that_closes_is_told_of_at_once() {
    let mut world = call_of_two(14, Weather::CALM);
    let studio = world.client(ADA).studio.as_mut().expect("she publishes");
    studio.peer.close();
    studio.switch(Source::Camera, &[]);
    studio.switch(Source::Microphone, &[]);
    world.restarts = false;
    world.run(Duration::from_millis(200));
    let lost = EventKind::Lost {
        participant: ADA,
        side: Side::Publish,
    };
    assert!(world.told(|event| *event == lost));

    // What went over the connection counts when she leaves after it.
    world.events.clear();
    let left = world.sfu.leave(world.now, ROOM, ADA);
    left.expect("she is there");
    world.settle();
    let ada = quality_of(&world, ADA);
    assert!(ada.received_bits_per_second > 0, "{ada:?}");
}

#[test]
fn quality_tells_what_went_and_what_was_lost() {
    let mut world = call_of_two(13, Weather::ROUGH);
    world.events.clear();
    world.run(Duration::from_secs(11));
    let (ada, bob) = (quality_of(&world, ADA), quality_of(&world, BOB));
    assert!(ada.received_bits_per_second > 500_000, "{ada:?}");
    assert!(bob.sent_bits_per_second > 300_000, "{bob:?}");
    assert!((0.005..0.1).contains(&bob.sent_loss), "{bob:?}");
    let round_trip = bob.round_trip.expect("it was reported");
    assert!((30..120).contains(&round_trip.as_millis()), "{bob:?}");
}

/// What was told last.
fn quality_of(world: &World, id: ParticipantId) -> Quality {
    let told = world.events.iter().rev().find_map(|event| match event {
        EventKind::Quality {
            participant,
            quality,
        } if *participant == id => Some(*quality),
        _ => None,
    });
    told.expect("it is told every five seconds, and when somebody leaves")
}

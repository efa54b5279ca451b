//! What one client does must not harm others.

use std::time::Duration;

use bytes::BytesMut;

use super::{
    client::SERVER,
    network::Weather,
    world::{ADA, BOB, ROOM, World, call_of_two},
};
use crate::{EventKind, ParticipantId, Protocol, Received, Route, Side, Source};

/// A route of a client that its connection was answered on.
fn route(port: u16) -> Route {
    Route {
        protocol: Protocol::Udp,
        local: SERVER.into(),
        peer: ([198, 51, 100, 7], port).into(),
    }
}

fn send(world: &mut World, port: u16, bytes: &[u8]) {
    let packet = Received {
        route: route(port),
        bytes: BytesMut::from(bytes),
    };
    world.sfu.handle_packet(world.now, packet);
}

/// A DTLS record with handshake fragments that each claim to be one byte of a message, and have none (RFC 6347 §4.2.2).
fn empty_fragments(record_number: u32, message: u8, from: u32) -> Vec<u8> {
    let mut record = vec![22, 0xfe, 0xfd, 0, 0, 0, 0];
    record.extend(record_number.to_be_bytes());
    record.extend((160_u16 * 12).to_be_bytes());
    for offset in from..from + 160 {
        let [_, high, middle, low] = offset.to_be_bytes();
        record.extend([11, 0, 0, 0, 0, message, high, middle, low, 0, 0, 1]);
    }
    record
}

/// Bob is shown a second of video, and nobody was lost.
fn check_call_goes_on(world: &mut World) {
    world.video_of(BOB);
    world.run(Duration::from_secs(1));
    assert!(world.video_of(BOB).len() > 20);
    assert!(!world.told(|event| matches!(event, EventKind::Lost { .. })));
}

#[test]
fn fragments_without_end_do_not_exhaust_the_stack() {
    let mut world = call_of_two(50, Weather::CALM);
    // One of these is the message that the library expects next. The last datagram of each is its beginning.
    let mut record_number = 1000;
    for message in 4..8 {
        for datagram in (0..125).rev() {
            record_number += 1;
            let fragments = empty_fragments(record_number, message, datagram * 160);
            send(&mut world, 1001, &fragments);
            world.run(Duration::from_millis(5));
        }
    }
    check_call_goes_on(&mut world);
    assert!(world.sfu.counters().flooded > 100);
}

#[test]
fn who_floods_with_handshakes_keeps_nobody_from_joining() {
    let mut world = call_of_two(51, Weather::CALM);
    let carol = ParticipantId(3);
    world.join(carol);
    for _ in 0..2_000 {
        for _ in 0..20 {
            send(&mut world, 1001, b"\x16\xfe\xfd\0\0\0\0\0\0\0\x01\0\0");
        }
        world.step();
        if !world.video_of(carol).is_empty() {
            break;
        }
    }
    check_call_goes_on(&mut world);
    assert!(
        !world.video_of(carol).is_empty(),
        "{:?}",
        world.sfu.counters()
    );
}

#[test]
fn a_flood_of_one_does_not_reach_the_others() {
    let mut world = call_of_two(52, Weather::CALM);
    let before = world.sfu.counters();
    for packet in 0..20_000_u32 {
        let mut bytes = [0x80, 96, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        bytes[8..12].copy_from_slice(&packet.to_be_bytes());
        send(&mut world, 1001, &bytes);
    }
    world.run(Duration::from_secs(1));
    let after = world.sfu.counters();
    assert!(after.flooded - before.flooded > 19_000, "{after:?}");
    assert!(after.malformed - before.malformed <= 3_000, "{after:?}");
    check_call_goes_on(&mut world);
}

#[test]
fn garbage_on_a_known_route_costs_the_counter_each() {
    let mut world = call_of_two(53, Weather::CALM);
    let before = world.sfu.counters().malformed;
    // Of a stream that is not there, with a report's type, an unknown kind, a check that is signed by nobody, and nothing.
    let name = world.nomination(BOB);
    let mut unsigned = name.to_vec();
    // The signature's last byte, before the fingerprint.
    let last = unsigned.len() - 9;
    unsigned[last] ^= 1;
    for bytes in [
        &[0x80; 40][..],
        &[0x80, 200, 0, 6, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
        &[0x50; 20],
        &unsigned,
        &[],
    ] {
        send(&mut world, 1001, bytes);
    }
    assert_eq!(world.sfu.counters().malformed, before + 5);
}

#[test]
fn a_storm_of_sender_reports_is_not_multiplied() {
    let mut world = call_of_two(54, Weather::CALM);
    world.run(Duration::from_secs(2));
    world.sent_to.clear();
    world.run(Duration::from_secs(2));
    let packets = |world: &World| {
        let to_bob = world.sent_to.iter().filter(|(to, _)| to.port() == 2002);
        to_bob.count()
    };
    let usual = packets(&world);
    world.sent_to.clear();
    for _ in 0..2_000 {
        let now = world.now;
        let studio = world.client(ADA).studio.as_mut().expect("she publishes");
        studio.report(now);
        world.step();
    }
    // Four streams, five times a second at most.
    let stormy = packets(&world);
    assert!(stormy < usual + 2 * 5 * 4 + 20, "{usual} and then {stormy}");
}

#[test]
fn offers_are_made_one_at_a_time_and_take_in_what_came_meanwhile() {
    let mut world = World::new(55, Weather::CALM);
    world.join(ADA);
    let viewers: Vec<ParticipantId> = (10..20).map(ParticipantId).collect();
    for viewer in &viewers {
        world.join(*viewer);
    }
    world.publish(ADA, &[Source::Microphone]);
    let sources = [Source::Microphone, Source::Camera, Source::Screen];
    world
        .sfu
        .set_sources(world.now, ROOM, ADA, &sources)
        .expect("all were negotiated");
    let mut offers = Vec::new();
    for _ in 0..3 * viewers.len() {
        let before = world.events.len();
        world.sfu.handle_timeout(world.now);
        world.settle();
        let is_offer = |event: &&EventKind| matches!(event, EventKind::Offer { .. });
        offers.push(world.events[before..].iter().filter(is_offer).count());
    }
    assert!(offers.iter().all(|count| *count <= 1), "{offers:?}");
    assert_eq!(offers.iter().sum::<usize>(), viewers.len());
    assert!(viewers.iter().all(|viewer| world.placed[viewer].len() == 3));
}

#[test]
fn an_offer_that_is_not_answered_is_made_anew() {
    let mut world = World::new(56, Weather::CALM);
    world.join(ADA);
    world.join(BOB);
    world.answers = false;
    world.publish(ADA, &[Source::Microphone, Source::Camera]);
    world.run(Duration::from_secs(14));
    let lost = EventKind::Lost {
        participant: BOB,
        side: Side::Subscribe,
    };
    assert!(!world.told(|event| *event == lost));
    world.run(Duration::from_secs(2));
    assert!(world.told(|event| *event == lost));
    world.answers = true;
    world.run_until("video", |world| !world.video_of(BOB).is_empty());
}

#[test]
fn a_receiver_that_fails_is_made_anew_and_nobody_else_notices() {
    let mut world = call_of_two(57, Weather::CALM);
    let carol = ParticipantId(3);
    world.join(carol);
    world.run_until("video", |world| !world.video_of(carol).is_empty());
    world.sfu.break_receiver(ROOM, BOB);
    let screen = [Source::Microphone, Source::Camera, Source::Screen];
    world
        .sfu
        .set_sources(world.now, ROOM, ADA, &screen)
        .expect("that Bob's connection fails is not hers");
    world.run(Duration::from_secs(1));
    for id in [BOB, carol] {
        assert_eq!(world.placed[&id].len(), 3, "{id}");
        world.video_of(id);
    }
    world.run(Duration::from_secs(2));
    assert!(!world.video_of(BOB).is_empty() && !world.video_of(carol).is_empty());
}

//! Clients that change their network, and descriptions that name addresses.

use std::time::Duration;

use super::{
    network::Weather,
    world::{ADA, BOB, Nat, ROOM, World, call_of_two},
};
use crate::{EventKind, Side, Source};

#[test]
fn a_client_that_changes_networks_is_followed_within_a_second() {
    let mut world = call_of_two(40, Weather::CALM);
    world.nat = Some(Nat {
        inside: 2002,
        outside: 4002,
    });
    world.video_of(BOB);
    world.run(Duration::from_millis(200));
    world.video_of(BOB);
    // As browsers do on the pair that they selected (RFC 8445 §8.1.1).
    for _ in 0..5 {
        world.nominate(BOB);
        world.run(Duration::from_millis(100));
    }
    world.video_of(BOB);
    for _ in 0..20 {
        world.run(Duration::from_secs(1));
        assert!(!world.video_of(BOB).is_empty());
        world.nominate(BOB);
    }
    assert!(!world.told(|event| matches!(event, EventKind::Lost { .. })));
}

#[test]
fn media_goes_nowhere_that_did_not_prove_itself() {
    let mut world = call_of_two(41, Weather::CALM);
    let bob = 2002;
    let check = world.nomination(BOB);
    // Bob's own check, with somebody else's address as its source: who gets our checks there does not answer them.
    let victim = 5005;
    for _ in 0..50 {
        world.forge(victim, &check);
        world.run(Duration::from_millis(40));
    }
    let sent = |world: &mut World, port: u16| {
        world.sent_to.clear();
        world.run(Duration::from_secs(1));
        let sent = world.sent_to.iter().filter(|(to, _)| to.port() == port);
        sent.map(|(_, bytes)| *bytes).sum::<usize>()
    };
    assert_eq!(sent(&mut world, victim), 0);
    assert!(sent(&mut world, bob) > 10_000);
}

#[test]
fn addresses_in_descriptions_are_not_written_to() {
    const NAMED: &str = "a=candidate:1 1 udp 2130706431 10.9.8.7 22 typ host\r\n";
    let mut world = World::new(42, Weather::CALM);
    // Both sides lite makes the one who offers check what the other names (RFC 8445 §6.1.1).
    world.mangle_answers = Some(|answer| {
        let lite = answer.replacen("m=", "a=ice-lite\r\nm=", 1);
        lite.replace("a=ice-ufrag", &format!("{NAMED}a=ice-ufrag"))
    });
    world.join(ADA);
    world.join(BOB);
    world.publish(ADA, &[Source::Microphone, Source::Camera]);
    world.run_until("video", |world| !world.video_of(BOB).is_empty());
    let named = world.sent_to.iter().filter(|(to, _)| to.port() == 22);
    assert_eq!(named.count(), 0);
}

#[test]
fn addresses_of_one_client_are_few() {
    let mut world = call_of_two(43, Weather::CALM);
    let check = world.nomination(BOB);
    world.sent_to.clear();
    for port in 10_000..11_000 {
        world.forge(port, &check);
        world.run(Duration::from_millis(20));
    }
    let mut ports: Vec<u16> = world
        .sent_to
        .iter()
        .map(|(to, _)| to.port())
        .filter(|port| *port >= 10_000)
        .collect();
    ports.dedup();
    assert!(
        (1..=32).contains(&ports.len()),
        "{} were answered",
        ports.len()
    );
    world.video_of(BOB);
    world.run(Duration::from_secs(1));
    assert!(!world.video_of(BOB).is_empty());
    let lost = EventKind::Lost {
        participant: BOB,
        side: Side::Subscribe,
    };
    assert!(!world.told(|event| *event == lost));
    assert!(world.sfu.leave(world.now, ROOM, BOB).is_ok());
}

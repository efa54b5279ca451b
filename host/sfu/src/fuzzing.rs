//! What the fuzz targets of `tests/fuzz` reach. Only their builds have it.
//!
//! An input of several packets has the length of each before it, in two bytes.

use std::{net::Ipv4Addr, time::Instant};

use bytes::{Bytes, BytesMut};
use rtc::{rtcp, rtp, shared::marshal::Unmarshal as _};

use crate::{
    Layer, Options, ParticipantId, Protocol, Received, RoomId, Route, Section, Sfu, Source,
    TrackId,
    net::demux::{ConnectionKey, Fragment, Side},
    publish::stream::{Accepted, Stream, StreamId},
    subscribe::subscriber::Subscriber,
    tap::Tap,
};

const ROOM: RoomId = RoomId(1);
const WHO: ParticipantId = ParticipantId(1);
/// What a browser offers: sound, a camera in three layers, a screen.
const OFFER: &str = include_str!("fuzzing/offer.sdp");

#[expect(
    clippy::disallowed_methods,
    reason = "the fuzzer's time begins somewhere"
)]
fn now() -> Instant {
    Instant::now()
}

fn route() -> Route {
    Route {
        protocol: Protocol::Udp,
        local: (Ipv4Addr::LOCALHOST, 1).into(),
        peer: (Ipv4Addr::LOCALHOST, 2).into(),
    }
}

/// A router with one participant, who offered to send.
fn router() -> Option<Sfu> {
    let mut sfu = Sfu::new(Options {
        advertised: vec![(Protocol::Udp, route().local)],
        participants_per_room: 2,
    })
    .ok()?;
    let now = now();
    sfu.join(now, ROOM, WHO).ok()?;
    sfu.publish(now, ROOM, WHO, OFFER.to_owned(), &sections())
        .ok()?;
    Some(sfu)
}

fn sections() -> [Section; 3] {
    [
        ("0", Source::Microphone),
        ("1", Source::Camera),
        ("2", Source::Screen),
    ]
    .map(|(mid, source)| Section {
        mid: mid.to_owned(),
        source,
    })
}

fn packets(mut input: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, rest) = input.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_be_bytes(*length)).min(rest.len());
        let (packet, rest) = rest.split_at(length);
        input = rest;
        Some(packet)
    })
}

/// Datagrams: of a stranger, and of an address that a connection knows.
pub fn datagrams(input: &[u8]) {
    let mut sfu = router().expect("a browser's offer is answered");
    let now = now();
    let stranger = Route {
        peer: (Ipv4Addr::LOCALHOST, 3).into(),
        ..route()
    };
    sfu.demux.learn(
        route(),
        ConnectionKey {
            room: ROOM,
            participant: WHO,
            side: Side::Publish,
        },
    );
    for packet in packets(input) {
        for route in [stranger, route()] {
            let bytes = BytesMut::from(packet);
            sfu.handle_packet(now, Received { route, bytes });
        }
        sfu.handle_timeout(now);
        sfu.take_transmits(&mut Vec::new());
    }
}

/// RTP packets of a camera's layer, to who watches it and to the recorder's frames.
pub fn rtp(input: &[u8]) {
    let now = now();
    let track = TrackId {
        participant: WHO,
        source: Source::Camera,
    };
    let mut stream = Stream::new(Source::Camera, Layer::High, 1, StreamId(1));
    let mut downlink = crate::subscribe::downlink::Downlink::new(Source::Camera, 0);
    downlink.show(Some(track));
    downlink.aim(Some(StreamId(1)));
    let mut tap = Tap::default();
    for packet in packets(input) {
        let Ok(packet) = rtp::Packet::unmarshal(&mut Bytes::copy_from_slice(packet)) else {
            continue;
        };
        let Accepted::Media(packet) = stream.accept(now, packet) else {
            continue;
        };
        if let Some(numbers) = downlink.accept(&packet) {
            let mut buffer = BytesMut::new();
            crate::subscribe::downlink::write_payload(&packet, numbers, &mut buffer);
            let _ = downlink.repair(now, numbers.sequence);
        }
        let _ = tap.accept(ROOM, track, &packet, &mut |_| {});
    }
}

/// RTCP packets of who receives.
pub fn rtcp(input: &[u8]) {
    let now = now();
    let identity = router().expect("a browser's offer is answered").identity;
    let Ok(mut subscriber) = Subscriber::new(now, Fragment::random(), &identity) else {
        return;
    };
    let track = TrackId {
        participant: WHO,
        source: Source::Camera,
    };
    let _ = subscriber.add(track);
    for packet in packets(input) {
        let mut packet = Bytes::copy_from_slice(packet);
        if let Ok(packets) = rtcp::packet::unmarshal(&mut packet) {
            let _ = subscriber.handle_control(now, &packets);
        }
    }
}

/// A session description, as an offer and as an answer.
pub fn description(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else {
        return;
    };
    let mut sfu = router().expect("a browser's offer is answered");
    let now = now();
    let _ = sfu.publish(now, ROOM, WHO, text.to_owned(), &sections());
    // Somebody who is offered what the first one sends.
    let viewer = ParticipantId(2);
    let _ = sfu.publish(now, ROOM, WHO, OFFER.to_owned(), &sections());
    let _ = sfu.set_sources(now, ROOM, WHO, &[Source::Camera]);
    let _ = sfu.join(now, ROOM, viewer);
    let _ = sfu.accept(now, ROOM, viewer, text.to_owned());
}

//! The ways in for `tests/fuzz`: what reads bytes that clients chose. Compiled into fuzzing builds only.
//!
//! Rule: a target says more than "no panic" where more holds. Media and reports come here as they are after decryption, which no fuzzer gets past.

use std::{
    collections::BTreeMap,
    sync::OnceLock,
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use rtc::{rtcp, rtp, shared::marshal::Unmarshal as _};

use crate::{
    EventKind, Layer, Options, ParticipantId, Protocol, Received, RoomId, Route, Section, Sfu,
    Source, TrackId,
    net::{
        demux::{Fragment, Side},
        dtls,
        framing::FrameDecoder,
        packet::PacketKind,
        stun::Check,
    },
    outputs::Outputs,
    peer::connection::{Connection, Identity},
    publish::stream::{Accepted, Stream, StreamId},
    subscribe::{
        rewriter::Rewriter,
        subscriber::{StreamView, Subscriber, View},
    },
    tap::Tap,
    vp8::Descriptor,
};

const ROOM: RoomId = RoomId(1);
const ADA: ParticipantId = ParticipantId(1);
const BOB: ParticipantId = ParticipantId(2);
const CAMERA: TrackId = TrackId {
    participant: ADA,
    source: Source::Camera,
};
/// What a browser offers: sound, a camera in three layers, a screen.
const OFFER: &str = include_str!("fuzzing/offer.sdp");

/// A byte stream of frames: however it is cut, the same packets come out; and each is somebody's or nobody's.
pub fn datagrams(input: &[u8]) {
    let (first, second) = input.split_at(input.len() / 2);
    let whole = packets(&[input]);
    assert_eq!(packets(&[first, second]), whole);
    let mut sfu = router();
    for bytes in whole.into_iter().chain([BytesMut::from(input)]) {
        let kind = PacketKind::of(&bytes);
        let is_check = Check::read(&bytes).is_some();
        assert!(!is_check || kind == Some(PacketKind::Stun));
        let pieces = dtls::pieces(&bytes).unwrap_or_default();
        assert!(pieces <= bytes.len(), "each takes bytes");
        let route = route();
        sfu.handle_packet(epoch(), Received { route, bytes });
    }
    assert_eq!(sfu.counters().unroutable, sfu.counters().received);
}

/// Packets of one connection that nobody has vouched for: STUN, most of all.
pub fn stun(input: &[u8]) {
    let now = epoch();
    let connection = Connection::new(now, Side::Subscribe, Fragment::random(), identity());
    let mut connection = connection.expect("the settings are fine");
    let (mut transmits, mut arrivals) = (Vec::new(), Vec::new());
    for bytes in packets(&[input]) {
        let route = route();
        let packet = Received { route, bytes };
        connection.admit(now, &packet);
        let handled = connection.handle_packet(now, packet);
        handled.expect("what is wrong is left out");
        let drained = connection.drain(&mut transmits, &mut arrivals);
        drained.expect("it goes on");
    }
    assert!(transmits.is_empty(), "nobody knows the password");
}

/// Packets of one camera, rewritten for a subscriber and put together for a recorder.
pub fn rtp(input: &[u8]) {
    let mut now = epoch();
    let id = StreamId(1);
    let mut stream = Stream::new(Source::Camera, Layer::High, 1, id);
    let mut rewriter = Rewriter::new(90_000, 0);
    let mut outputs = Outputs::default();
    let mut tap = Tap::default();
    let mut view = View::new(false);
    view.set(
        Layer::High,
        StreamView {
            id,
            live: true,
            bits_per_second: 1,
        },
    );
    tap.choose(ADA, &BTreeMap::from([(CAMERA, view)]));
    for bytes in packets(&[input]) {
        now += Duration::from_millis(1);
        let Ok(packet) = rtp::Packet::unmarshal(&mut bytes.freeze()) else {
            continue;
        };
        let Accepted::Media(packet) = stream.accept(now, packet) else {
            continue;
        };
        tap.accept(ROOM, CAMERA, &packet, &mut outputs);
        if packet.is_entry() && rewriter.current().is_none() {
            rewriter.switch(&packet);
        }
        let (Some(numbers), Some(vp8)) = (rewriter.rewrite(&packet), packet.vp8) else {
            continue;
        };
        let mut payload = packet.payload.to_vec();
        vp8.renumber(&mut payload, numbers.picture_id, numbers.tl0_index);
        let again = Descriptor::parse(&payload).expect("nothing but numbers changed");
        assert_eq!(again.header_bytes, vp8.header_bytes);
        assert_eq!(again.starts_keyframe, vp8.starts_keyframe);
    }
}

/// What a subscriber's client reports.
pub fn rtcp(input: &[u8]) {
    let now = epoch();
    let subscriber = Subscriber::new(now, Fragment::random(), identity());
    let mut subscriber = subscriber.expect("the settings are fine");
    subscriber.add(CAMERA).expect("there is room");
    for bytes in packets(&[input]) {
        let mut bytes: Bytes = bytes.freeze();
        let Ok(packets) = rtcp::packet::unmarshal(&mut bytes) else {
            continue;
        };
        let reaction = subscriber.handle_control(now, &packets);
        let reaction = reaction.expect("reports break nothing");
        assert!(
            reaction.transmits.is_empty(),
            "nothing was sent that could be missing"
        );
    }
}

/// An offer, and an answer to one of ours.
pub fn description(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let now = epoch();
    let mut sfu = router();
    let sections =
        [("0", Source::Microphone), ("1", Source::Camera)].map(|(mid, source)| Section {
            mid: mid.to_owned(),
            source,
        });
    for participant in [ADA, BOB] {
        sfu.join(now, ROOM, participant).expect("there is room");
    }
    // Refused or not, the room goes on.
    let _ = sfu.publish(now, ROOM, BOB, text.to_owned(), &sections);
    let answer = sfu.publish(now, ROOM, ADA, OFFER.to_owned(), &sections);
    answer.expect("it is a browser's");
    let sources = [Source::Microphone, Source::Camera];
    let set = sfu.set_sources(now, ROOM, ADA, &sources);
    set.expect("both were negotiated");
    sfu.handle_timeout(now);
    let mut offers = 0;
    while let Some(event) = sfu.poll_event() {
        offers += u32::from(matches!(event.kind, EventKind::Offer { to: BOB, .. }));
    }
    assert_eq!(offers, 1, "for who gets it");
    let _ = sfu.accept(now, ROOM, BOB, text.to_owned());
    sfu.handle_timeout(now + Duration::from_secs(60));
}

/// The packets of a stream in these cuts, up to what is no frame.
fn packets(cuts: &[&[u8]]) -> Vec<BytesMut> {
    let mut decoder = FrameDecoder::default();
    let mut packets = Vec::new();
    for cut in cuts {
        decoder.push(cut);
        while let Ok(Some(packet)) = decoder.next_packet() {
            packets.push(packet);
        }
    }
    packets
}

fn router() -> Sfu {
    let options = Options {
        advertised: vec![(Protocol::Udp, route().local)],
        participants_per_room: 2,
    };
    Sfu::new(options).expect("a certificate can be made")
}

fn identity() -> &'static Identity {
    static IDENTITY: OnceLock<Identity> = OnceLock::new();
    IDENTITY.get_or_init(|| {
        Identity::new(vec![(Protocol::Udp, route().local)]).expect("a certificate can be made")
    })
}

fn route() -> Route {
    Route {
        protocol: Protocol::Udp,
        local: ([192, 0, 2, 1], 3478).into(),
        peer: ([198, 51, 100, 7], 4000).into(),
    }
}

/// Some moment to count from.
#[expect(
    clippy::disallowed_methods,
    reason = "an `Instant` has no other beginning; the time does not pass by itself"
)]
fn epoch() -> Instant {
    static EPOCH: OnceLock<Instant> = OnceLock::new();
    *EPOCH.get_or_init(Instant::now)
}

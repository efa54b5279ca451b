//! Streams, continuity and rewriter under loss, reordering, doubling, padding and switches of layers.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use bytes::Bytes;
use rand::{RngExt as _, SeedableRng as _, rngs::SmallRng};
use rtc::rtp;

use super::{
    epoch,
    network::{Network, Weather},
    with_seeds,
};
use crate::{
    identity::{Layer, Source},
    publish::stream::{Accepted, MediaPacket, Stream, StreamId},
    subscribe::rewriter::{Numbers, Rewriter},
};

/// A layer's encoder: frames of one to four packets, some empty ones between, and a keyframe now and then.
pub(super) struct Encoder {
    random: SmallRng,
    sequence: u16,
    timestamp: u32,
    picture_id: u16,
    tl0_index: u8,
}

impl Encoder {
    pub(super) fn new(seed: u64) -> Self {
        let mut random = SmallRng::seed_from_u64(seed);
        Self {
            sequence: random.random(),
            timestamp: random.random(),
            picture_id: random.random_range(0..0x8000),
            tl0_index: random.random(),
            random,
        }
    }

    /// The packets of the next frame, and padding behind it.
    pub(super) fn frame(&mut self, elapsed: Duration) -> Vec<rtp::Packet> {
        let is_keyframe = self.random.random_ratio(1, 20);
        self.timestamp = self.timestamp.wrapping_add(elapsed.as_millis() as u32 * 90);
        self.picture_id = (self.picture_id + 1) & 0x7fff;
        self.tl0_index = self.tl0_index.wrapping_add(1);
        let count = self.random.random_range(1..=4);
        let mut packets: Vec<rtp::Packet> = (0..count)
            .map(|index| {
                let start = if index == 0 { 0x10 } else { 0 };
                let picture_id = self.picture_id.to_be_bytes();
                let payload = [
                    0x80 | start,
                    0xc0,
                    0x80 | picture_id[0],
                    picture_id[1],
                    self.tl0_index,
                    u8::from(!is_keyframe),
                ];
                self.packet(Bytes::copy_from_slice(&payload), index + 1 == count)
            })
            .collect();
        for _ in 0..self.random.random_range(0..3) {
            packets.push(self.packet(Bytes::new(), false));
        }
        packets
    }

    fn packet(&mut self, payload: Bytes, marker: bool) -> rtp::Packet {
        self.sequence = self.sequence.wrapping_add(1);
        let header = rtp::Header {
            version: 2,
            marker,
            sequence_number: self.sequence,
            timestamp: self.timestamp,
            ..rtp::Header::default()
        };
        rtp::Packet { header, payload }
    }
}

/// What was forwarded under one sequence number.
#[derive(Clone, Debug, PartialEq)]
struct Forwarded {
    numbers: Numbers,
    payload: Bytes,
    stream: StreamId,
    starts_frame: bool,
}

struct Subscription {
    rewriter: Rewriter,
    target: StreamId,
    switches: u32,
    forwarded: BTreeMap<u64, Forwarded>,
}

impl Subscription {
    fn accept(&mut self, packet: &MediaPacket) {
        let entered = self.rewriter.current() != Some(packet.stream);
        if entered && self.target == packet.stream && packet.is_entry() {
            self.rewriter.switch(packet);
            self.switches += 1;
        }
        let Some(numbers) = self.rewriter.rewrite(packet) else {
            return;
        };
        let forwarded = Forwarded {
            numbers,
            payload: packet.payload.clone(),
            stream: packet.stream,
            starts_frame: packet.vp8.is_some_and(|vp8| vp8.starts_frame),
        };
        let before = self.forwarded.insert(numbers.sequence, forwarded.clone());
        if let Some(before) = before {
            assert_eq!(before, forwarded, "one number is one packet");
        }
    }
}

/// Half a minute of three layers to one subscriber who changes layers at random.
fn call(seed: u64, weather: Weather) -> Subscription {
    let mut random = SmallRng::seed_from_u64(seed);
    let mut encoders: Vec<Encoder> = (0..3).map(|layer| Encoder::new(seed * 3 + layer)).collect();
    let mut streams: Vec<Stream> = Layer::ALL
        .into_iter()
        .map(|layer| Stream::new(Source::Camera, layer, 1, StreamId(layer.index() as u64)))
        .collect();
    let mut network: Network<(usize, rtp::Packet)> = Network::new(seed, weather);
    let mut subscription = Subscription {
        rewriter: Rewriter::new(90_000, random.random_range(0..0x8000)),
        target: StreamId(0),
        switches: 0,
        forwarded: BTreeMap::new(),
    };
    let frame = Duration::from_millis(33);
    let start = epoch();
    let mut now: Instant = start;
    while now < start + Duration::from_secs(30) {
        for (layer, encoder) in encoders.iter_mut().enumerate() {
            for packet in encoder.frame(frame) {
                network.send(now, (layer, packet));
            }
        }
        if random.random_ratio(1, 30) {
            subscription.target = StreamId(random.random_range(0..3));
        }
        for _ in 0..33 {
            now += Duration::from_millis(1);
            while let Some((layer, packet)) = network.receive(now) {
                match streams[layer].accept(now, packet) {
                    Accepted::Media(packet) => subscription.accept(&packet),
                    Accepted::Nothing => {}
                    Accepted::Malformed => panic!("the encoder makes no such packets"),
                }
            }
        }
    }
    subscription
}

/// Numbers that every packet keeps, whatever is lost.
fn check_order(forwarded: &BTreeMap<u64, Forwarded>) {
    let media: Vec<&Forwarded> = forwarded
        .values()
        .filter(|it| !it.payload.is_empty())
        .collect();
    for pair in media.windows(2) {
        let [before, after] = pair else {
            unreachable!()
        };
        let ticks = after
            .numbers
            .timestamp
            .wrapping_sub(before.numbers.timestamp) as i32;
        let pictures = after
            .numbers
            .picture_id
            .wrapping_sub(before.numbers.picture_id)
            & 0x7fff;
        let tl0 = after
            .numbers
            .tl0_index
            .wrapping_sub(before.numbers.tl0_index);
        assert!(
            (0..90_000).contains(&ticks),
            "{ticks} ticks: {before:?} {after:?}"
        );
        assert_eq!(
            ticks == 0,
            pictures == 0,
            "a frame is one timestamp and one picture: {before:?} {after:?}"
        );
        assert_eq!(pictures % 256, u16::from(tl0), "{before:?} {after:?}");
        if after.stream != before.stream {
            assert_eq!(pictures, 1, "another layer begins with the next picture");
            assert!(after.starts_frame, "and at a frame's beginning");
        }
    }
}

#[test]
fn without_loss_a_subscriber_sees_no_hole_whatever_layer_they_get() {
    with_seeds(300, |seed| {
        let weather = Weather {
            delay: Duration::from_millis(5),
            ..Weather::CALM
        };
        let Subscription {
            forwarded,
            switches,
            ..
        } = call(seed, weather);
        assert!(
            switches > 1 && forwarded.len() > 500,
            "{switches} switches, {} packets",
            forwarded.len()
        );
        let first = *forwarded.keys().next().expect("there are some");
        let last = *forwarded.keys().next_back().expect("there are some");
        assert_eq!(last - first + 1, forwarded.len() as u64, "no hole");
        assert!(first <= 0x8000, "the first round is whole");
        let pictures = forwarded.values().map(|it| it.numbers.picture_id);
        let mut pictures: Vec<u16> = pictures.collect();
        pictures.dedup();
        for pair in pictures.windows(2) {
            assert_eq!(pair[1], (pair[0] + 1) & 0x7fff, "no picture is missing");
        }
        check_order(&forwarded);
    });
}

#[test]
fn with_loss_and_disorder_numbers_keep_their_order_and_holes_their_size() {
    with_seeds(300, |seed| {
        let Subscription { forwarded, .. } = call(seed, Weather::ROUGH);
        let first = *forwarded.keys().next().expect("there are some");
        let last = *forwarded.keys().next_back().expect("there are some");
        let missing = 1.0 - forwarded.len() as f64 / (last - first + 1) as f64;
        assert!(missing < 0.1, "{missing} missing of what lost 0.03");
        check_order(&forwarded);
    });
}

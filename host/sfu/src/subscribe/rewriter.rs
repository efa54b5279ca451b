//! Makes one stream of many: what a subscriber gets under one SSRC is one layer now and another later.
//!
//! Invariant: within a stream, sequence numbers, timestamps and picture ids keep their distances; where another stream
//! begins, each goes on by one (timestamps by the time that passed). So a subscriber sees a hole only where a packet is missing.

use std::time::Instant;

use crate::publish::stream::{MediaPacket, StreamId};

/// 15 bits.
const PICTURE_IDS: u16 = 0x7fff;

#[derive(Debug)]
pub(crate) struct Rewriter {
    clock_hz: u32,
    current: Option<Mapping>,
    written: Written,
}

/// From the numbers of the current stream to ours.
#[derive(Clone, Copy, Debug)]
struct Mapping {
    stream: StreamId,
    first_number: u64,
    first_sequence: u64,
    timestamp_offset: u32,
    picture_offset: u16,
    tl0_offset: u8,
}

/// The highest numbers so far.
#[derive(Clone, Copy, Debug)]
struct Written {
    sequence: u64,
    timestamp: u32,
    at: Option<Instant>,
    has_picture: bool,
    picture_id: u16,
    tl0_index: u8,
}

/// A packet's numbers for one subscriber.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Numbers {
    /// Extended; the lower 16 bits are sent.
    pub(crate) sequence: u64,
    pub(crate) timestamp: u32,
    pub(crate) picture_id: u16,
    pub(crate) tl0_index: u8,
}

impl Rewriter {
    /// `first_sequence` should be below 32768: SRTP counts its rounds from there (RFC 3711 §3.3.1).
    pub(crate) fn new(clock_hz: u32, first_sequence: u16) -> Self {
        Self {
            clock_hz,
            current: None,
            written: Written {
                sequence: u64::from(first_sequence),
                timestamp: 0,
                at: None,
                has_picture: false,
                picture_id: 0,
                tl0_index: 0,
            },
        }
    }

    pub(crate) fn current(&self) -> Option<StreamId> {
        self.current.map(|mapping| mapping.stream)
    }

    /// Belongs to no stream until the next switch.
    pub(crate) fn stop(&mut self) {
        self.current = None;
    }

    /// Continues with the packet's stream from this packet on, which must be an entry.
    pub(crate) fn switch(&mut self, packet: &MediaPacket) {
        let written = self.written;
        let timestamp = match written.at {
            None => packet.timestamp,
            Some(at) => written
                .timestamp
                .wrapping_add(self.ticks_since(at, packet.arrived)),
        };
        let (picture_id, tl0_index) = numbers_of(packet);
        self.current = Some(Mapping {
            stream: packet.stream,
            first_number: packet.number,
            first_sequence: written.sequence + 1,
            timestamp_offset: timestamp.wrapping_sub(packet.timestamp),
            picture_offset: match written.has_picture {
                true => written.picture_id.wrapping_add(1).wrapping_sub(picture_id),
                false => 0,
            },
            tl0_offset: match written.has_picture {
                true => written.tl0_index.wrapping_add(1).wrapping_sub(tl0_index),
                false => 0,
            },
        });
    }

    /// The packet's numbers; `None` if it is of another stream, or from before the switch to its stream.
    pub(crate) fn rewrite(&mut self, packet: &MediaPacket) -> Option<Numbers> {
        let mapping = self.current?;
        if mapping.stream != packet.stream {
            return None;
        }
        let distance = packet.number.checked_sub(mapping.first_number)?;
        let (picture_id, tl0_index) = numbers_of(packet);
        let numbers = Numbers {
            sequence: mapping.first_sequence + distance,
            timestamp: packet.timestamp.wrapping_add(mapping.timestamp_offset),
            picture_id: picture_id.wrapping_add(mapping.picture_offset) & PICTURE_IDS,
            tl0_index: tl0_index.wrapping_add(mapping.tl0_offset),
        };
        self.note(numbers, packet);
        Some(numbers)
    }

    /// Where a timestamp of a stream lies in ours; `None` if the stream is not the current one.
    pub(crate) fn timestamp(&self, stream: StreamId, timestamp: u32) -> Option<u32> {
        let mapping = self.current.filter(|mapping| mapping.stream == stream)?;
        Some(timestamp.wrapping_add(mapping.timestamp_offset))
    }

    /// A packet that only fills a hole has no picture, and may come before one of a lower number that has the newest.
    fn note(&mut self, numbers: Numbers, packet: &MediaPacket) {
        let written = &mut self.written;
        if numbers.sequence > written.sequence {
            written.sequence = numbers.sequence;
            written.timestamp = numbers.timestamp;
            written.at = Some(packet.arrived);
        }
        let ahead = numbers.picture_id.wrapping_sub(written.picture_id) & PICTURE_IDS;
        let is_newer = !written.has_picture || ahead <= PICTURE_IDS / 2;
        if packet.vp8.is_some() && is_newer {
            written.has_picture = true;
            written.picture_id = numbers.picture_id;
            written.tl0_index = numbers.tl0_index;
        }
    }

    /// At least one: two frames never share a timestamp.
    fn ticks_since(&self, at: Instant, now: Instant) -> u32 {
        let elapsed = now.saturating_duration_since(at);
        let ticks = elapsed.as_micros() * u128::from(self.clock_hz) / 1_000_000;
        (ticks as u32).max(1)
    }
}

fn numbers_of(packet: &MediaPacket) -> (u16, u8) {
    let Some(vp8) = packet.vp8 else {
        return (0, 0);
    };
    let picture_id = vp8.picture_id.map_or(0, |id| id.value);
    let tl0_index = vp8.tl0_index.map_or(0, |(index, _)| index);
    (picture_id, tl0_index)
}

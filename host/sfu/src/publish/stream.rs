//! One incoming RTP stream: a microphone, a screen, or one layer of a camera.

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::{
    keyframes::Keyframes,
    sequence::{Continuity, Extender},
};
use crate::{
    Layer,
    identity::{Kind, Source},
    vp8::Descriptor,
};

/// A layer that is silent for so long does not arrive any more. Chosen: a still screen sends a few packets a second.
const SILENT_AFTER: Duration = Duration::from_secs(2);
/// A clock is passed on at most so often: each report becomes one for every subscriber. Browsers report once a second.
const CLOCK_PAUSE: Duration = Duration::from_millis(200);
/// Over how long bitrates are measured.
const METER: Duration = Duration::from_millis(500);

/// One life of a stream. What follows a mute, or a new connection, is another one: nothing of it continues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct StreamId(pub(crate) u64);

/// A packet to be forwarded.
#[derive(Clone, Debug)]
pub(crate) struct MediaPacket {
    pub(crate) stream: StreamId,
    pub(crate) source: Source,
    /// Its place in the stream, without holes but for packets that are missing.
    pub(crate) number: u64,
    pub(crate) timestamp: u32,
    pub(crate) marker: bool,
    pub(crate) payload: Bytes,
    /// `None` for Opus, and for an empty payload, which only fills a hole.
    pub(crate) vp8: Option<Descriptor>,
    pub(crate) arrived: Instant,
}

impl MediaPacket {
    /// Whether a decoder can begin here.
    pub(crate) fn is_entry(&self) -> bool {
        match self.source.kind() {
            Kind::Audio => true,
            Kind::Video => self.vp8.is_some_and(|vp8| vp8.starts_keyframe),
        }
    }
}

/// Where a stream's timestamps lie in the publisher's wall clock (a sender report, RFC 3550 §6.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenderClock {
    /// Seconds since 1900 in the upper 32 bits, and their fraction.
    pub ntp: u64,
    /// The RTP timestamp at that moment.
    pub timestamp: u32,
}

/// What a packet was.
#[derive(Debug)]
pub(crate) enum Accepted {
    Media(MediaPacket),
    /// Padding, or a packet too late to number.
    Nothing,
    /// VP8 without a readable descriptor.
    Malformed,
}

#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) source: Source,
    pub(crate) layer: Layer,
    pub(crate) ssrc: u32,
    pub(crate) keyframes: Keyframes,
    pub(crate) clock: Option<SenderClock>,
    clock_at: Option<Instant>,
    id: StreamId,
    extender: Extender,
    continuity: Continuity,
    meter: Meter,
    counts: Counts,
    /// The number of the last packet before those that are counted now.
    counted_to: Option<u64>,
}

/// How a stream arrived.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) bytes: u64,
    pub(crate) packets: u64,
    /// Arrived or not.
    pub(crate) expected: u64,
}

impl Stream {
    pub(crate) fn new(source: Source, layer: Layer, ssrc: u32, id: StreamId) -> Self {
        Self {
            source,
            layer,
            ssrc,
            keyframes: Keyframes::default(),
            clock: None,
            clock_at: None,
            id,
            extender: Extender::default(),
            continuity: Continuity::default(),
            meter: Meter::default(),
            counts: Counts::default(),
            counted_to: None,
        }
    }

    pub(crate) fn id(&self) -> StreamId {
        self.id
    }

    /// What comes from now on does not continue what came before.
    pub(crate) fn begin_anew(&mut self, id: StreamId) {
        self.id = id;
    }

    /// Whether it is there to be chosen.
    pub(crate) fn is_live(&self, now: Instant) -> bool {
        let at = self.meter.last_at;
        at.is_some_and(|at| now.saturating_duration_since(at) < SILENT_AFTER)
    }

    /// As measured last.
    pub(crate) fn bits_per_second(&self) -> u64 {
        self.meter.bits_per_second
    }

    /// Its first packet is about to come.
    pub(crate) fn opened(&mut self, now: Instant) {
        self.meter.last_at = Some(now);
    }

    /// Takes a sender report. `false`: too soon after the last.
    pub(crate) fn note_clock(&mut self, now: Instant, clock: SenderClock) -> bool {
        let is_due = self.clock_at.is_none_or(|at| now >= at + CLOCK_PAUSE);
        if is_due {
            self.clock = Some(clock);
            self.clock_at = Some(now);
        }
        is_due
    }

    /// Bytes and packets that arrived, and packets that should have, since it was asked last.
    pub(crate) fn take_counts(&mut self) -> Counts {
        let highest = self.extender.highest();
        let first = self.counted_to.unwrap_or_default();
        self.counted_to = highest;
        let mut counts = std::mem::take(&mut self.counts);
        counts.expected = highest.map_or(0, |highest| highest.saturating_sub(first));
        counts
    }

    pub(crate) fn accept(&mut self, now: Instant, packet: rtc::rtp::Packet) -> Accepted {
        let rtc::rtp::Packet { header, payload } = packet;
        let extended = self.extender.extend(header.sequence_number);
        self.counted_to.get_or_insert(extended - 1);
        self.counts.packets += 1;
        self.counts.bytes += payload.len() as u64;
        // Chromium probes bandwidth with empty packets on media streams.
        if payload.is_empty() && self.continuity.leave_out(extended) {
            return Accepted::Nothing;
        }
        let Some(number) = self.continuity.number(extended) else {
            return Accepted::Nothing;
        };
        let vp8 = match self.source.kind() {
            Kind::Video if !payload.is_empty() => match Descriptor::parse(&payload) {
                Some(descriptor) => Some(descriptor),
                None => return Accepted::Malformed,
            },
            _ => None,
        };
        self.meter.count(now, payload.len());
        let packet = MediaPacket {
            stream: self.id,
            source: self.source,
            number,
            timestamp: header.timestamp,
            marker: header.marker,
            payload,
            vp8,
            arrived: now,
        };
        if packet.vp8.is_some() && packet.is_entry() {
            self.keyframes.arrived();
        }
        Accepted::Media(packet)
    }
}

/// A bitrate over the last half second.
#[derive(Debug, Default)]
struct Meter {
    since: Option<Instant>,
    bytes: u64,
    bits_per_second: u64,
    last_at: Option<Instant>,
}

impl Meter {
    fn count(&mut self, now: Instant, bytes: usize) {
        self.last_at = Some(now);
        self.bytes += bytes as u64;
        let since = *self.since.get_or_insert(now);
        let elapsed = now.saturating_duration_since(since);
        if elapsed >= METER {
            self.bits_per_second = self.bytes * 8 * 1000 / elapsed.as_millis() as u64;
            self.bytes = 0;
            self.since = Some(now);
        }
    }
}

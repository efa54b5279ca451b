//! One outgoing stream: a place in the subscriber's connection, and what is shown there now.

use std::time::{Duration, Instant};

use bytes::BytesMut;

use super::{
    history::History,
    rewriter::{Numbers, Rewriter},
};
use crate::{
    identity::{Kind, Layer, Source, TrackId},
    net::bucket::Bucket,
    peer::{codecs, sealer::Head},
    publish::stream::{MediaPacket, SenderClock, Stream, StreamId},
};

/// Packets that can be sent again: more than a second of a large layer.
const HISTORY_PACKETS: usize = 256;

/// Keyframes that one subscriber can ask for: each costs all who watch. A browser repeats itself while it waits.
const KEYFRAME_WISHES_PER_SECOND: u32 = 2;

#[derive(Debug)]
pub(crate) struct Downlink {
    pub(crate) source: Source,
    /// Sources of one person share a seat, so that a browser plays them in time with each other.
    pub(crate) seat: usize,
    pub(crate) ssrc: u32,
    pub(crate) repair_ssrc: u32,
    /// Who is shown here; `None`: nobody now.
    pub(crate) track: Option<TrackId>,
    /// What the subscriber's client shows of it; `None`: nothing.
    pub(crate) at_most: Option<Layer>,
    /// The client knows of it. Before, it would drop what comes.
    pub(crate) is_negotiated: bool,
    /// What it should become; it does with the stream's next entry.
    target: Option<StreamId>,
    rewriter: Rewriter,
    history: History,
    next_repair_sequence: u16,
    sent: Sent,
    pub(crate) keyframe_wishes: Bucket,
    pub(crate) losses: Losses,
    last_report: Option<(u32, Instant)>,
}

/// Counted for sender reports.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sent {
    pub(crate) packets: u32,
    pub(crate) bytes: u32,
}

/// What a client reports of one stream.
#[derive(Debug, Default)]
pub(crate) struct Losses {
    sum: f32,
    reports: u32,
}

impl Losses {
    /// 0 to 1, since the report before.
    pub(crate) fn note(&mut self, loss: f32) {
        self.sum += loss;
        self.reports += 1;
    }

    /// The mean since it was asked last.
    pub(crate) fn take(&mut self) -> f32 {
        let Self { sum, reports } = std::mem::take(self);
        sum / reports.max(1) as f32
    }
}

impl Downlink {
    pub(crate) fn new(source: Source, seat: usize) -> Self {
        let first_sequence = rand::random::<u16>() & 0x7fff;
        Self {
            source,
            seat,
            ssrc: rand::random(),
            repair_ssrc: rand::random(),
            track: None,
            at_most: None,
            is_negotiated: false,
            target: None,
            rewriter: Rewriter::new(source.kind().clock_hz(), first_sequence),
            history: History::new(HISTORY_PACKETS),
            next_repair_sequence: first_sequence,
            sent: Sent::default(),
            keyframe_wishes: Bucket::new(KEYFRAME_WISHES_PER_SECOND),
            losses: Losses::default(),
            last_report: None,
        }
    }

    /// Shows another track, or none.
    pub(crate) fn show(&mut self, track: Option<TrackId>) {
        self.track = track;
        self.losses = Losses::default();
        self.at_most = track.map(|_| Layer::High);
        self.aim(None);
    }

    /// What it should become. `None` stops it at once. Whether it must wait for an entry of that stream.
    pub(crate) fn aim(&mut self, target: Option<StreamId>) -> bool {
        let target = target.filter(|_| self.is_negotiated);
        self.target = target;
        if target.is_none() {
            self.rewriter.stop();
        }
        target.is_some() && self.rewriter.current() != target
    }

    /// The stream that it carries now.
    pub(crate) fn current(&self) -> Option<StreamId> {
        self.rewriter.current()
    }

    /// The packet's numbers here, if it belongs here.
    pub(crate) fn accept(&mut self, packet: &MediaPacket) -> Option<Numbers> {
        if self.rewriter.current() != Some(packet.stream) {
            if self.target != Some(packet.stream) || !packet.is_entry() {
                return None;
            }
            self.rewriter.switch(packet);
        }
        let numbers = self.rewriter.rewrite(packet)?;
        if self.source.kind() == Kind::Video {
            self.history.keep(packet, numbers);
        }
        self.sent.packets = self.sent.packets.wrapping_add(1);
        self.sent.bytes = self.sent.bytes.wrapping_add(packet.payload.len() as u32);
        Some(numbers)
    }

    pub(crate) fn head(&self, packet: &MediaPacket, numbers: Numbers) -> Head {
        Head {
            payload_type: match self.source.kind() {
                Kind::Audio => codecs::OPUS,
                Kind::Video => codecs::VP8,
            },
            ssrc: self.ssrc,
            sequence: numbers.sequence as u16,
            timestamp: numbers.timestamp,
            marker: packet.marker,
        }
    }

    /// A packet that the subscriber misses, as a repair packet (RFC 4588): its head, and its payload with its own number before.
    pub(crate) fn repair(&mut self, now: Instant, sequence: u16) -> Option<(Head, BytesMut)> {
        let (packet, numbers) = self.history.repeat(now, sequence)?;
        let mut payload = BytesMut::with_capacity(2 + packet.payload.len());
        payload.extend_from_slice(&sequence.to_be_bytes());
        write_payload(packet, numbers, &mut payload);
        let head = Head {
            payload_type: codecs::VP8_REPAIR,
            ssrc: self.repair_ssrc,
            sequence: self.next_repair_sequence,
            timestamp: numbers.timestamp,
            marker: packet.marker,
        };
        self.next_repair_sequence = self.next_repair_sequence.wrapping_add(1);
        Some((head, payload))
    }

    /// The publisher's clock, in this stream's timestamps; `None` if it does not carry that stream.
    pub(crate) fn clock(&mut self, now: Instant, stream: &Stream) -> Option<(SenderClock, Sent)> {
        let SenderClock { ntp, timestamp } = stream.clock?;
        let timestamp = self.rewriter.timestamp(stream.id(), timestamp)?;
        self.last_report = Some((middle(ntp), now));
        Some((SenderClock { ntp, timestamp }, self.sent))
    }

    /// The round trip that a receiver report tells of (RFC 3550 §6.4.1).
    pub(crate) fn round_trip(&self, now: Instant, report: u32, delay: u32) -> Option<Duration> {
        let (_, at) = self.last_report.filter(|(ntp, _)| *ntp == report)?;
        let held = Duration::from_secs_f64(f64::from(delay) / 65_536.0);
        now.saturating_duration_since(at).checked_sub(held)
    }
}

/// The payload with other numbers.
pub(crate) fn write_payload(packet: &MediaPacket, numbers: Numbers, buffer: &mut BytesMut) {
    let at = buffer.len();
    buffer.extend_from_slice(&packet.payload);
    if let Some(vp8) = packet.vp8 {
        vp8.renumber(&mut buffer[at..], numbers.picture_id, numbers.tl0_index);
    }
}

/// What reports quote of an NTP time.
fn middle(ntp: u64) -> u32 {
    (ntp >> 16) as u32
}

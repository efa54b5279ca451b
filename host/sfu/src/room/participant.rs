//! What a room knows of one participant.

use std::{collections::BTreeSet, time::Instant};

use crate::{
    event::Quality,
    identity::{Layers, Source},
    publish::publisher::Publisher,
    subscribe::subscriber::Subscriber,
    tap::Tap,
};

pub(super) struct Participant {
    pub(super) publisher: Option<Publisher>,
    pub(super) subscriber: Option<Subscriber>,
    /// What the client says that it sends.
    pub(super) sources: BTreeSet<Source>,
    pub(super) muted: BTreeSet<Source>,
    pub(super) tap: Option<Tap>,
    pub(super) told_layers: Option<Told>,
    measured_at: Instant,
}

/// The layers that the client was told to send.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    pub(super) layers: Layers,
    /// Since when fewer are watched.
    pub(super) fewer_since: Option<Instant>,
}

impl Participant {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            publisher: None,
            subscriber: None,
            sources: BTreeSet::new(),
            muted: BTreeSet::new(),
            tap: None,
            told_layers: None,
            measured_at: now,
        }
    }

    /// Whether others can get a source now.
    pub(super) fn sends(&self, source: Source) -> bool {
        self.sources.contains(&source) && !self.muted.contains(&source)
    }

    /// How its media fared since it was asked last.
    pub(super) fn measure(&mut self, now: Instant) -> Quality {
        let elapsed = now.saturating_duration_since(self.measured_at);
        let elapsed_ms = (elapsed.as_millis() as u64).max(1);
        self.measured_at = now;
        let mut quality = Quality::default();
        if let Some(subscriber) = &mut self.subscriber {
            (quality.sent_loss, quality.round_trip) = subscriber.take_reception();
            quality.sent_bits_per_second = subscriber.take_sent_bytes() * 8 * 1000 / elapsed_ms;
        }
        let (mut bytes, mut packets, mut expected) = (0, 0, 0);
        for stream in self.publisher.iter_mut().flat_map(Publisher::streams_mut) {
            let counts = stream.take_counts();
            bytes += counts.bytes;
            packets += counts.packets;
            expected += counts.expected;
        }
        quality.received_bits_per_second = bytes * 8 * 1000 / elapsed_ms;
        if expected > 0 {
            quality.received_loss = expected.saturating_sub(packets) as f32 / expected as f32;
        }
        quality
    }
}

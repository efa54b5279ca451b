//! What a room knows of one participant.

use std::{collections::BTreeSet, time::Instant};

use crate::{
    event::Quality,
    identity::{Layers, Source},
    publish::{publisher::Publisher, stream::Counts},
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
    counted: Counted,
}

/// What went over a participant's connections, also those that are closed by now, since it was measured last.
#[derive(Debug, Default)]
struct Counted {
    sent_bytes: u64,
    received: Counts,
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
            counted: Counted::default(),
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
        self.count();
        let Counted {
            sent_bytes,
            received,
        } = std::mem::take(&mut self.counted);
        let mut quality = Quality {
            sent_bits_per_second: sent_bytes * 8 * 1000 / elapsed_ms,
            received_bits_per_second: received.bytes * 8 * 1000 / elapsed_ms,
            ..Quality::default()
        };
        if let Some(subscriber) = &mut self.subscriber {
            (quality.sent_loss, quality.round_trip) = subscriber.take_reception();
        }
        if received.expected > 0 {
            let missing = received.expected.saturating_sub(received.packets);
            quality.received_loss = missing as f32 / received.expected as f32;
        }
        quality
    }

    /// Takes over what the present connections counted: before one is closed.
    pub(super) fn count(&mut self) {
        if let Some(subscriber) = &mut self.subscriber {
            self.counted.sent_bytes += subscriber.take_sent_bytes();
        }
        for stream in self.publisher.iter_mut().flat_map(Publisher::streams_mut) {
            let counts = stream.take_counts();
            self.counted.received.bytes += counts.bytes;
            self.counted.received.packets += counts.packets;
            self.counted.received.expected += counts.expected;
        }
    }
}

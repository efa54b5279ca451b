//! What leaves the router, until it is taken. Each queue is bounded.

use std::collections::VecDeque;

use crate::{
    counters::Counters,
    event::{Event, EventKind},
    net::route::Transmit,
    tap::Tapped,
};

/// Over it packets are dropped and counted: they wait because nobody takes them. A turn makes a few thousand.
const TRANSMITS: usize = 65_536;
/// Over it what is only told now and then is left out, for nobody reads it.
const EVENTS: usize = 8_192;
/// Over it a recorder misses frames, which are counted: two seconds of a call of ten, some 20 MB.
const TAPPED: usize = 2_048;

#[derive(Debug, Default)]
pub(crate) struct Outputs {
    pub(crate) transmits: Vec<Transmit>,
    /// Beyond `EVENTS` bounded by what changes in calls while nobody reads: no commands come then.
    pub(crate) events: VecDeque<Event>,
    pub(crate) tapped: VecDeque<Tapped>,
    pub(crate) counters: Counters,
}

impl Outputs {
    pub(crate) fn transmit(&mut self, packet: Transmit) {
        if self.transmits.len() < TRANSMITS {
            self.transmits.push(packet);
        } else {
            self.counters.media_dropped += 1;
        }
    }

    pub(crate) fn tell(&mut self, event: Event) {
        let is_passing = matches!(
            event.kind,
            EventKind::Quality { .. } | EventKind::ActiveSpeaker(_)
        );
        if !is_passing || self.events.len() < EVENTS {
            self.events.push_back(event);
        }
    }

    /// Whether a recorder that fell behind has caught up by so much that it can begin again.
    pub(crate) fn has_tap_room(&self) -> bool {
        self.tapped.len() <= TAPPED / 2
    }

    /// The end of a track always has room: there are as many as there are tracks.
    pub(crate) fn end_tap(&mut self, ended: Tapped) {
        self.tapped.push_back(ended);
    }

    /// `false`: it is full.
    pub(crate) fn tap(&mut self, tapped: Tapped) -> bool {
        let has_room = self.tapped.len() < TAPPED;
        if has_room {
            self.tapped.push_back(tapped);
        } else {
            self.counters.tap_dropped += 1;
        }
        has_room
    }
}

//! What leaves the router, until it is taken. Each queue is bounded.

use std::collections::VecDeque;

use crate::{counters::Counters, event::Event, net::route::Transmit, tap::Tapped};

/// Over it packets are dropped and counted: they wait because nobody takes them. A turn makes a few thousand.
const TRANSMITS: usize = 65_536;
/// Over it a recorder misses frames, which are counted: two seconds of a call of ten, some 20 MB.
const TAPPED: usize = 2_048;

#[derive(Debug, Default)]
pub(crate) struct Outputs {
    pub(crate) transmits: Vec<Transmit>,
    /// Bounded by what commands and connections can bring about between two turns.
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

//! What was sent lately, for subscribers that miss some of it.
//!
//! Rule: it keeps a fixed number of packets, and shares their payloads with everybody else who was sent them.

use std::time::{Duration, Instant};

use crate::{publish::stream::MediaPacket, subscribe::rewriter::Numbers};

/// A packet is sent again at most so often; then it is lost, and a keyframe heals it. Chosen.
const REPEATS: u8 = 8;
/// Requests for the same packet within this are one: the answer is on its way. Chosen.
const REPEAT_PAUSE: Duration = Duration::from_millis(15);

/// Packets of one outgoing stream.
#[derive(Debug)]
pub(crate) struct History {
    capacity: usize,
    /// By the last bits of the sequence number.
    slots: Vec<Option<Kept>>,
}

#[derive(Debug)]
struct Kept {
    packet: MediaPacket,
    numbers: Numbers,
    repeats: u8,
    sent_at: Instant,
}

impl History {
    /// `capacity` in packets, a power of two.
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            capacity: capacity.next_power_of_two(),
            slots: Vec::new(),
        }
    }

    pub(crate) fn keep(&mut self, packet: &MediaPacket, numbers: Numbers) {
        if self.slots.is_empty() {
            self.slots.resize_with(self.capacity, || None);
        }
        let slot = self.slot(numbers.sequence as u16);
        self.slots[slot] = Some(Kept {
            packet: packet.clone(),
            numbers,
            repeats: 0,
            sent_at: packet.arrived,
        });
    }

    /// The packet of that sequence number, if it is to be sent again now.
    pub(crate) fn repeat(
        &mut self,
        now: Instant,
        sequence: u16,
    ) -> Option<(&MediaPacket, Numbers)> {
        let slot = self.slot(sequence);
        let kept = self.slots.get_mut(slot)?.as_mut()?;
        let is_due = kept.repeats == 0 || now >= kept.sent_at + REPEAT_PAUSE;
        if kept.numbers.sequence as u16 != sequence || kept.repeats == REPEATS || !is_due {
            return None;
        }
        kept.repeats += 1;
        kept.sent_at = now;
        Some((&kept.packet, kept.numbers))
    }

    fn slot(&self, sequence: u16) -> usize {
        usize::from(sequence) & (self.capacity - 1)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{History, REPEAT_PAUSE, REPEATS};
    use crate::{
        Source,
        publish::stream::{MediaPacket, StreamId},
        subscribe::rewriter::Numbers,
        tests::epoch,
    };

    #[test]
    fn a_packet_is_sent_again_a_few_times_and_then_forgotten() {
        let start = epoch();
        let mut history = History::new(4);
        let packet = MediaPacket {
            stream: StreamId(1),
            source: Source::Camera,
            number: 0,
            timestamp: 0,
            marker: true,
            payload: Bytes::new(),
            vp8: None,
            arrived: start,
        };
        for sequence in 65_534..65_540 {
            let numbers = Numbers {
                sequence,
                timestamp: 0,
                picture_id: 0,
                tl0_index: 0,
            };
            history.keep(&packet, numbers);
        }
        assert!(
            history.repeat(start, 65_535).is_none(),
            "four came after it"
        );
        assert!(history.repeat(start, 4).is_none(), "it was not sent yet");
        let mut now = start;
        for _ in 0..REPEATS {
            let (_, numbers) = history.repeat(now, 0).expect("it is kept");
            assert_eq!(numbers.sequence, 65_536);
            assert!(history.repeat(now, 0).is_none(), "it is on its way");
            now += REPEAT_PAUSE;
        }
        assert!(history.repeat(now, 0).is_none(), "it is lost");
    }
}

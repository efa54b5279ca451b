//! How a subscriber's packets fare, from what its client reports.
//!
//! Rule: it measures and decides nothing (`budget` does). Reports are another's word: they move numbers, and nothing else.

use std::time::{Duration, Instant};

use rtc::{
    interceptor::convert_twcc,
    rtcp::transport_feedbacks::transport_layer_cc::{PacketStatusChunk, TransportLayerCc},
};

/// Packets whose sending is remembered until they are reported: half a second at 2,000 a second.
const REMEMBERED: usize = 1024;
/// What is measured together. Chosen: a round trip and more, so that a decision shows in the next sample.
const SAMPLE: Duration = Duration::from_millis(250);
/// After so long without a report there is nothing to measure over. Chosen: browsers report ten times a second.
const SILENCE: Duration = Duration::from_secs(1);
/// The shortest delay is looked for in this long, so that a clock that drifts, or another path, is not taken for a queue.
const BASE_DELAY: Duration = Duration::from_secs(10);
/// A report of this many packets or fewer says nothing of a path.
const ENOUGH_PACKETS: u32 = 10;

/// What became of the packets of one `SAMPLE`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sample {
    /// That arrived.
    pub(crate) bits_per_second: u64,
    /// 0 to 1.
    pub(crate) loss: f32,
    /// How much longer packets took than the fastest one lately.
    pub(crate) queue: Duration,
}

#[derive(Debug, Default)]
pub(crate) struct Path {
    /// By the last bits of the transport-wide sequence number.
    sent: Vec<Option<Sent>>,
    epoch: Option<Instant>,
    current: Gathered,
    since: Option<Instant>,
    base: BaseDelay,
}

#[derive(Clone, Copy, Debug)]
struct Sent {
    sequence: u16,
    at: Instant,
    bytes: u32,
}

#[derive(Debug, Default)]
struct Gathered {
    arrived: u32,
    lost: u32,
    bytes: u64,
    queue_us: u64,
}

/// The least delay of this period and the one before.
#[derive(Debug, Default)]
struct BaseDelay {
    since: Option<Instant>,
    current_us: Option<i64>,
    previous_us: Option<i64>,
}

impl Path {
    /// A packet goes out.
    pub(crate) fn sent(&mut self, now: Instant, sequence: u16, bytes: usize) {
        if self.sent.is_empty() {
            self.sent.resize(REMEMBERED, None);
        }
        self.sent[usize::from(sequence) % REMEMBERED] = Some(Sent {
            sequence,
            at: now,
            bytes: bytes as u32,
        });
    }

    /// Takes a report, and gives a sample where one is complete. What tells of more packets than are remembered is left out.
    pub(crate) fn report(&mut self, now: Instant, report: &TransportLayerCc) -> Option<Sample> {
        // The library takes a run at its word, and a few bytes can say thousands.
        if report.packet_chunks.iter().map(reported).sum::<usize>() > REMEMBERED {
            return None;
        }
        for acknowledgement in convert_twcc(report) {
            let Some(sent) = self.take(acknowledgement.sequence_number) else {
                continue;
            };
            if !acknowledgement.arrived {
                self.current.lost += 1;
                continue;
            }
            self.current.arrived += 1;
            self.current.bytes += u64::from(sent.bytes);
            if let Some(arrival) = acknowledgement.arrival {
                let queue_us = self.queue_us(now, sent.at, arrival);
                self.current.queue_us += queue_us;
            }
        }
        self.sample(now)
    }

    /// Each packet counts once, by the first report that has it.
    fn take(&mut self, sequence: u16) -> Option<Sent> {
        let slot = self.sent.get_mut(usize::from(sequence) % REMEMBERED)?;
        slot.take_if(|sent| sent.sequence == sequence)
    }

    fn queue_us(&mut self, now: Instant, sent_at: Instant, arrival: Duration) -> u64 {
        let epoch = *self.epoch.get_or_insert(sent_at);
        let sent_us = sent_at.saturating_duration_since(epoch).as_micros() as i64;
        // The clocks differ by something unknown, which is the same in the least delay.
        let delay_us = arrival.as_micros() as i64 - sent_us;
        (delay_us - self.base.least_us(now, delay_us)).max(0) as u64
    }

    fn sample(&mut self, now: Instant) -> Option<Sample> {
        let since = *self.since.get_or_insert(now);
        let elapsed = now.saturating_duration_since(since);
        if elapsed < SAMPLE {
            return None;
        }
        self.since = Some(now);
        if elapsed > SILENCE {
            self.current = Gathered::default();
            return None;
        }
        let Gathered {
            arrived,
            lost,
            bytes,
            queue_us,
        } = std::mem::take(&mut self.current);
        if arrived + lost <= ENOUGH_PACKETS {
            return None;
        }
        Some(Sample {
            bits_per_second: bytes * 8 * 1000 / elapsed.as_millis() as u64,
            loss: lost as f32 / (arrived + lost) as f32,
            queue: Duration::from_micros(queue_us / u64::from(arrived.max(1))),
        })
    }
}

/// How many packets a part of a report tells of.
fn reported(chunk: &PacketStatusChunk) -> usize {
    match chunk {
        PacketStatusChunk::RunLengthChunk(run) => run.run_length.into(),
        PacketStatusChunk::StatusVectorChunk(vector) => vector.symbol_list.len(),
    }
}

impl BaseDelay {
    fn least_us(&mut self, now: Instant, delay_us: i64) -> i64 {
        let since = *self.since.get_or_insert(now);
        if now.saturating_duration_since(since) >= BASE_DELAY {
            self.since = Some(now);
            self.previous_us = self.current_us.take();
        }
        let current = self.current_us.map_or(delay_us, |us| us.min(delay_us));
        self.current_us = Some(current);
        self.previous_us.map_or(current, |us| us.min(current))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rtc::rtcp::transport_feedbacks::transport_layer_cc::{
        PacketStatusChunk, RecvDelta, RunLengthChunk, StatusChunkTypeTcc, SymbolTypeTcc,
        TransportLayerCc,
    };

    use super::Path;
    use crate::tests::epoch;

    /// A report of 25 packets from `base` on, all of which arrived so long after another.
    fn report(base: u16, first_at: Duration, apart: Duration) -> TransportLayerCc {
        let tick = Duration::from_millis(64);
        let reference_time = (first_at.as_nanos() / tick.as_nanos()) as u32;
        let first_delta = first_at - tick * reference_time;
        let deltas = std::iter::once(first_delta).chain(std::iter::repeat_n(apart, 24));
        TransportLayerCc {
            sender_ssrc: 0,
            media_ssrc: 0,
            base_sequence_number: base,
            packet_status_count: 25,
            reference_time,
            fb_pkt_count: 0,
            packet_chunks: vec![PacketStatusChunk::RunLengthChunk(RunLengthChunk {
                type_tcc: StatusChunkTypeTcc::RunLengthChunk,
                packet_status_symbol: SymbolTypeTcc::PacketReceivedSmallDelta,
                run_length: 25,
            })],
            recv_deltas: deltas
                .map(|delta| RecvDelta {
                    type_tcc_packet: SymbolTypeTcc::PacketReceivedSmallDelta,
                    delta: delta.as_micros() as i64,
                })
                .collect(),
        }
    }

    #[test]
    fn a_queue_that_grows_is_seen_whatever_the_other_clock_says() {
        let start = epoch();
        let mut path = Path::default();
        let ms = Duration::from_millis;
        let mut queues = Vec::new();
        // A packet each 10 ms; from the third report on each takes 5 ms longer than the one before.
        for batch in 0..8_u64 {
            for packet in 0..25 {
                let sequence = batch * 25 + packet;
                path.sent(start + ms(sequence * 10), sequence as u16, 1000);
            }
            let (late, apart) = match batch {
                0..3 => (0, 10),
                batch => ((batch - 3) * 125, 15),
            };
            let first_at = Duration::from_secs(9_000) + ms(batch * 250 + late);
            let report = report((batch * 25) as u16, first_at, ms(apart));
            let sample = path.report(start + ms(250 * (batch + 1)), &report);
            queues.extend(sample.map(|sample| (sample.queue.as_millis(), sample.bits_per_second)));
        }
        assert!(queues[0].0 < 5 && queues[1].0 < 5, "{queues:?}");
        assert!(
            queues.windows(2).skip(1).all(|pair| pair[0].0 < pair[1].0),
            "{queues:?}"
        );
        assert!(queues[6].0 > 400, "{queues:?}");
        assert!((700_000..900_000).contains(&queues[1].1), "{queues:?}");
    }

    #[test]
    fn a_silence_before_a_report_is_no_low_bitrate() {
        let start = epoch();
        let mut path = Path::default();
        let ms = Duration::from_millis;
        assert_eq!(path.report(start, &report(40_000, ms(0), ms(1))), None);
        let later = start + Duration::from_secs(10);
        for batch in 0..3_u64 {
            let at = later + ms(130) * batch as u32;
            for packet in 0..25 {
                path.sent(at, (batch * 25 + packet) as u16, 1000);
            }
            let report = report((batch * 25) as u16, ms(10_000 + batch * 130), ms(0));
            if let Some(sample) = path.report(at, &report) {
                assert!(sample.bits_per_second > 500_000, "{sample:?}");
            }
        }
    }

    #[test]
    fn a_report_that_claims_thousands_is_left_out() {
        let start = epoch();
        let mut path = Path::default();
        path.sent(start, 0, 1000);
        let mut claims = report(0, Duration::from_secs(1), Duration::from_millis(1));
        claims.packet_chunks = vec![claims.packet_chunks[0].clone(); 1000];
        path.report(start, &claims);
        assert_eq!(path.current.arrived, 0);
    }

    #[test]
    fn what_is_said_of_packets_that_were_not_sent_changes_nothing() {
        let start = epoch();
        let mut path = Path::default();
        let report = report(7, Duration::from_secs(1), Duration::from_millis(1));
        for second in 0..4 {
            assert_eq!(
                path.report(start + Duration::from_secs(second), &report),
                None
            );
        }
    }
}

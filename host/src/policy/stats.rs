//! What came of a plugin's calls, hook by hook, since the server started.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::model::policy::{Verdict, VerdictCounts};

/// Four steps to each doubling, from 1 µs to over an hour.
const STEPS: usize = 128;

/// One hook of one plugin.
#[derive(Debug)]
pub(super) struct HookStats {
    allow: AtomicU64,
    modify: AtomicU64,
    hold: AtomicU64,
    reject: AtomicU64,
    pub(super) traps: AtomicU64,
    pub(super) timeouts: AtomicU64,
    pub(super) overloads: AtomicU64,
    micros: [AtomicU64; STEPS],
}

impl Default for HookStats {
    fn default() -> Self {
        Self {
            allow: AtomicU64::default(),
            modify: AtomicU64::default(),
            hold: AtomicU64::default(),
            reject: AtomicU64::default(),
            traps: AtomicU64::default(),
            timeouts: AtomicU64::default(),
            overloads: AtomicU64::default(),
            micros: [const { AtomicU64::new(0) }; STEPS],
        }
    }
}

impl HookStats {
    /// A call went well and said this.
    pub(super) fn said(&self, verdict: &Verdict) {
        let counter = match verdict {
            Verdict::Allow => &self.allow,
            Verdict::Modify { .. } => &self.modify,
            Verdict::Hold(_) => &self.hold,
            Verdict::Reject(_) => &self.reject,
        };
        counter.fetch_add(1, Relaxed);
    }

    /// A call took so long, however it ended.
    pub(super) fn took(&self, micros: u64) {
        self.micros[step(micros)].fetch_add(1, Relaxed);
    }

    pub(super) fn verdicts(&self) -> VerdictCounts {
        VerdictCounts {
            allow: self.allow.load(Relaxed),
            modify: self.modify.load(Relaxed),
            hold: self.hold.load(Relaxed),
            reject: self.reject.load(Relaxed),
        }
    }

    /// The time that so many per cent of the calls did not exceed, in microseconds, up to a fifth too high.
    pub(super) fn percentile_us(&self, percent: u64) -> u64 {
        let counts: Vec<u64> = self
            .micros
            .iter()
            .map(|count| count.load(Relaxed))
            .collect();
        let all: u64 = counts.iter().sum();
        let wanted = (all * percent).div_ceil(100);
        let mut passed = 0;
        for (step, count) in counts.into_iter().enumerate() {
            passed += count;
            if passed >= wanted && passed > 0 {
                return upper_us(step);
            }
        }
        0
    }
}

/// `4 * log2(micros)`, by its integer part and the next two bits.
fn step(micros: u64) -> usize {
    let micros = micros.max(1);
    let doublings = micros.ilog2();
    let quarter = if doublings >= 2 {
        (micros >> (doublings - 2)) & 3
    } else {
        (micros << (2 - doublings)) & 3
    };
    let step = doublings as usize * 4 + quarter as usize;
    step.min(STEPS - 1)
}

/// The largest time of a step.
fn upper_us(step: usize) -> u64 {
    let base = 1_u64 << (step / 4);
    base + base * (step as u64 % 4 + 1) / 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_at_most_a_quarter_too_high() {
        let stats = HookStats::default();
        assert_eq!(stats.percentile_us(50), 0);
        for micros in 1..=1_000 {
            stats.took(micros);
        }
        let (p50, p99) = (stats.percentile_us(50), stats.percentile_us(99));
        assert!((500..=640).contains(&p50), "{p50}");
        assert!((990..=1_280).contains(&p99), "{p99}");
    }

    #[test]
    fn every_time_falls_into_its_step() {
        for micros in [0, 1, 2, 3, 7, 8, 1_000, 50_000, 1 << 31, u64::MAX] {
            let step = step(micros);
            assert!(step < STEPS);
            if micros < 1 << 31 {
                assert!(upper_us(step) >= micros, "{micros}");
            }
        }
    }
}

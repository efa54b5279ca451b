//! How much a subscriber can be sent: down fast, up by trial.
//!
//! Rule: without trouble there is no limit. Trouble sets it below what arrived; after a quiet time it is raised by one step of
//! real media, and if that brings trouble back, the next trial waits twice as long. Nothing is estimated beforehand, and no padding is sent.

use std::time::{Duration, Instant};

use super::path::Sample;

/// Trouble: this share of packets is lost, so often in a row: by chance a few packets are lost together. Wireless networks lose a few percent by chance. Chosen, as GCC's upper bound.
const LOSS: f32 = 0.1;
const LOSSES: u32 = 3;
/// Trouble: packets wait so long on their way. Chosen: a queue that a person hears.
const QUEUE: Duration = Duration::from_millis(150);
/// A limit is so much of what arrived, so that the queue can empty.
const DOWN: f64 = 0.85;
/// The next sample after a decision still tells of before.
const SETTLE: Duration = Duration::from_millis(750);
/// Trouble so soon after a raise is the raise's.
const TRIAL: Duration = Duration::from_secs(5);
const FIRST_WAIT: Duration = Duration::from_secs(5);
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// Enough for a voice and one small picture.
const LEAST_BITS: u64 = 120_000;

#[derive(Debug)]
pub(crate) struct Budget {
    limit: Option<u64>,
    changed_at: Option<Instant>,
    trial: Option<Trial>,
    trouble_at: Option<Instant>,
    /// Samples in a row that had lost too much.
    losses: u32,
    wait: Duration,
}

#[derive(Clone, Copy, Debug)]
struct Trial {
    began_at: Instant,
    /// To return to.
    limit_before: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            limit: None,
            changed_at: None,
            trial: None,
            trouble_at: None,
            losses: 0,
            wait: FIRST_WAIT,
        }
    }
}

impl Budget {
    /// Bits per second for video; `None`: as much as is wanted.
    pub(crate) fn limit(&self) -> Option<u64> {
        self.limit
    }

    /// Takes a sample. Whether the limit changed.
    pub(crate) fn note(&mut self, now: Instant, sample: &Sample) -> bool {
        self.losses = match sample.loss >= LOSS {
            true => self.losses + 1,
            false => 0,
        };
        if self.losses < LOSSES && sample.queue < QUEUE {
            return false;
        }
        self.trouble_at = Some(now);
        let settled = self.changed_at.is_none_or(|at| now >= at + SETTLE);
        if !settled {
            return false;
        }
        let fallen = ((sample.bits_per_second as f64 * DOWN) as u64).max(LEAST_BITS);
        let trial = self.trial.take();
        let failed = trial.filter(|trial| now < trial.began_at + TRIAL);
        self.wait = match failed {
            Some(_) => (self.wait * 2).min(LONGEST_WAIT),
            None => FIRST_WAIT,
        };
        let limit = failed.map_or(fallen, |trial| fallen.min(trial.limit_before));
        let limit = self.limit.map_or(limit, |before| limit.min(before));
        let changed = self.limit != Some(limit);
        self.limit = Some(limit);
        self.changed_at = Some(now);
        changed
    }

    /// Tries more, if it was quiet for long enough. `next_step` is what all video would take with the next better layer;
    /// `None` if nothing better is wanted, which ends the limit. Whether the limit changed.
    pub(crate) fn raise(&mut self, now: Instant, next_step: Option<u64>) -> bool {
        let Some(limit) = self.limit else {
            return false;
        };
        let quiet_since = self.trouble_at.max(self.changed_at);
        if quiet_since.is_some_and(|at| now < at + self.wait) {
            return false;
        }
        self.trial = Some(Trial {
            began_at: now,
            limit_before: limit,
        });
        self.changed_at = Some(now);
        // Bitrates vary: an exact fit would be refused with the next frame.
        self.limit = next_step.map(|bits| bits + bits / 8);
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Budget, Sample};
    use crate::tests::epoch;

    const fn sample(bits_per_second: u64, loss: f32, queue_ms: u64) -> Sample {
        Sample {
            bits_per_second,
            loss,
            queue: Duration::from_millis(queue_ms),
        }
    }

    #[test]
    fn chance_loss_and_short_queues_are_no_trouble() {
        let mut budget = Budget::default();
        for loss in [0.05, 0.05, 0.2, 0.3, 0.05, 0.3] {
            assert!(!budget.note(epoch(), &sample(1_000_000, loss, 60)));
        }
        assert_eq!(budget.limit(), None);
    }

    #[test]
    fn trouble_brings_it_down_within_a_sample_and_quiet_brings_it_up_by_a_step() {
        let start = epoch();
        let mut budget = Budget::default();
        for _ in 0..2 {
            assert!(!budget.note(start, &sample(1_000_000, 0.3, 0)));
        }
        assert!(budget.note(start, &sample(1_000_000, 0.3, 0)));
        assert_eq!(budget.limit(), Some(850_000));
        let at = |s: u64| start + Duration::from_secs(s);
        assert!(!budget.raise(at(4), Some(1_600_000)), "too soon");
        assert!(budget.raise(at(5), Some(1_600_000)));
        assert_eq!(budget.limit(), Some(1_800_000));
    }

    #[test]
    fn a_trial_that_fails_returns_and_waits_twice_as_long() {
        let start = epoch();
        let at = |s: u64| start + Duration::from_secs(s);
        let mut budget = Budget::default();
        budget.note(start, &sample(1_000_000, 0.0, 400));
        budget.raise(at(5), Some(1_600_000));
        assert!(budget.note(at(6), &sample(1_100_000, 0.0, 400)));
        assert_eq!(budget.limit(), Some(850_000), "what worked before");
        assert!(!budget.raise(at(15), Some(1_600_000)));
        assert!(budget.raise(at(16), Some(1_600_000)));
    }

    #[test]
    fn nothing_better_wanted_ends_the_limit() {
        let start = epoch();
        let mut budget = Budget::default();
        budget.note(start, &sample(1_000_000, 0.0, 300));
        assert!(budget.raise(start + Duration::from_secs(5), None));
        assert_eq!(budget.limit(), None);
    }
}

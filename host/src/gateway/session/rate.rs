//! How fast one session may talk: a token bucket.

use std::time::Instant;

/// Tokens per second and at most.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// Events in the long run.
    pub events_per_second: u32,
    /// Events at once.
    pub burst_events: u32,
}

/// One session's bucket.
#[derive(Debug)]
pub(super) struct Bucket {
    rate: Rate,
    tokens: f64,
    filled_at: Instant,
    refused_in_a_row: u32,
}

/// Whether an event may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// Yes.
    Pass,
    /// Not now.
    Wait {
        /// Then one may.
        retry_after_ms: u64,
    },
    /// The client does not listen: a whole burst of events was refused one after the other.
    Flood,
}

impl Bucket {
    pub(super) fn full(rate: Rate, now: Instant) -> Self {
        Self {
            rate,
            tokens: f64::from(rate.burst_events),
            filled_at: now,
            refused_in_a_row: 0,
        }
    }

    /// Takes one token, if there is one.
    pub(super) fn admit(&mut self, now: Instant) -> Admission {
        let per_second = f64::from(self.rate.events_per_second);
        let gained = now.duration_since(self.filled_at).as_secs_f64() * per_second;
        self.tokens = (self.tokens + gained).min(f64::from(self.rate.burst_events));
        self.filled_at = now;
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            self.refused_in_a_row = 0;
            return Admission::Pass;
        }
        self.refused_in_a_row += 1;
        if self.refused_in_a_row > self.rate.burst_events {
            return Admission::Flood;
        }
        let wait_ms = (1.0 - self.tokens) / per_second * 1000.0;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and 1000"
        )]
        let retry_after_ms = wait_ms.ceil() as u64;
        Admission::Wait { retry_after_ms }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_burst_passes_then_waits_then_floods() {
        let start = Instant::now();
        let mut bucket = Bucket::full(
            Rate {
                events_per_second: 10,
                burst_events: 3,
            },
            start,
        );
        let said: Vec<Admission> = (0..7).map(|_| bucket.admit(start)).collect();
        let wait = Admission::Wait {
            retry_after_ms: 100,
        };
        assert_eq!(said[..3], [Admission::Pass; 3]);
        assert_eq!(said[3..6], [wait; 3]);
        assert_eq!(said[6], Admission::Flood);
        assert_eq!(
            bucket.admit(start + Duration::from_millis(100)),
            Admission::Pass
        );
        assert_eq!(bucket.admit(start + Duration::from_millis(100)), wait);
    }
}

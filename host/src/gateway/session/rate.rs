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
    /// Refusals that the client may still run into. It comes back as the tokens do: who sends at more than twice the rate
    /// uses it up, however many events pass in between.
    patience: f64,
    filled_at: Instant,
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
    /// The client does not listen: it ran into a whole burst of refusals.
    Flood,
}

impl Bucket {
    pub(super) fn full(rate: Rate, now: Instant) -> Self {
        let full = f64::from(rate.burst_events);
        Self {
            rate,
            tokens: full,
            patience: full,
            filled_at: now,
        }
    }

    /// Takes one token, if there is one.
    pub(super) fn admit(&mut self, now: Instant) -> Admission {
        let per_second = f64::from(self.rate.events_per_second);
        let full = f64::from(self.rate.burst_events);
        let gained = now.duration_since(self.filled_at).as_secs_f64() * per_second;
        self.tokens = (self.tokens + gained).min(full);
        self.patience = (self.patience + gained).min(full);
        self.filled_at = now;
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Admission::Pass;
        }
        if self.patience < 1.0 {
            return Admission::Flood;
        }
        self.patience -= 1.0;
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

    const RATE: Rate = Rate {
        events_per_second: 10,
        burst_events: 3,
    };

    #[test]
    fn a_burst_passes_then_waits_then_floods() {
        let start = Instant::now();
        let mut bucket = Bucket::full(RATE, start);
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

    /// Sends at a steady pace for ten seconds; whether it was cut.
    fn is_cut(events_per_second: u32) -> bool {
        let start = Instant::now();
        let mut bucket = Bucket::full(RATE, start);
        (0..10 * events_per_second).any(|at| {
            let now = start + Duration::from_secs(1) * at / events_per_second;
            bucket.admit(now) == Admission::Flood
        })
    }

    #[test]
    fn a_steady_flood_is_cut_although_some_events_pass() {
        assert!(!is_cut(10));
        assert!(!is_cut(15));
        assert!(is_cut(30));
        assert!(is_cut(1000));
    }
}

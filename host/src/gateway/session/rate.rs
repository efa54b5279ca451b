//! How fast one session may talk: a bucket of tokens, and one of patience.

use std::time::Instant;

use crate::gateway::limits::{Bucket, Rate, retry_after_ms};

/// One session's pace.
#[derive(Debug)]
pub(super) struct Pace {
    rate: Rate,
    tokens: Bucket,
    /// Refusals that the client may still run into. It comes back as the tokens do: who sends at more than twice the rate
    /// uses it up, however many events pass in between.
    patience: Bucket,
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

/// What an event costs, in ordinary ones. Chosen by what the server has to do for it.
pub(super) fn price(event: &str) -> u32 {
    match event {
        // It looks at every room.
        "sync" => 10,
        // It checks a signature, and reads the account twice.
        "register_user" => 5,
        // A connection is made, with its handshake. `call_user` asks policies, and makes devices ring.
        "rtc_publish" | "call_user" => 5,
        _ => 1,
    }
}

impl Pace {
    pub(super) fn new(rate: Rate, now: Instant) -> Self {
        Self {
            rate,
            tokens: Bucket::full(rate, now),
            patience: Bucket::full(rate, now),
        }
    }

    /// Takes the price, if that much is there.
    pub(super) fn admit(&mut self, price: u32, now: Instant) -> Admission {
        match self.tokens.take(self.rate, price, now) {
            Ok(()) => Admission::Pass,
            Err(_) if self.patience.take(self.rate, 1, now).is_err() => Admission::Flood,
            Err(wait) => Admission::Wait {
                retry_after_ms: retry_after_ms(wait),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const RATE: Rate = Rate {
        per_second: 10.0,
        burst: 3.0,
    };

    #[test]
    fn a_burst_passes_then_waits_then_floods() {
        let start = Instant::now();
        let mut pace = Pace::new(RATE, start);
        let said: Vec<Admission> = (0..7).map(|_| pace.admit(1, start)).collect();
        let wait = Admission::Wait {
            retry_after_ms: 100,
        };
        assert_eq!(said[..3], [Admission::Pass; 3]);
        assert_eq!(said[3..6], [wait; 3]);
        assert_eq!(said[6], Admission::Flood);
        assert_eq!(
            pace.admit(1, start + Duration::from_millis(100)),
            Admission::Pass
        );
        assert_eq!(pace.admit(1, start + Duration::from_millis(100)), wait);
    }

    /// Sends at a steady pace for ten seconds; whether it was cut.
    fn is_cut(events_per_second: u32) -> bool {
        let start = Instant::now();
        let mut pace = Pace::new(RATE, start);
        (0..10 * events_per_second).any(|at| {
            let now = start + Duration::from_secs(1) * at / events_per_second;
            pace.admit(1, now) == Admission::Flood
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

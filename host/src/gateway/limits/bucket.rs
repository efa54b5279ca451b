//! A token bucket: so much in the long run, so much at once.

use std::time::{Duration, Instant};

/// How fast a bucket fills, and what it holds.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// In the long run; above 0.
    pub per_second: f64,
    /// At once; at least 1.
    pub burst: f64,
}

impl Rate {
    /// So many a second in the long run, so many at once.
    #[must_use]
    pub fn per_second(count: u32, burst: u32) -> Self {
        Self {
            per_second: f64::from(count),
            burst: f64::from(burst),
        }
    }

    /// So many times as much.
    pub(super) fn times(self, factor: f64) -> Self {
        Self {
            per_second: self.per_second * factor,
            burst: self.burst * factor,
        }
    }

    /// So many a minute in the long run, so many at once.
    #[must_use]
    pub fn per_minute(count: u32, burst: u32) -> Self {
        Self {
            per_second: f64::from(count) / 60.0,
            burst: f64::from(burst),
        }
    }
}

/// One bucket. Its rate is kept by whoever keeps the bucket: there may be many.
#[derive(Clone, Copy, Debug)]
pub(in crate::gateway) struct Bucket {
    tokens: f64,
    filled_at: Instant,
}

impl Bucket {
    pub(in crate::gateway) fn full(rate: Rate, now: Instant) -> Self {
        Self {
            tokens: rate.burst,
            filled_at: now,
        }
    }

    /// Takes `price` tokens, or all of a full bucket if it holds fewer.
    ///
    /// # Errors
    /// There are not as many; when there will be.
    pub(in crate::gateway) fn take(
        &mut self,
        rate: Rate,
        price: u32,
        now: Instant,
    ) -> Result<(), Duration> {
        let gained = now.saturating_duration_since(self.filled_at).as_secs_f64() * rate.per_second;
        self.tokens = (self.tokens + gained).min(rate.burst);
        self.filled_at = now;
        let missing = f64::from(price).min(rate.burst) - self.tokens;
        if missing > 0.0 {
            return Err(Duration::from_secs_f64(missing / rate.per_second));
        }
        self.tokens -= f64::from(price).min(rate.burst);
        Ok(())
    }

    /// Whether nothing is missing, so that it need not be remembered.
    pub(super) fn is_full(&self, rate: Rate) -> bool {
        self.tokens >= rate.burst
    }

    /// Gives back one token that was taken.
    pub(super) fn give_back(&mut self, rate: Rate) {
        self.tokens = (self.tokens + 1.0).min(rate.burst);
    }
}

/// Whole milliseconds, rounded up: then it is surely there.
pub(in crate::gateway) fn retry_after_ms(wait: Duration) -> u64 {
    u64::try_from(wait.as_micros().div_ceil(1000)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_what_flows_in() {
        let rate = Rate::per_minute(60, 3);
        let now = Instant::now();
        let mut bucket = Bucket::full(rate, now);
        assert_eq!(bucket.take(rate, 2, now), Ok(()));
        assert_eq!(bucket.take(rate, 2, now), Err(Duration::from_secs(1)));
        assert_eq!(bucket.take(rate, 1, now), Ok(()));
        let later = now + Duration::from_secs(3600);
        assert_eq!(bucket.take(rate, 9, later), Ok(()), "all that it holds");
        assert_eq!(bucket.take(rate, 1, later), Err(Duration::from_secs(1)));
        bucket.give_back(rate);
        assert_eq!(bucket.take(rate, 1, later), Ok(()));
        assert!(
            bucket.take(rate, 1, now).is_err(),
            "a clock that stood still"
        );
    }

    #[test]
    fn the_wait_is_rounded_up() {
        assert_eq!(retry_after_ms(Duration::from_micros(1)), 1);
        assert_eq!(retry_after_ms(Duration::from_millis(5)), 5);
    }
}

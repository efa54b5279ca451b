//! How often something may happen.

use std::time::Instant;

/// So many a second, and as many at once after a quiet second.
#[derive(Debug)]
pub(crate) struct Bucket {
    per_second: f64,
    left: f64,
    filled_at: Option<Instant>,
}

impl Bucket {
    pub(crate) fn new(per_second: u32) -> Self {
        let per_second = f64::from(per_second);
        Self {
            per_second,
            left: per_second,
            filled_at: None,
        }
    }

    /// Whether it may happen once more; then it counts.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        let filled_at = self.filled_at.replace(now).unwrap_or(now);
        let elapsed = now.saturating_duration_since(filled_at).as_secs_f64();
        self.left = (self.left + elapsed * self.per_second).min(self.per_second);
        let fits = self.left >= 1.0;
        if fits {
            self.left -= 1.0;
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Bucket;
    use crate::tests::epoch;

    #[test]
    fn a_burst_passes_and_then_so_many_a_second() {
        let start = epoch();
        let mut bucket = Bucket::new(10);
        let passed = |bucket: &mut Bucket, at_ms: u64| {
            let now = start + Duration::from_millis(at_ms);
            (0..100).filter(|_| bucket.take(now)).count()
        };
        assert_eq!(passed(&mut bucket, 0), 10);
        assert_eq!(passed(&mut bucket, 550), 5);
        assert_eq!(passed(&mut bucket, 60_000), 10);
    }
}

//! Numbers that plugins count with: atomic over all calls, in memory, forgotten at their end.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use super::kv::KEY_BYTES;

/// The counters of one plugin, whatever its generation.
#[derive(Debug)]
pub(super) struct Counters {
    limit: usize,
    counters: Mutex<HashMap<String, Counter>>,
}

#[derive(Clone, Copy, Debug)]
struct Counter {
    value: i64,
    ends_at_ms: i64,
}

impl Counters {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            counters: Mutex::new(HashMap::new()),
        }
    }

    /// Adds and answers the new value. `ttl_seconds` counts from a counter's first `add`.
    pub(super) fn add(
        &self,
        name: &str,
        n: i64,
        ttl_seconds: u32,
        now_ms: i64,
    ) -> Result<i64, &'static str> {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = Counter {
            value: 0,
            ends_at_ms: now_ms.saturating_add(i64::from(ttl_seconds) * 1_000),
        };
        if let Some(counter) = counters.get_mut(name) {
            if counter.ends_at_ms <= now_ms {
                *counter = fresh;
            }
            counter.value = counter.value.saturating_add(n);
            return Ok(counter.value);
        }
        if name.len() > KEY_BYTES {
            return Err("quota");
        }
        if counters.len() >= self.limit {
            counters.retain(|_, counter| counter.ends_at_ms > now_ms);
        }
        if counters.len() >= self.limit {
            return Err("quota");
        }
        counters.insert(name.to_owned(), Counter { value: n, ..fresh });
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::Counters;

    #[test]
    fn a_counter_counts_until_its_end_and_begins_anew() {
        let counters = Counters::new(10);
        assert_eq!(counters.add("a", 2, 10, 0), Ok(2));
        // The first `add` fixed the end.
        assert_eq!(counters.add("a", 3, 100, 9_999), Ok(5));
        assert_eq!(counters.add("a", 1, 10, 10_000), Ok(1));
        assert_eq!(counters.add("a", i64::MAX, 10, 10_000), Ok(i64::MAX));
    }

    #[test]
    fn a_flood_of_names_ends_at_the_limit_and_passes() {
        let counters = Counters::new(2);
        assert_eq!(counters.add("a", 1, 1, 0), Ok(1));
        assert_eq!(counters.add("b", 1, 5, 0), Ok(1));
        assert_eq!(counters.add("c", 1, 1, 0), Err("quota"));
        assert_eq!(counters.add("c", 1, 1, 1_000), Ok(1));
        assert_eq!(counters.add("d", 1, 1, 1_000), Err("quota"));
    }
}

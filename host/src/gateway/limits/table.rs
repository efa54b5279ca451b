//! Buckets by key, in bounded memory.
//!
//! Rule: there are two generations, each of half the capacity. What is used moves to the young one; when that is full the old one
//! is dropped and the young one becomes old. So whoever floods the table with keys makes it forget those that nobody used for
//! that long, and a forgotten bucket is a full one.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use super::bucket::{Bucket, Rate};

/// Keys with their values, of which the least used are forgotten.
#[derive(Debug)]
pub(super) struct Generations<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    capacity: usize,
}

impl<K: Copy + Eq + Hash, V> Generations<K, V> {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
            capacity,
        }
    }

    /// The value of a key, which counts as used.
    pub(super) fn get_or_insert_with(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        if !self.young.contains_key(&key) {
            let value = self.old.remove(&key).unwrap_or_else(make);
            if self.young.len() >= self.capacity / 2 {
                self.old = std::mem::take(&mut self.young);
            }
            self.young.insert(key, value);
        }
        self.young
            .get_mut(&key)
            .expect("Invariant: it was there, or was put there just now")
    }

    pub(super) fn remove(&mut self, key: &K) {
        self.young.remove(key);
        self.old.remove(key);
    }

    pub(super) fn contains(&self, key: &K) -> bool {
        self.young.contains_key(key) || self.old.contains_key(key)
    }
}

/// A bucket for each key.
#[derive(Debug)]
pub(super) struct Buckets<K> {
    rate: Rate,
    buckets: Mutex<Generations<K, Bucket>>,
}

impl<K: Copy + Eq + Hash> Buckets<K> {
    pub(super) fn new(rate: Rate, capacity: usize) -> Self {
        Self {
            rate,
            buckets: Mutex::new(Generations::new(capacity)),
        }
    }

    /// As [`Bucket::take`], from the bucket of `key`.
    pub(super) fn take(&self, key: K, price: u32, now: Instant) -> Result<(), std::time::Duration> {
        let mut buckets = self.lock();
        let bucket = buckets.get_or_insert_with(key, || Bucket::full(self.rate, now));
        bucket.take(self.rate, price, now)
    }

    /// Gives one token of a key back. A bucket that is full by that is forgotten: what costs nothing takes no place from another.
    pub(super) fn give_back(&self, key: K, now: Instant) {
        let mut buckets = self.lock();
        let bucket = buckets.get_or_insert_with(key, || Bucket::full(self.rate, now));
        bucket.give_back(self.rate);
        if bucket.is_full(self.rate) {
            buckets.remove(&key);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Generations<K, Bucket>> {
        // Each change is whole before anything can panic.
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_buckets_of_their_own() {
        let now = Instant::now();
        let buckets = Buckets::new(Rate::per_second(1, 1), 100);
        assert!(buckets.take("ann", 1, now).is_ok());
        assert!(buckets.take("ann", 1, now).is_err());
        assert!(buckets.take("bob", 1, now).is_ok());
        buckets.give_back("ann", now);
        assert!(buckets.take("ann", 1, now).is_ok());
    }

    #[test]
    fn what_is_given_back_makes_nobody_forgotten() {
        let now = Instant::now();
        let buckets = Buckets::new(Rate::per_second(1, 1), 100);
        assert!(buckets.take(u32::MAX, 1, now).is_ok());
        for stranger in 0..10_000 {
            assert!(buckets.take(stranger, 1, now).is_ok());
            buckets.give_back(stranger, now);
        }
        assert!(buckets.take(u32::MAX, 1, now).is_err());
    }

    #[test]
    fn a_flood_of_keys_is_forgotten_and_who_is_active_is_not() {
        let now = Instant::now();
        let buckets = Buckets::new(Rate::per_second(1, 1), 100);
        let ann = u32::MAX;
        assert!(buckets.take(ann, 1, now).is_ok());
        for stranger in 0..10_000 {
            assert!(buckets.take(stranger, 1, now).is_ok());
            assert!(buckets.take(ann, 1, now).is_err());
            let kept = buckets.lock();
            assert!(kept.young.len() + kept.old.len() <= 100);
        }
        assert!(buckets.take(0, 1, now).is_ok(), "forgotten");
    }
}

//! What plugins remember: in memory, written behind to the store.
//!
//! Rule: a call reads its own writes; others see them when it has ended well. A plugin never waits for the database, and what it may
//! keep bounds what waits to be written. After a crash the last second of writes may be missing.
//!
//! Not here: counters (`counters`), which are never written.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::options::KvLimits;
use crate::{model::policy::PluginName, store::KvRow};

/// Longest key.
pub(super) const KEY_BYTES: usize = 256;
/// Largest value.
pub(super) const VALUE_BYTES: usize = 64 * 1024;
/// Most keys that one question answers.
pub(super) const LISTED_KEYS: usize = 1_000;

/// The keys of one plugin in one form of its state.
#[derive(Debug)]
pub(super) struct Namespace {
    pub(super) plugin: PluginName,
    pub(super) state_version: u32,
    limits: KvLimits,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    entries: BTreeMap<String, Entry>,
    bytes: usize,
    /// Keys that differ from the store.
    dirty: BTreeSet<String>,
    /// A newer version goes on with a copy: what is written here would be lost.
    is_closed: bool,
}

/// The plugin's keys are those of a newer version now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its keys have gone over to a newer version of it")]
pub(super) struct Closed;

#[derive(Clone, Debug)]
struct Entry {
    value: Vec<u8>,
    expires_at_ms: Option<i64>,
}

/// What one call has written; `None` deletes.
#[derive(Debug, Default)]
pub(super) struct Writes {
    changes: BTreeMap<String, Option<Entry>>,
    bytes: usize,
}

impl Entry {
    fn is_alive(&self, now_ms: i64) -> bool {
        self.expires_at_ms.is_none_or(|at| at > now_ms)
    }
}

impl Namespace {
    /// With what the store holds.
    pub(super) fn new(
        plugin: PluginName,
        state_version: u32,
        limits: KvLimits,
        rows: Vec<KvRow>,
    ) -> Self {
        let mut kept = Kept::default();
        for row in rows {
            let entry = Entry {
                value: row.value,
                expires_at_ms: row.expires_at.map(|at| at.0),
            };
            kept.put(row.key, Some(entry));
        }
        Self {
            plugin,
            state_version,
            limits,
            kept: Mutex::new(kept),
        }
    }

    /// Takes no more writes.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
    }

    /// Takes writes again.
    pub(super) fn reopen(&self) {
        self.lock().is_closed = false;
    }

    /// A copy for another form of the state, all of it yet to be written.
    pub(super) fn copy(&self, state_version: u32) -> Self {
        let kept = self.lock();
        let copy = Kept {
            entries: kept.entries.clone(),
            bytes: kept.bytes,
            dirty: kept.entries.keys().cloned().collect(),
            is_closed: false,
        };
        Self {
            plugin: self.plugin.clone(),
            state_version,
            limits: self.limits,
            kept: Mutex::new(copy),
        }
    }

    pub(super) fn get(&self, writes: &Writes, key: &str, now_ms: i64) -> Option<Vec<u8>> {
        let alive = |entry: &Entry| entry.is_alive(now_ms).then(|| entry.value.clone());
        match writes.changes.get(key) {
            Some(change) => change.as_ref().and_then(alive),
            None => self.lock().entries.get(key).and_then(alive),
        }
    }

    pub(super) fn set(
        &self,
        writes: &mut Writes,
        key: String,
        value: Vec<u8>,
        expires_at_ms: Option<i64>,
    ) -> Result<(), &'static str> {
        if key.len() > KEY_BYTES {
            return Err("key_too_long");
        }
        if value.len() > VALUE_BYTES {
            return Err("value_too_large");
        }
        let kept = self.lock();
        let size = key.len() + value.len();
        // Overwriting counts twice until the call ends; a plugin at its limit should rather know early.
        if kept.bytes + writes.bytes + size > self.limits.bytes
            || kept.entries.len() + writes.changes.len() >= self.limits.keys
        {
            return Err("quota");
        }
        drop(kept);
        writes.bytes += size;
        let entry = Entry {
            value,
            expires_at_ms,
        };
        writes.changes.insert(key, Some(entry));
        Ok(())
    }

    pub(super) fn delete(&self, writes: &mut Writes, key: String) {
        // What is nowhere needs no mark: a flood of deletions costs nothing.
        if self.lock().entries.contains_key(&key) {
            writes.changes.insert(key, None);
        } else {
            writes.changes.remove(&key);
        }
    }

    /// Keys by prefix, after `after`.
    pub(super) fn keys(
        &self,
        writes: &Writes,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
        now_ms: i64,
    ) -> Vec<String> {
        let from = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        let range = (from, Bound::Unbounded);
        let kept = self.lock();
        let stored = kept
            .entries
            .range::<str, _>(range)
            .take_while(|(key, _)| key.starts_with(prefix))
            .filter(|(key, entry)| entry.is_alive(now_ms) && !writes.changes.contains_key(*key))
            .map(|(key, _)| key);
        let written = writes
            .changes
            .range::<str, _>(range)
            .take_while(|(key, _)| key.starts_with(prefix))
            .filter(|(_, change)| change.as_ref().is_some_and(|entry| entry.is_alive(now_ms)))
            .map(|(key, _)| key);
        let limit = limit.min(LISTED_KEYS);
        let mut keys: Vec<String> = stored
            .take(limit)
            .chain(written.take(limit))
            .cloned()
            .collect();
        keys.sort_unstable();
        keys.truncate(limit);
        keys
    }

    /// Makes what a call has written everybody's. Answers whether there is something for the store.
    pub(super) fn apply(&self, writes: &mut Writes) -> Result<bool, Closed> {
        if writes.changes.is_empty() {
            return Ok(false);
        }
        let mut kept = self.lock();
        if kept.is_closed {
            return Err(Closed);
        }
        for (key, change) in std::mem::take(&mut writes.changes) {
            kept.dirty.insert(key.clone());
            kept.put(key, change);
        }
        writes.bytes = 0;
        Ok(true)
    }

    /// Forgets what has expired. Answers whether there is something for the store.
    pub(super) fn expire(&self, now_ms: i64) -> bool {
        let mut kept = self.lock();
        let dead: Vec<String> = kept
            .entries
            .iter()
            .filter(|(_, entry)| !entry.is_alive(now_ms))
            .map(|(key, _)| key.clone())
            .collect();
        for key in &dead {
            kept.put(key.clone(), None);
            kept.dirty.insert(key.clone());
        }
        !dead.is_empty()
    }

    /// What differs from the store, at most so many; from now on it counts as written.
    pub(super) fn take_dirty(&self, limit: usize) -> Vec<(String, Option<KvRow>)> {
        let mut kept = self.lock();
        let mut dirty = std::mem::take(&mut kept.dirty);
        if let Some(rest) = dirty.iter().nth(limit).cloned() {
            kept.dirty = dirty.split_off(&rest);
        }
        let row = |key: String| {
            let entry = kept.entries.get(&key);
            let row = entry.map(|entry| KvRow {
                key: key.clone(),
                value: entry.value.clone(),
                expires_at: entry.expires_at_ms.map(crate::model::Timestamp),
            });
            (key, row)
        };
        dirty.into_iter().map(row).collect()
    }

    /// They were not written after all.
    pub(super) fn mark_dirty(&self, keys: impl IntoIterator<Item = String>) {
        self.lock().dirty.extend(keys);
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn put(&mut self, key: String, change: Option<Entry>) {
        let added = change
            .as_ref()
            .map_or(0, |entry| key.len() + entry.value.len());
        let removed = match change {
            Some(entry) => self.entries.insert(key.clone(), entry),
            None => self.entries.remove(&key),
        };
        let freed = removed.map_or(0, |entry| key.len() + entry.value.len());
        self.bytes = self.bytes + added - freed;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn namespace(keys: usize, bytes: usize) -> Namespace {
        Namespace::new("p".into(), 1, KvLimits { keys, bytes }, Vec::new())
    }

    fn set(
        namespace: &Namespace,
        writes: &mut Writes,
        key: &str,
        value: &str,
    ) -> Result<(), &'static str> {
        namespace.set(writes, key.to_owned(), value.into(), None)
    }

    #[test]
    fn a_call_reads_its_own_writes_and_others_once_it_ended_well() {
        let space = namespace(10, 1_000);
        let (mut one, mut other) = (Writes::default(), Writes::default());
        set(&space, &mut one, "a", "1").expect("there is room");
        assert_eq!(space.get(&one, "a", 0), Some(b"1".to_vec()));
        assert_eq!(space.get(&other, "a", 0), None);
        assert_eq!(space.apply(&mut one), Ok(true));
        assert_eq!(space.get(&other, "a", 0), Some(b"1".to_vec()));
        space.delete(&mut other, "a".to_owned());
        assert_eq!(space.get(&other, "a", 0), None);
        assert_eq!(space.get(&one, "a", 0), Some(b"1".to_vec()));
        drop(other);
        assert_eq!(space.get(&Writes::default(), "a", 0), Some(b"1".to_vec()));
    }

    #[test]
    fn keys_are_listed_in_order_with_a_calls_own() {
        let space = namespace(10, 1_000);
        let mut writes = Writes::default();
        for key in ["b1", "a1", "a3", "c"] {
            set(&space, &mut writes, key, "").expect("there is room");
        }
        space.apply(&mut writes).expect("it is open");
        set(&space, &mut writes, "a2", "").expect("there is room");
        space.delete(&mut writes, "a3".to_owned());
        let keys = |prefix: &str, after, limit| space.keys(&writes, prefix, after, limit, 0);
        assert_eq!(keys("a", None, 10), ["a1", "a2"]);
        assert_eq!(keys("a", Some("a1"), 10), ["a2"]);
        assert_eq!(keys("", None, 2), ["a1", "a2"]);
        assert_eq!(keys("", Some("a2"), 10), ["b1", "c"]);
    }

    #[test]
    fn what_is_kept_is_limited() {
        let space = namespace(3, 20);
        let mut writes = Writes::default();
        assert_eq!(
            set(&space, &mut writes, &"k".repeat(257), ""),
            Err("key_too_long")
        );
        let large = vec![0; VALUE_BYTES + 1];
        assert_eq!(
            space.set(&mut writes, "k".to_owned(), large, None),
            Err("value_too_large")
        );
        assert_eq!(set(&space, &mut writes, "a", &"x".repeat(20)), Err("quota"));
        for key in ["a", "b", "c"] {
            assert_eq!(set(&space, &mut writes, key, ""), Ok(()));
        }
        assert_eq!(set(&space, &mut writes, "d", ""), Err("quota"));
        for _ in 0..10_000 {
            space.delete(&mut Writes::default(), "nothing".to_owned());
        }
    }

    #[test]
    fn what_is_closed_takes_no_writes_until_it_is_opened_again() {
        let space = namespace(10, 1_000);
        let mut writes = Writes::default();
        space.close();
        assert_eq!(space.apply(&mut writes), Ok(false));
        set(&space, &mut writes, "a", "1").expect("there is room");
        assert_eq!(space.apply(&mut writes), Err(Closed));
        assert!(space.take_dirty(9).is_empty());
        space.reopen();
        assert_eq!(space.apply(&mut writes), Ok(true));
    }

    #[test]
    fn what_is_to_be_written_comes_in_portions() {
        let space = namespace(1_000, 100_000);
        let mut writes = Writes::default();
        for key in 0..450 {
            set(&space, &mut writes, &format!("{key}"), "1").expect("there is room");
        }
        space.apply(&mut writes).expect("it is open");
        let portions: Vec<usize> = (0..4).map(|_| space.take_dirty(200).len()).collect();
        assert_eq!(portions, [200, 200, 50, 0]);
    }

    #[test]
    fn what_has_expired_is_gone_here_and_in_the_store() {
        let space = namespace(10, 1_000);
        let mut writes = Writes::default();
        space
            .set(&mut writes, "a".to_owned(), b"1".to_vec(), Some(1_000))
            .expect("there is room");
        space.apply(&mut writes).expect("it is open");
        assert_eq!(space.get(&writes, "a", 999), Some(b"1".to_vec()));
        assert_eq!(space.get(&writes, "a", 1_000), None);
        assert!(space.keys(&writes, "", None, 10, 1_000).is_empty());
        assert_eq!(space.take_dirty(9).len(), 1);
        assert!(space.expire(1_000) && !space.expire(1_000));
        assert_eq!(space.take_dirty(9), [("a".to_owned(), None)]);
    }

    #[test]
    fn a_copy_starts_alike_and_is_written_whole() {
        let space = namespace(10, 1_000);
        let mut writes = Writes::default();
        set(&space, &mut writes, "a", "1").expect("there is room");
        space.apply(&mut writes).expect("it is open");
        space.take_dirty(9);
        let copy = space.copy(2);
        assert_eq!(copy.get(&writes, "a", 0), Some(b"1".to_vec()));
        assert_eq!(copy.take_dirty(9).len(), 1);
        assert!(space.take_dirty(9).is_empty());
    }
}

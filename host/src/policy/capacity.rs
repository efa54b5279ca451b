//! How many instances the engine has room for, and how many of them are given away.
//!
//! Rule: whoever makes instances has reserved them before, so that none of a generation's can fail for want of room.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Instances with what they consist of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Room {
    pub(super) instances: usize,
    pub(super) memories: usize,
    pub(super) tables: usize,
}

impl Room {
    /// The room of so many.
    pub(super) fn times(self, count: usize) -> Self {
        Self {
            instances: self.instances * count,
            memories: self.memories * count,
            tables: self.tables * count,
        }
    }

    fn holds(self, other: Self) -> bool {
        self.instances >= other.instances
            && self.memories >= other.memories
            && self.tables >= other.tables
    }
}

impl std::fmt::Display for Room {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} instances, {} memories and {} tables",
            self.instances, self.memories, self.tables
        )
    }
}

/// What is left.
#[derive(Debug)]
pub(super) struct Capacity {
    left: Mutex<Room>,
}

impl Capacity {
    pub(super) fn new(all: Room) -> Self {
        Self {
            left: Mutex::new(all),
        }
    }

    /// Takes room until the reservation is dropped.
    ///
    /// # Errors
    /// There is not enough; in words with the numbers.
    pub(super) fn reserve(self: &Arc<Self>, room: Room) -> Result<Reservation, String> {
        let mut left = self.left();
        if !left.holds(room) {
            return Err(format!(
                "needs {room}; this server has room for {} more (policies.instances says how many each plugin gets)",
                *left
            ));
        }
        left.instances -= room.instances;
        left.memories -= room.memories;
        left.tables -= room.tables;
        drop(left);
        let capacity = Arc::clone(self);
        Ok(Reservation { capacity, room })
    }

    fn left(&self) -> MutexGuard<'_, Room> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Room that is taken.
#[derive(Debug)]
pub(super) struct Reservation {
    capacity: Arc<Capacity>,
    room: Room,
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut left = self.capacity.left();
        left.instances += self.room.instances;
        left.memories += self.room.memories;
        left.tables += self.room.tables;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_refused_with_the_numbers_and_room_comes_back() {
        let one = Room {
            instances: 1,
            memories: 2,
            tables: 3,
        };
        let capacity = Arc::new(Capacity::new(one.times(5)));
        let reserved = capacity.reserve(one.times(4)).expect("there is room");
        let refused = capacity.reserve(one.times(2)).expect_err("there is none");
        assert!(
            refused.starts_with("needs 2 instances, 4 memories and 6 tables; this server has room for 1 instances, 2 memories and 3 tables more"),
            "{refused}"
        );
        drop(reserved);
        capacity.reserve(one.times(5)).expect("it came back");
    }
}

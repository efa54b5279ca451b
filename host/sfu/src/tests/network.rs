//! A network that loses, delays, reorders and doubles packets, by a seed.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use rand::{RngExt as _, SeedableRng as _, rngs::SmallRng};

/// What it does to packets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weather {
    /// Of a thousand packets.
    pub(super) lost: u32,
    /// Of a thousand packets.
    pub(super) doubled: u32,
    pub(super) delay: Duration,
    /// At most so much more delay: packets overtake each other.
    pub(super) jitter: Duration,
}

impl Weather {
    pub(super) const CALM: Self = Self {
        lost: 0,
        doubled: 0,
        delay: Duration::from_millis(10),
        jitter: Duration::ZERO,
    };
    pub(super) const ROUGH: Self = Self {
        lost: 30,
        doubled: 10,
        delay: Duration::from_millis(20),
        jitter: Duration::from_millis(15),
    };
}

/// Things on their way.
#[derive(Debug)]
pub(super) struct Network<T> {
    pub(super) weather: Weather,
    random: SmallRng,
    under_way: BTreeMap<(Instant, u64), T>,
    sent: u64,
}

impl<T: Clone> Network<T> {
    pub(super) fn new(seed: u64, weather: Weather) -> Self {
        Self {
            weather,
            random: SmallRng::seed_from_u64(seed),
            under_way: BTreeMap::new(),
            sent: 0,
        }
    }

    pub(super) fn send(&mut self, now: Instant, thing: T) {
        if self.random.random_ratio(self.weather.lost, 1000) {
            return;
        }
        let copies = 1 + u64::from(self.random.random_ratio(self.weather.doubled, 1000));
        for _ in 0..copies {
            let jitter = self
                .random
                .random_range(Duration::ZERO..=self.weather.jitter);
            self.sent += 1;
            let at = now + self.weather.delay + jitter;
            self.under_way.insert((at, self.sent), thing.clone());
        }
    }

    /// The next thing that has arrived by now.
    pub(super) fn receive(&mut self, now: Instant) -> Option<T> {
        let (at, number) = *self.under_way.first_key_value()?.0;
        (at <= now).then(|| self.under_way.remove(&(at, number)))?
    }
}

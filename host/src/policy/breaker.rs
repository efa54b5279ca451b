//! Leaves a failing hook alone for a while.
//!
//! Rule: time is told to it. Closed: calls take place. So many failures in the window: open, no calls. After the pause one call, the
//! trial, shows whether it closes or opens again.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::Instant,
};

use super::options::BreakerOptions;
use crate::model::policy::BreakerStatus;

/// One plugin's, for one hook.
#[derive(Debug)]
pub(super) struct Breaker {
    options: BreakerOptions,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    Closed { failures: VecDeque<Instant> },
    Open { until: Instant },
    Trial { until: Instant },
}

impl Breaker {
    pub(super) fn new(options: BreakerOptions) -> Self {
        let failures = VecDeque::new();
        Self {
            options,
            state: Mutex::new(State::Closed { failures }),
        }
    }

    /// Whether a call may take place. Who is told `true` says what came of it by one of the three methods below.
    pub(super) fn admits(&self, now: Instant) -> bool {
        let mut state = self.lock();
        match *state {
            State::Closed { .. } => true,
            // A trial that never came back (its task was cancelled) does not keep the hook shut for ever.
            State::Open { until } | State::Trial { until } if now >= until => {
                let until = now + self.options.pause;
                *state = State::Trial { until };
                true
            }
            State::Open { .. } | State::Trial { .. } => false,
        }
    }

    /// The call went well.
    pub(super) fn succeeded(&self) {
        let mut state = self.lock();
        if let State::Trial { .. } = *state {
            let failures = VecDeque::new();
            *state = State::Closed { failures };
        }
    }

    /// The call failed. Answers whether that opened it.
    pub(super) fn failed(&self, now: Instant) -> bool {
        let mut state = self.lock();
        let opens = match &mut *state {
            State::Closed { failures } => {
                failures.push_back(now);
                while failures
                    .front()
                    .is_some_and(|at| now.duration_since(*at) > self.options.window)
                {
                    failures.pop_front();
                }
                failures.len() >= self.options.failures
            }
            State::Trial { .. } => true,
            State::Open { .. } => false,
        };
        if opens {
            let until = now + self.options.pause;
            *state = State::Open { until };
        }
        opens
    }

    /// The call did not take place after all.
    pub(super) fn abandoned(&self, now: Instant) {
        let mut state = self.lock();
        if let State::Trial { .. } = *state {
            *state = State::Open { until: now };
        }
    }

    /// For the admin's list.
    pub(super) fn status(&self, now: Instant) -> BreakerStatus {
        match *self.lock() {
            State::Closed { .. } => BreakerStatus::Closed,
            State::Open { until } if now < until => BreakerStatus::Open,
            State::Open { .. } | State::Trial { .. } => BreakerStatus::Trial,
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn breaker() -> (Breaker, Instant) {
        let options = BreakerOptions {
            failures: 5,
            window: 10 * SECOND,
            pause: 30 * SECOND,
        };
        (Breaker::new(options), Instant::now())
    }

    #[test]
    fn five_failures_in_ten_seconds_open_it_for_thirty() {
        let (breaker, start) = breaker();
        for second in 0..4 {
            assert!(!breaker.failed(start + second * SECOND));
        }
        assert!(breaker.admits(start + 9 * SECOND));
        assert!(breaker.failed(start + 9 * SECOND));
        assert!(!breaker.admits(start + 38 * SECOND));
        assert_eq!(breaker.status(start + 38 * SECOND), BreakerStatus::Open);
        assert!(breaker.admits(start + 39 * SECOND));
    }

    #[test]
    fn failures_that_are_far_apart_do_not_open_it() {
        let (breaker, start) = breaker();
        for round in 0..20 {
            assert!(!breaker.failed(start + round * 3 * SECOND));
        }
    }

    #[test]
    fn one_call_at_a_time_is_the_trial() {
        let (breaker, start) = breaker();
        for _ in 0..5 {
            breaker.failed(start);
        }
        let later = start + 31 * SECOND;
        assert!(breaker.admits(later));
        assert!(!breaker.admits(later));
        assert!(breaker.failed(later), "a failed trial opens it again");
        assert!(!breaker.admits(later + 29 * SECOND));
        assert!(breaker.admits(later + 30 * SECOND));
        breaker.succeeded();
        assert!(breaker.admits(later + 30 * SECOND));
        assert_eq!(breaker.status(later + 30 * SECOND), BreakerStatus::Closed);
    }

    #[test]
    fn a_trial_that_did_not_take_place_leaves_room_for_the_next() {
        let (breaker, start) = breaker();
        for _ in 0..5 {
            breaker.failed(start);
        }
        let later = start + 30 * SECOND;
        assert!(breaker.admits(later));
        breaker.abandoned(later);
        assert!(breaker.admits(later));
        // Nor does one that never came back.
        assert!(breaker.admits(later + 30 * SECOND));
    }
}

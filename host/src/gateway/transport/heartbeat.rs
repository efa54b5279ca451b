//! The heartbeat's clock: when to ask the peer for a sign of life, and when to give it up.
//!
//! Rule: the server asks (Engine.IO v4 §Heartbeat; for a plain WebSocket it is our choice). Anything that
//! the peer sends counts as a sign, not only the answer.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep};

use super::TransportOptions;

/// What the clock says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Beat {
    /// Send a ping.
    Ask,
    /// The peer is dead.
    Dead,
}

/// A peer's heartbeat.
#[derive(Debug)]
pub(super) struct Heartbeat {
    interval: Duration,
    timeout: Duration,
    /// Boxed because a `Sleep` must not move and a transport does.
    timer: Pin<Box<Sleep>>,
    asked: bool,
}

impl Heartbeat {
    pub(super) fn new(options: &TransportOptions) -> Self {
        Self {
            interval: options.ping_interval,
            timeout: options.ping_timeout,
            timer: Box::pin(sleep(options.ping_interval)),
            asked: false,
        }
    }

    /// Notes a sign of life.
    pub(super) fn heard(&mut self) {
        // While nobody was asked the timer keeps running: re-arming it on each message costs more than an early ping.
        if self.asked {
            self.asked = false;
            self.timer.as_mut().reset(Instant::now() + self.interval);
        }
    }

    /// How long a peer may show no sign of life.
    pub(super) fn patience(&self) -> Duration {
        self.interval + self.timeout
    }

    /// Until when the peer has time, if it was asked.
    pub(super) fn dead_at(&self) -> Option<Instant> {
        self.asked.then(|| self.timer.deadline())
    }

    /// Ready when there is something to do; cancel-safe.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Beat> {
        ready!(self.timer.as_mut().poll(cx));
        if self.asked {
            return Poll::Ready(Beat::Dead);
        }
        self.asked = true;
        // From when it was due, so that small delays do not add up; after a long one (a suspended machine) from now,
        // or everybody would be dead.
        let due = self.timer.deadline();
        let now = Instant::now();
        let asked_at = if now - due < self.timeout / 4 {
            due
        } else {
            now
        };
        self.timer.as_mut().reset(asked_at + self.timeout);
        Poll::Ready(Beat::Ask)
    }
}

//! The system that a plugin sees: nothing to read, nothing to reach, a clock that stands still, and random numbers from the decision's
//! seed.
//!
//! Rule: whatever a plugin could ask the system for is the same when the decision is made again.

use std::{
    convert::Infallible,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use bytes::Bytes;
use rand::TryRng;
use wasmtime_wasi::{
    HostMonotonicClock, HostWallClock, WasiCtx,
    cli::{IsTerminal, StdoutStream},
    p2::{OutputStream, Pollable, StreamResult},
};

/// What is kept of a plugin's standard error: enough for a panic's message.
const ERRORS_BYTES: usize = 2_048;

/// The time of the call at hand, in milliseconds.
#[derive(Clone, Debug, Default)]
pub(super) struct FixedClock(Arc<AtomicU64>);

impl FixedClock {
    pub(super) fn set(&self, now_ms: u64) {
        self.0.store(now_ms, Relaxed);
    }

    pub(super) fn now_ms(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

impl HostWallClock for FixedClock {
    fn resolution(&self) -> Duration {
        Duration::from_millis(1)
    }

    fn now(&self) -> Duration {
        Duration::from_millis(self.now_ms())
    }
}

impl HostMonotonicClock for FixedClock {
    fn resolution(&self) -> u64 {
        1_000_000
    }

    fn now(&self) -> u64 {
        self.now_ms().saturating_mul(1_000_000)
    }
}

/// The random numbers of the call at hand (SplitMix64): for repeating decisions, not for keeping secrets.
#[derive(Clone, Debug, Default)]
pub(super) struct SeededRandom(Arc<AtomicU64>);

impl SeededRandom {
    pub(super) fn seed(&self, seed: u128) {
        let [high, low] = [seed >> 64, seed & u128::from(u64::MAX)]
            .map(|half| u64::try_from(half).expect("it is half of it"));
        self.0.store(high ^ low.rotate_left(32), Relaxed);
    }

    pub(super) fn next(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut mixed = self.0.fetch_add(STEP, Relaxed).wrapping_add(STEP);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_le_bytes()[..chunk.len()]);
        }
    }
}

impl TryRng for SeededRandom {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.next() >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.next())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.fill(bytes);
        Ok(())
    }
}

/// What a plugin printed on standard error during the call at hand.
#[derive(Clone, Debug, Default)]
pub(super) struct Errors(Arc<Mutex<Vec<u8>>>);

impl Errors {
    /// Takes it.
    pub(super) fn take(&self) -> String {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        String::from_utf8_lossy(&bytes).trim().to_owned()
    }
}

impl IsTerminal for Errors {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Errors {
    fn async_stream(&self) -> Box<dyn tokio::io::AsyncWrite + Send + Sync> {
        // Plugins of the second preview use the other one.
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Errors {
    async fn ready(&mut self) {}
}

#[wasmtime_wasi::async_trait]
impl OutputStream for Errors {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = ERRORS_BYTES - kept.len();
        kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        // Always some, or printing would fail; beyond the limit it is dropped.
        Ok(ERRORS_BYTES)
    }
}

/// The system of one instance.
pub(super) fn system(clock: &FixedClock, random: &SeededRandom, errors: &Errors) -> WasiCtx {
    WasiCtx::builder()
        .wall_clock(clock.clone())
        .monotonic_clock(clock.clone())
        .secure_random(random.clone())
        .insecure_random(random.clone())
        // Drawn once per instance, for hash maps: the same for all, so that they iterate alike.
        .insecure_random_seed(0)
        .stderr(errors.clone())
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_numbers_again() {
        let random = SeededRandom::default();
        let draw = || {
            random.seed(u128::from(u64::MAX) << 7);
            let mut bytes = [0; 11];
            random.fill(&mut bytes);
            (bytes, random.next())
        };
        let first = draw();
        assert_eq!(first, draw());
        assert_ne!(first.1, random.next());
    }

    #[test]
    fn errors_are_kept_up_to_a_limit() {
        let mut errors = Errors::default();
        errors
            .write(Bytes::from(vec![b'a'; 10_000]))
            .expect("it takes all");
        errors
            .write(Bytes::from_static(b"b"))
            .expect("it takes all");
        assert_eq!(errors.take().len(), ERRORS_BYTES);
        assert_eq!(errors.take(), "");
    }
}

//! The system that a plugin sees: nothing to read, nothing to reach, a clock that stands still, and random numbers from the decision's
//! seed.
//!
//! Rule: whatever a plugin could ask the system for is the same when the decision is made again.

use std::{
    convert::Infallible,
    fs,
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use bytes::Bytes;
use rand::TryRng;
use sha2::{Digest as _, Sha256};
use wasmtime_wasi::{
    HostMonotonicClock, HostWallClock, WasiCtx,
    cli::{IsTerminal, StdoutStream},
    p2::{OutputStream, Pollable, StreamResult},
};

use crate::model::DecisionId;

/// What is kept of a plugin's standard error: enough for a panic's place.
const ERRORS_BYTES: usize = 2_048;
/// Of the secret from which seeds come.
const SECRET_BYTES: usize = 32;

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

/// From a decision's id to the seed of its random numbers. Who is refused reads the id, so a secret of the server's own comes into it.
#[derive(Clone)]
pub(super) struct Seeds(Arc<[u8; SECRET_BYTES]>);

impl Seeds {
    /// Reads the secret, or makes one: with it the decisions of earlier runs draw the same numbers again.
    pub(super) fn open(file: &Path) -> io::Result<Self> {
        if let Ok(secret) = fs::read(file)
            && let Ok(secret) = <[u8; SECRET_BYTES]>::try_from(secret)
        {
            return Ok(Self(Arc::new(secret)));
        }
        let secret: [u8; SECRET_BYTES] = rand::random();
        let mut options = fs::OpenOptions::new();
        let options = options.write(true).create(true).truncate(true).mode(0o600);
        options.open(file)?.write_all(&secret)?;
        Ok(Self(Arc::new(secret)))
    }

    /// Both parts are of one length, so none can be taken for another.
    fn seed(&self, high: u64, low: u64) -> u64 {
        let mut hash = Sha256::new_with_prefix(*self.0);
        hash.update(high.to_be_bytes());
        hash.update(low.to_be_bytes());
        let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(hash.finalize());
        u64::from_le_bytes([a, b, c, d, e, f, g, h])
    }
}

impl std::fmt::Debug for Seeds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seeds").finish_non_exhaustive()
    }
}

/// The random numbers of the call at hand (SplitMix64): for repeating decisions, not for keeping secrets.
#[derive(Clone, Debug)]
pub(super) struct SeededRandom {
    seeds: Seeds,
    drawing: Arc<Drawing>,
}

/// Only the instance's own call comes here; the atomics are for the compiler.
#[derive(Debug, Default)]
struct Drawing {
    decision_id: [AtomicU64; 2],
    /// Most calls draw nothing: the seed is made with the first number.
    is_seeded: AtomicBool,
    state: AtomicU64,
}

impl SeededRandom {
    pub(super) fn new(seeds: Seeds) -> Self {
        let drawing = Arc::default();
        Self { seeds, drawing }
    }

    pub(super) fn seed(&self, decision_id: DecisionId) {
        let (high, low) = decision_id.0.as_u64_pair();
        self.drawing.decision_id[0].store(high, Relaxed);
        self.drawing.decision_id[1].store(low, Relaxed);
        self.drawing.is_seeded.store(false, Relaxed);
    }

    pub(super) fn next(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let drawing = &*self.drawing;
        if !drawing.is_seeded.load(Relaxed) {
            let [high, low] = [0, 1].map(|half| drawing.decision_id[half].load(Relaxed));
            drawing.state.store(self.seeds.seed(high, low), Relaxed);
            drawing.is_seeded.store(true, Relaxed);
        }
        let mut mixed = drawing.state.fetch_add(STEP, Relaxed).wrapping_add(STEP);
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

/// What a plugin printed on standard error during the call at hand. It may hold what people wrote: it is never shown.
#[derive(Clone, Debug, Default)]
pub(super) struct Errors {
    bytes: Arc<Mutex<Vec<u8>>>,
    is_empty: Arc<AtomicBool>,
}

impl Errors {
    /// Before a call.
    pub(super) fn clear(&self) {
        // Most calls print nothing.
        if !self.is_empty.load(Relaxed) {
            self.bytes().clear();
            self.is_empty.store(true, Relaxed);
        }
    }

    /// Where it panicked, if it is of Rust and says so: `src/lib.rs:10:5`.
    pub(super) fn panic_place(&self) -> Option<String> {
        let bytes = self.bytes();
        let text = String::from_utf8_lossy(&bytes);
        let mut lines = text.lines().rev();
        let panic = lines.find(|line| line.starts_with("thread '"));
        let place = panic?.rsplit_once(" panicked at ")?.1;
        let place = place.strip_suffix(':').unwrap_or(place);
        is_place(place).then(|| place.to_owned())
    }

    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A path of the compiler's, a line and a column.
fn is_place(text: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    let in_path = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./\\".contains(&byte);
    let mut parts = text.rsplitn(3, ':');
    let (column, line, path) = (parts.next(), parts.next(), parts.next());
    column.is_some_and(is_number)
        && line.is_some_and(is_number)
        && path.is_some_and(|it| it.ends_with(".rs") && it.bytes().all(in_path))
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
        let mut kept = self.bytes();
        self.is_empty.store(false, Relaxed);
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
    fn a_decision_draws_the_same_numbers_again_and_another_server_others() {
        let folder = tempfile::tempdir().expect("the temporary folder can be written");
        let file = folder.path().join("seeds");
        let decision_id = DecisionId::generate();
        let draw = |file: &Path| {
            let random = SeededRandom::new(Seeds::open(file).expect("it can be written"));
            random.seed(decision_id);
            let mut bytes = [0; 11];
            random.fill(&mut bytes);
            (bytes, random.next(), random.next())
        };
        let first = draw(&file);
        assert_eq!(first, draw(&file));
        assert_ne!(first.1, first.2);
        assert_ne!(first, draw(&folder.path().join("others")));
    }

    #[test]
    fn errors_are_kept_up_to_a_limit_and_for_one_call() {
        let mut errors = Errors::default();
        let large = Bytes::from(vec![b'a'; 10_000]);
        errors.write(large).expect("it takes all");
        let more = Bytes::from_static(b"b");
        errors.write(more).expect("it takes all");
        assert_eq!(errors.bytes().len(), ERRORS_BYTES);
        errors.clear();
        assert_eq!(errors.bytes().len(), 0);
    }

    #[test]
    fn of_a_panic_only_the_place_is_told() {
        let place = |printed: &'static [u8]| {
            let mut errors = Errors::default();
            errors
                .write(Bytes::from_static(printed))
                .expect("it takes all");
            errors.panic_place()
        };
        let panic = b"hello\nthread '<unnamed>' (1) panicked at src/my-filter/lib.rs:10:5:\nbyte index 5 of `what Ann wrote`\n";
        assert_eq!(place(panic).as_deref(), Some("src/my-filter/lib.rs:10:5"));
        assert_eq!(place(b"what Ann wrote"), None);
        assert_eq!(place(b"panicked at what Ann wrote:1:1"), None);
        assert_eq!(place(b"thread 'x' panicked at what Ann wrote:1:1"), None);
    }
}

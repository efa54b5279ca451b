//! Whole calls with clients of the library's own, over a network of the test's own; and the rewriter by itself.
//!
//! Rule: the time is virtual. A random test prints its seed with each failure, and `NATTER_SEED` runs one alone.

mod abuse;
mod calls;
mod client;
mod handshakes;
mod network;
mod paths;
mod rewriting;
mod tapping;
mod world;

use std::time::Instant;

/// Some moment to count from.
#[expect(
    clippy::disallowed_methods,
    reason = "an `Instant` has no other beginning; the tests' time does not pass by itself"
)]
pub(crate) fn epoch() -> Instant {
    Instant::now()
}

/// Runs a test with many seeds, or the one of `NATTER_SEED`.
fn with_seeds(count: u64, test: impl Fn(u64)) {
    let given = std::env::var("NATTER_SEED").ok();
    let given = given.map(|seed| seed.parse().expect("NATTER_SEED is a number"));
    for seed in given.map_or(0..count, |seed| seed..seed + 1) {
        let run = std::panic::AssertUnwindSafe(|| test(seed));
        if let Err(panic) = std::panic::catch_unwind(run) {
            eprintln!("NATTER_SEED={seed} shows it");
            std::panic::resume_unwind(panic);
        }
    }
}

//! Seeds and sizes of random tests.
//!
//! Rule: a random test prints its seed, and `NATTER_SEED=<number>` repeats it. `NATTER_SOAK=1` asks for the long form.

use rand::SeedableRng as _;
use rand::rngs::StdRng;

/// How many rounds a suite runs: few in `cargo xtask test`, many in `cargo xtask soak`.
#[derive(Clone, Copy, Debug)]
pub struct Rounds {
    /// In `cargo xtask test`.
    pub test: u32,
    /// In `cargo xtask soak`.
    pub soak: u32,
}

impl Rounds {
    /// The number that this run asks for.
    #[must_use]
    pub fn wanted(self) -> u32 {
        if is_soak() { self.soak } else { self.test }
    }
}

/// Whether this is the long run.
#[must_use]
pub fn is_soak() -> bool {
    std::env::var("NATTER_SOAK").is_ok_and(|value| value == "1")
}

/// A seed: the one of `NATTER_SEED`, or a fresh one. It is printed.
#[must_use]
pub fn chosen(test: &str) -> u64 {
    let seed = match std::env::var("NATTER_SEED") {
        Ok(text) => text.parse().expect("NATTER_SEED is a whole number"),
        Err(_) => rand::random(),
    };
    println!("{test}: seed {seed} (repeat with NATTER_SEED={seed})");
    seed
}

/// The generator of one round of a seeded test.
#[must_use]
pub fn generator(seed: u64, round: u32) -> StdRng {
    StdRng::seed_from_u64(seed.wrapping_add(u64::from(round)))
}

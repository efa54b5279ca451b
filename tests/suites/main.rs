//! Natter's integration tests, one module per suite. `cargo xtask test` runs them and tells each suite's seconds.

mod architecture;
mod protocol_cases;

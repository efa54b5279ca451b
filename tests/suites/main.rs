//! Natter's integration tests, one module per suite. `cargo xtask test` runs them and tells each suite's seconds.

mod abuse;
mod architecture;
mod calls;
mod crash;
mod database_away;
mod lifecycle;
mod media;
mod model;
mod mutations;
mod openapi;
mod policies;
mod policy_load;
mod power_cut;
mod protocol_cases;
mod rights;
mod scenarios;
mod tls;

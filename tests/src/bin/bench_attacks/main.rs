//! `bench_attacks`: what attacks get, and what they cost everybody else.
//!
//! Rule: each runs against a fresh server as `cargo xtask run` builds it (dependencies optimised, Natter's own code not), with the limits that operators
//! get unless it says otherwise; the generator shares the machine with it.
//!
//! `cargo xtask bench attacks` builds what this needs; `docs/operations.md` has figures.

mod flood;
mod guessing;
mod storm;
mod times;

use nix::sys::resource::{Resource, getrlimit, setrlimit};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?;
    let only = std::env::args().nth(1);
    let wants = |name: &str| only.as_deref().is_none_or(|only| only == name);
    if wants("guessing") {
        guessing::brute_force().await?;
    }
    if wants("enumeration") {
        guessing::enumeration().await?;
    }
    if wants("flood") {
        flood::passwords().await?;
    }
    if wants("storm") {
        storm::reconnect().await?;
    }
    Ok(())
}

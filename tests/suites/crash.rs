//! `kill -9` under load: what was acknowledged is there afterwards, once, in its place; what was not can be retried safely.
//!
//! Rule: the check after each round covers all rounds so far, so that a late loss is seen too.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use natter_tests::checks::check_aftermath;
use natter_tests::load::{Crowd, write_until_cut};
use natter_tests::seed::{self, Rounds};
use natter_tests::server::{Settings, Site, Storage};
use rand::RngExt as _;

const ROUNDS: Rounds = Rounds { test: 3, soak: 100 };

/// Rounds that share one server's data; then a fresh one begins, so that the growing check stays affordable.
const ROUNDS_PER_SITE: u32 = 10;

/// The server is killed at the earliest this long after the writers began, in milliseconds.
const LIFETIME_MS: std::ops::RangeInclusive<u64> = 50..=600;

#[tokio::test(flavor = "multi_thread")]
async fn acked_messages_survive_kill_9_exactly_once() -> Result<()> {
    crash(Storage::Sqlite).await
}

/// Natter is killed; PostgreSQL stays up and finds its connections gone.
#[tokio::test(flavor = "multi_thread")]
async fn acked_messages_survive_kill_9_exactly_once_on_postgres() -> Result<()> {
    crash(Storage::Postgres).await
}

async fn crash(storage: Storage) -> Result<()> {
    let seed = seed::chosen("crash");
    let rounds = ROUNDS.wanted();
    for first in (0..rounds).step_by(ROUNDS_PER_SITE as usize) {
        run_site(storage, seed, first..rounds.min(first + ROUNDS_PER_SITE)).await?;
    }
    Ok(())
}

async fn run_site(storage: Storage, seed: u64, rounds: std::ops::Range<u32>) -> Result<()> {
    let site = Site::create_on(storage, &Settings::open().unhurried())?;
    let mut server = site.start().await?;
    let mut crowd = Arc::new(Crowd::gather(&server).await?);
    let mut log = Vec::new();
    for round in rounds {
        let mut generator = seed::generator(seed, round);
        let lifetime = Duration::from_millis(generator.random_range(LIFETIME_MS));
        let load = write_until_cut(&crowd, &server, generator.random()).await?;
        load.ripen(lifetime).await?;
        server.kill().await?;
        let finished = load.finish(None).await?;
        server = site.start().await?;
        crowd = Arc::new(crowd.at(&server).await?);
        let aftermath = check_aftermath(&crowd, &server, finished, &mut log).await;
        let told = aftermath.with_context(|| format!("round {round}, seed {seed}"))?;
        println!(
            "crash round {round}: killed after {} ms; {told}",
            lifetime.as_millis()
        );
    }
    server.check_health().await
}

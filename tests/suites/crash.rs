//! `kill -9` under load: what was acknowledged is there afterwards, once, in its place; what was not can be retried safely.
//!
//! Rule: the check after each round covers all rounds so far, so that a late loss is seen too.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use natter_tests::checks::{check_every_message_once, find_lost};
use natter_tests::load::{Crowd, Sent, retry_unacked, write_until_cut};
use natter_tests::seed::{self, Rounds};
use natter_tests::server::{Server, Settings, Site};
use rand::RngExt as _;

const ROUNDS: Rounds = Rounds { test: 3, soak: 100 };

/// Rounds that share one server's data; then a fresh one begins, so that the growing check stays affordable.
const ROUNDS_PER_SITE: u32 = 10;

/// The server is killed at the earliest this long after the writers began, in milliseconds.
const LIFETIME_MS: std::ops::RangeInclusive<u64> = 50..=600;

/// And not before so many messages of a round were acked: without any, nothing could be lost.
const LEAST_ACKED: usize = 50;

#[tokio::test(flavor = "multi_thread")]
async fn acked_messages_survive_kill_9_exactly_once() -> Result<()> {
    let seed = seed::chosen("crash");
    let rounds = ROUNDS.wanted();
    for first in (0..rounds).step_by(ROUNDS_PER_SITE as usize) {
        run_site(seed, first..rounds.min(first + ROUNDS_PER_SITE)).await?;
    }
    Ok(())
}

async fn run_site(seed: u64, rounds: std::ops::Range<u32>) -> Result<()> {
    let site = Site::create(&Settings::open().unhurried())?;
    let mut server = site.start().await?;
    let mut crowd = Arc::new(Crowd::gather(&server).await?);
    let mut log = Vec::new();
    for round in rounds {
        let outcome = run_round(&site, server, &mut crowd, seed, round, &mut log).await;
        server = outcome.with_context(|| format!("round {round}, seed {seed}"))?;
    }
    server.check_health().await
}

async fn run_round(
    site: &Site,
    server: Server,
    crowd: &mut Arc<Crowd>,
    seed: u64,
    round: u32,
    log: &mut Vec<Sent>,
) -> Result<Server> {
    let mut generator = seed::generator(seed, round);
    let lifetime = Duration::from_millis(generator.random_range(LIFETIME_MS));
    let load = write_until_cut(crowd, &server, generator.random()).await?;
    load.ripen(lifetime, LEAST_ACKED).await?;
    server.kill().await?;
    let mut sent = load.finish().await?;

    let server = site.start().await?;
    *crowd = Arc::new(crowd.at(&server).await?);
    let acked = sent.iter().filter(|sent| sent.ack.is_some()).count();
    anyhow::ensure!(acked >= LEAST_ACKED, "only {acked} were acked");
    let lost = find_lost(crowd, &sent).await?;
    anyhow::ensure!(
        lost.is_empty(),
        "{} of {acked} acked messages are lost, the first: {:?}",
        lost.len(),
        lost[0]
    );
    let already_stored = retry_unacked(crowd, &server, &mut sent).await?;
    println!(
        "crash round {round}: killed after {} ms; {acked} acked, {} retried, {already_stored} of these were stored already",
        lifetime.as_millis(),
        sent.len() - acked,
    );
    log.append(&mut sent);
    check_every_message_once(crowd, log).await?;
    Ok(server)
}

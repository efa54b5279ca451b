//! `kill -9` under load: what was acknowledged is there afterwards, once, in its place; what was not can be retried safely.
//!
//! Rule: the check after each round covers all rounds so far, so that a late loss is seen too.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use natter_tests::checks::{check_every_message_once, check_heard_is_stored, find_lost};
use natter_tests::fields::number;
use natter_tests::load::{Crowd, Finished, Sent, retry_unacked, write_until_cut};
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

/// The orderly way: clients are told, what waits is written, and nothing of it is lost either.
#[tokio::test(flavor = "multi_thread")]
async fn a_stop_under_load_tells_everybody_and_loses_nothing() -> Result<()> {
    let seed = seed::chosen("stop");
    let site = Site::create(
        &Settings::open()
            .unhurried()
            .number("server.reconnect_spread_ms", 700),
    )?;
    let server = site.start().await?;
    let mut crowd = Arc::new(Crowd::gather(&server).await?);
    let load = write_until_cut(&crowd, &server, seed).await?;
    let mut witness = Vec::new();
    for person in &crowd.people {
        witness.push(person.connect_ws(&server).await?);
    }
    tokio::time::sleep(Duration::from_millis(*LIFETIME_MS.end())).await;
    let asked_at = Instant::now();
    let status = server.stop().await?;
    println!("stop: {status} after {} ms", asked_at.elapsed().as_millis());
    ensure!(status.success(), "the server ended with {status}");
    for socket in &witness {
        let told = socket.inbox().take("server_draining").await?;
        let wait_ms = number(&told, "reconnect_after_ms")?;
        ensure!(
            (0..=700).contains(&wait_ms),
            "told to come back after {wait_ms} ms"
        );
        let end = socket.inbox().closed().await?;
        ensure!(
            end.code == Some(4005) && end.reason == "draining",
            "closed as {end:?}"
        );
    }
    let finished = load.finish().await?;
    let restarted = site.start().await?;
    crowd = Arc::new(crowd.at(&restarted).await?);
    check_aftermath(&crowd, &restarted, finished, &mut Vec::new()).await?;
    Ok(())
}

async fn run_site(seed: u64, rounds: std::ops::Range<u32>) -> Result<()> {
    let site = Site::create(&Settings::open().unhurried())?;
    let mut server = site.start().await?;
    let mut crowd = Arc::new(Crowd::gather(&server).await?);
    let mut log = Vec::new();
    for round in rounds {
        let mut generator = seed::generator(seed, round);
        let lifetime = Duration::from_millis(generator.random_range(LIFETIME_MS));
        let load = write_until_cut(&crowd, &server, generator.random()).await?;
        load.ripen(lifetime, LEAST_ACKED).await?;
        server.kill().await?;
        let finished = load.finish().await?;
        finished.check_cut()?;
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

/// Nothing acked is lost, nothing pushed was untrue, what was not acked can be retried. The log of all rounds grows by this one.
async fn check_aftermath(
    crowd: &Crowd,
    server: &Server,
    finished: Finished,
    log: &mut Vec<Sent>,
) -> Result<String> {
    let Finished {
        mut sent, heard, ..
    } = finished;
    let acked = sent.iter().filter(|sent| sent.ack.is_some()).count();
    anyhow::ensure!(acked >= LEAST_ACKED, "only {acked} were acked");
    let lost = find_lost(crowd, &sent).await?;
    ensure!(
        lost.is_empty(),
        "{} of {acked} acked messages are lost, the first: {:?}",
        lost.len(),
        lost[0]
    );
    let already_stored = retry_unacked(crowd, server, &mut sent).await?;
    check_heard_is_stored(&sent, &heard)?;
    let retried = sent.len() - acked;
    log.append(&mut sent);
    check_every_message_once(crowd, log).await?;
    Ok(format!(
        "{acked} acked, {retried} retried, {already_stored} of these were stored already"
    ))
}

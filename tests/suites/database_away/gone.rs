//! PostgreSQL crashes, or hangs, while six people write.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use natter_tests::checks::{check_every_message_once, find_lost};
use natter_tests::load::{Crowd, Sent, retry_unacked, write_until_cut};
use natter_tests::postgres::{Database, Postgres};
use natter_tests::seed::{self, Rounds};
use natter_tests::server::{Server, Settings, Site};
use rand::RngExt as _;

use super::{Pair, REFUSED_WITHIN, is_ready};

const ROUNDS: Rounds = Rounds { test: 2, soak: 20 };

/// PostgreSQL is away for so many seconds.
const OUTAGE_S: Rounds = Rounds { test: 4, soak: 30 };

/// It goes away this long after the writers began, in milliseconds.
const LIFETIME_MS: std::ops::RangeInclusive<u64> = 100..=900;

/// Half of the messages go to a group of all: of more than so many, the witness surely sees one.
const SURELY_SEEN: usize = 20;

/// How it goes away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outage {
    /// Its processes end at once; connections are refused until it is back.
    Crash,
    /// Its processes stand still; connections stay open and nothing answers.
    Freeze,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_of_postgres_under_load_loses_nothing_acked() -> Result<()> {
    outages(Outage::Crash).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hanging_postgres_delays_nobody_for_ever_and_loses_nothing_acked() -> Result<()> {
    outages(Outage::Freeze).await
}

async fn outages(outage: Outage) -> Result<()> {
    let seed = seed::chosen("database away");
    let mut postgres = Postgres::start().await?;
    let site = Site::with_database(
        Database::create_on(&postgres.url())?,
        &Settings::open().unhurried(),
    )?;
    let mut server = site.start().await?;
    let mut crowd = Arc::new(Crowd::gather(&server).await?);
    let mut log = Vec::new();
    for round in 0..ROUNDS.wanted() {
        // A long run outlives a token.
        crowd = Arc::new(crowd.at(&server).await?);
        let outcome = run_round(&mut postgres, &server, &crowd, outage, (seed, round)).await;
        if outcome.is_err() && outage == Outage::Freeze {
            // What cleans up would wait for it.
            postgres.thaw()?;
        }
        let mut sent = outcome.with_context(|| format!("{outage:?} {round}, seed {seed}"))?;
        log.append(&mut sent);
        check_every_message_once(&crowd, &log).await?;
    }
    server.check_health().await?;
    drop(site);
    postgres.stop().await
}

async fn run_round(
    postgres: &mut Postgres,
    server: &Server,
    crowd: &Arc<Crowd>,
    outage: Outage,
    (seed, round): (u64, u32),
) -> Result<Vec<Sent>> {
    let mut generator = seed::generator(seed, round);
    let pair = Pair::meet(server).await?;
    let witness = crowd.people[0].connect_ws(server).await?;
    let load = write_until_cut(crowd, server, generator.random()).await?;
    tokio::time::sleep(Duration::from_millis(generator.random_range(LIFETIME_MS))).await;
    match outage {
        Outage::Crash => postgres.crash().await?,
        Outage::Freeze => postgres.freeze()?,
    }
    let outage_s = u64::from(OUTAGE_S.wanted());
    let end = tokio::time::Instant::now() + Duration::from_secs(outage_s);
    pair.is_refused().await?;
    ensure!(
        !is_ready(server).await?,
        "/readyz says yes without a database"
    );
    tokio::time::sleep_until(end).await;
    match outage {
        Outage::Crash => postgres.start_again().await?,
        Outage::Freeze => postgres.thaw()?,
    }
    let back_after = pair.is_served_again(server).await?;
    let mut sent = load.stop().await?.sent;

    let acked = sent.iter().filter(|sent| sent.ack.is_some()).count();
    let slowest = sent.iter().filter_map(|sent| sent.refused_after).max();
    let slowest = slowest.context("nobody was refused")?;
    ensure!(
        slowest < REFUSED_WITHIN,
        "somebody waited {slowest:?} to hear that the database is away"
    );
    let lost = find_lost(crowd, &sent).await?;
    ensure!(
        lost.is_empty(),
        "{} of {acked} acked messages are lost, the first: {:?}",
        lost.len(),
        lost[0]
    );
    let already_stored = retry_unacked(crowd, server, &mut sent).await?;
    if already_stored > SURELY_SEEN {
        // They were committed though nobody was told so: who is connected must hear that something is amiss.
        witness.inbox().take("sync_required").await?;
    }
    println!(
        "{outage:?} {round}: {acked} acked, {} refused, the slowest after {} ms; {already_stored} of these were stored \
         already; served again after {} ms",
        sent.len() - acked,
        slowest.as_millis(),
        back_after.as_millis(),
    );
    Ok(sent)
}

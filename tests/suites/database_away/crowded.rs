//! PostgreSQL is there, and has no connection or no lock to give.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use futures_util::future::join_all;
use natter_tests::deadline::{eventually, within};
use natter_tests::postgres::{Database, run_sql, start_sql};
use natter_tests::rest::Outcome as _;
use natter_tests::server::{Settings, Site};
use tokio::process::Child;

use super::{Pair, REFUSED_WITHIN};

#[tokio::test(flavor = "multi_thread")]
async fn a_postgres_without_free_connections_is_retryable() -> Result<()> {
    let database = Database::create()?.with_role()?;
    let (admin, role) = (database.admin_url(), database.name().to_owned());
    let site = Site::with_database(database, &Settings::open())?;
    let server = site.start().await?;
    let pair = Pair::meet(&server).await?;

    // Connections that are there would be kept, so they are ended; new ones are refused by 53300.
    let limit = |count: u32| format!("alter role {role} connection limit {count}");
    let end = "select pg_terminate_backend(pid) from pg_stat_activity where usename = ";
    run_sql(&admin, &format!("{}; {end}'{role}'", limit(0)))?;
    pair.is_refused().await?;

    run_sql(&admin, &limit(50))?;
    let back_after = pair.is_served_again(&server).await?;
    println!("served again after {} ms", back_after.as_millis());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_who_wait_for_a_lock_keep_no_writer_waiting() -> Result<()> {
    let database = Database::create()?;
    let admin = database.admin_url();
    let site = Site::with_database(database, &Settings::open())?;
    let server = site.start().await?;
    let pair = Pair::meet(&server).await?;

    // Every REST request reads the device, no message does: the connections for reading are all taken.
    let locked = lock(&admin, "devices").await?;
    let requests = join_all((0..20).map(|_| pair.ann.rest.get("/api/v1/rooms")));
    let asked_at = Instant::now();
    let (answers, ()) = tokio::try_join!(async { Ok(requests.await) }, async {
        let sent_at = Instant::now();
        for _ in 0..20 {
            pair.says("meanwhile").await?;
        }
        let after = sent_at.elapsed();
        ensure!(after < Duration::from_secs(2), "20 messages took {after:?}");
        Ok(())
    })?;
    let after = asked_at.elapsed();
    ensure!(after < REFUSED_WITHIN, "readers waited {after:?}");
    for answer in answers {
        answer?.refused_as("overloaded")?;
    }
    unlock(locked).await?;
    eventually("reading to go on", async || {
        Ok(pair.ann.rest.get("/api/v1/rooms").await?.ok())
    })
    .await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_who_waits_for_a_lock_is_answered() -> Result<()> {
    let database = Database::create()?;
    let admin = database.admin_url();
    let site = Site::with_database(database, &Settings::open())?;
    let server = site.start().await?;
    let pair = Pair::meet(&server).await?;
    let locked = lock(&admin, "rooms").await?;
    pair.is_refused().await?;
    pair.is_refused().await?;
    unlock(locked).await?;
    let back_after = pair.is_served_again(&server).await?;
    println!("served again after {} ms", back_after.as_millis());
    Ok(())
}

/// Somebody who has locked a table until they are killed.
async fn lock(url: &str, table: &'static str) -> Result<Child> {
    let lock = format!("begin; lock table {table} in access exclusive mode; select pg_sleep(60)");
    let child = start_sql(url, &lock)?;
    let taken = format!(
        "do $$ begin if not exists (select 1 from pg_locks where granted and mode = 'AccessExclusiveLock' \
         and relation = '{table}'::regclass) then raise 'not yet'; end if; end $$"
    );
    eventually("the lock", async || Ok(run_sql(url, &taken).ok())).await?;
    Ok(child)
}

/// Ends them; PostgreSQL would notice only after the sleep, so it is told.
async fn unlock(mut locked: Child) -> Result<()> {
    // An interrupted psql cancels what it waits for.
    let pid = i32::try_from(locked.id().unwrap_or_default())?;
    nix::sys::signal::kill(
        nix::unistd::Pid::from_raw(pid),
        nix::sys::signal::Signal::SIGINT,
    )?;
    within("psql to end", locked.wait()).await??;
    Ok(())
}

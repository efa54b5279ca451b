//! Random use of the server by several people, against a simple model of what must come of it.
//!
//! Rule: the model (`rooms`) is plain data without the server's cleverness. Every answer is checked against it at once; at the
//! end each client must have converged: by pushes alone while it stayed connected, by `sync` otherwise.

mod actor;
mod rooms;
mod run;
mod writing;

use anyhow::{Context as _, Result};
use natter_tests::seed::{self, Rounds};
use natter_tests::server::{Settings, Site, Storage};

use run::Run;

const RUNS: Rounds = Rounds {
    test: 30,
    soak: 1_000,
};
/// The database changes nothing of the rules: a few runs tell whether it does.
const RUNS_ON_POSTGRES: Rounds = Rounds {
    test: 10,
    soak: 300,
};
const STEPS: u32 = 60;

#[tokio::test(flavor = "multi_thread")]
async fn every_client_converges_to_the_model() -> Result<()> {
    converge(Storage::Sqlite, RUNS).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_client_converges_to_the_model_on_postgres() -> Result<()> {
    converge(Storage::Postgres, RUNS_ON_POSTGRES).await
}

async fn converge(storage: Storage, runs: Rounds) -> Result<()> {
    let seed = seed::chosen("model");
    let site = Site::create_on(storage, &Settings::open().unhurried())?;
    let mut server = site.start().await?;
    let mut messages = 0;
    for round in 0..runs.wanted() {
        // One number per run, so that a failing one is repeated alone: its seed is the first run of its own.
        let seed = seed.wrapping_add(u64::from(round));
        let mut run = Run::start(&server, seed::generator(seed, 0)).await?;
        let outcome = run.play(STEPS).await;
        outcome.with_context(|| {
            format!(
                "run {round}: repeat with NATTER_SEED={seed}\n{}",
                run.history()
            )
        })?;
        messages += run.message_count();
    }
    println!(
        "model on {storage:?}: {} runs of {STEPS} steps, {messages} messages",
        runs.wanted()
    );
    server.check_health().await
}

//! Who may do what: every route and every event, for every kind of person.
//!
//! Rule: what is expected stands in `matrix.txt`, a route or event without a row there fails, and so does a row without one.
//!
//! That each check of the server is noticed here once it is gone is shown by the suite `mutations`.

mod cast;
pub(crate) mod matrix;
pub(crate) mod origins;
mod scene;
mod table;
mod tokens;

use anyhow::{Result, ensure};
use natter_tests::server::Storage;

use matrix::Play;

async fn the_matrix_holds(storage: Storage) -> Result<()> {
    let mut play = Play::open(storage, None).await?;
    play.check_routes().await?;
    play.check_events()?;
    let differences = play.differences(usize::MAX).await?;
    ensure!(differences.is_empty(), "\n  {}\n", differences.join("\n  "));
    play.server.check_health().await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_matrix_holds_on_sqlite() -> Result<()> {
    the_matrix_holds(Storage::Sqlite).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_matrix_holds_on_postgres() -> Result<()> {
    the_matrix_holds(Storage::Postgres).await
}

//! Takes each guard of the server away in turn: the suite `rights` must notice.
//!
//! Rule: a guard that nobody misses is either not needed or not tested; both are to be mended.
//!
//! Only `cargo xtask test --mutate-guards` runs this suite: it plays the matrix once for each guard.

use anyhow::{Context as _, Result, ensure};
use natter::guard::Guard;
use natter_tests::server::{Server, Site, Storage};

use crate::rights::{matrix::Play, origins};

#[tokio::test(flavor = "multi_thread")]
async fn every_guard_is_missed_when_it_is_gone() -> Result<()> {
    let mut unnoticed = Vec::new();
    for guard in Guard::ALL {
        match noticed_by(*guard)
            .await
            .with_context(|| format!("{guard:?}"))?
        {
            Some(difference) => println!("without {guard:?}: {difference}"),
            None => unnoticed.push(guard),
        }
    }
    ensure!(unnoticed.is_empty(), "nobody misses {unnoticed:?}");
    Ok(())
}

async fn noticed_by(guard: Guard) -> Result<Option<String>> {
    let name = format!("{guard:?}");
    let differences = if guard == Guard::KnownOrigin {
        let site = Site::create(&origins::settings())?;
        let server = site
            .start_in(&[("NATTER_TEST_WITHOUT_GUARD", &name)])
            .await?;
        let differences = origins::differences(&server).await?;
        check_is_gone(&server)?;
        differences
    } else {
        let play = Play::open(Storage::Sqlite, Some(&name)).await?;
        let differences = play.differences(1).await?;
        check_is_gone(&play.server)?;
        differences
    };
    Ok(differences.into_iter().next())
}

fn check_is_gone(server: &Server) -> Result<()> {
    let is_gone = server.log()?.contains("runs WITHOUT a guard");
    ensure!(is_gone, "the guard was not taken away");
    Ok(())
}

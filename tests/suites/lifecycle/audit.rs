//! `natter audit verify`, beside a running server and on a database that somebody touched.

use anyhow::{Context as _, Result, ensure};
use natter_tests::people::Person;
use natter_tests::rest::Outcome as _;
use natter_tests::server::{Settings, Site};
use serde_json::json;

use super::{complained, natter, printed};

#[tokio::test]
async fn the_audit_log_is_whole_until_somebody_changes_a_row() -> Result<()> {
    let site = Site::create(&Settings::of_mode("approval"))?;
    let server = site.start().await?;
    let admin = Person::first_admin(&site, &server).await?;
    let ann = Person::register(&server, "ann").await?;
    let config = site.config();
    let config = config.to_str().context("the file's name")?;
    let verify = ["audit", "verify", "--config", config];
    let head = async |arguments: &[&str]| {
        let said = printed(&natter(arguments).await?)?;
        ensure!(said.contains("The audit log is whole"), "{said}");
        Ok(said.lines().last().unwrap_or_default().to_owned())
    };
    let noted = head(&verify).await?;
    ensure!(
        noted.starts_with("1:"),
        "the setup is the first row: {noted}"
    );
    let path = format!("/api/v1/admin/users/{}/approve", ann.user_id);
    admin.rest.post(&path, json!({})).await?.granted()?;
    let with_noted = [&verify[..], &["--noted", &noted]].concat();
    let newer = head(&with_noted).await?;
    ensure!(newer.starts_with("2:"), "{newer}");
    let nonsense = natter(&[&verify[..], &["--noted", "2"]].concat()).await?;
    complained(&nonsense, 2)?;
    server.stop().await?;

    let database = rusqlite::Connection::open(site.data("natter.db"))?;
    let refused = database.execute("update audit_log set action = 'reject' where seq = 2", []);
    ensure!(refused.is_err(), "the trigger is missing");
    database.execute_batch(
        "drop trigger audit_log_no_update; update audit_log set action = 'reject' where seq = 2",
    )?;
    drop(database);
    let complaint = complained(&natter(&verify).await?, 1)?;
    ensure!(complaint.contains("broken at row 2"), "{complaint}");
    Ok(())
}

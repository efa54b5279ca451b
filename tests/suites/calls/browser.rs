//! Two browsers that see each other through the server.

use std::path::Path;

use anyhow::{Result, ensure};
use natter_tests::deadline::eventually;
use natter_tests::fields::{list, number};
use natter_tests::people::Person;
use natter_tests::rest::Outcome as _;
use natter_tests::server::{Settings, Site};
use tokio::process::Command;

#[tokio::test]
async fn two_see_each_other_and_how_it_fared_is_kept() -> Result<()> {
    let site = Site::create(&Settings::open())?;
    let server = site.start().await?;
    let [ann, bob] = Person::register_all(&server, ["ann", "bob"]).await?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/js/natter_call.mjs");
    let person = |it: &Person| format!("{}:{}", it.token, it.user_id);
    let output = Command::new("node")
        .arg(script)
        .args([server.url(), &person(&ann), &person(&bob)])
        .kill_on_drop(true)
        .output()
        .await?;
    let said = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{said}{complaint}");
    let path = format!("/api/v1/calls/{}", said.trim());
    // The router's last word on who left may come after the end.
    let call = eventually("the quality of both", async || {
        let call = ann.rest.get(&path).await?.granted()?;
        let people = list(&call, "participants")?;
        let is_there = people.iter().all(|it| it["quality"].is_object());
        Ok(is_there.then_some(call))
    })
    .await?;
    for participant in list(&call, "participants")? {
        let quality = &participant["quality"];
        ensure!(number(quality, "sent_bps")? > 0, "{call}");
        ensure!(number(quality, "loss_permille")? < 500, "{call}");
    }
    Ok(())
}

//! People whom a policy or an admin mutes.

use anyhow::{Result, ensure};
use natter_tests::fields::{expect, list, text};
use natter_tests::people::Person;
use natter_tests::rest::Outcome as _;
use natter_tests::server::{Settings, Site};
use serde_json::json;

use natter_tests::plugins::{drop_in, fixture, until_loads};

#[tokio::test]
async fn a_policy_mutes_in_a_room_and_an_admin_lifts_it() -> Result<()> {
    let site = Site::create(&Settings::open())?;
    let server = site.start().await?;
    let admin = Person::first_admin(&site, &server).await?;
    let [ann, bob] = Person::register_all(&server, ["ann", "bob"]).await?;
    let room_id = ann.create_group("Tea", &[&bob]).await?;
    drop_in(&site, "p.toml", br#"grants = ["mute"]"#)?;
    drop_in(&site, "p.wasm", &fixture("everything")?)?;
    until_loads(&server, "p", "activated", 1.0).await?;
    let (anns, bobs) = (
        ann.connect_ws(&server).await?,
        bob.connect_ws(&server).await?,
    );
    let mute = format!("mute-here {} 600", bob.user_id);
    anns.send_group(&room_id, &mute).await?.granted()?;
    let told = bobs.inbox().take("mute_changed").await?;
    expect(&told, "room_id", room_id.as_str())?;
    let until = text(&told, "until")?;

    let refusal = bobs.send_group(&room_id, "plain").await?;
    let refusal = refusal.refused_as("muted")?;
    expect(&refusal.error, "retryable", false)?;
    let details = &refusal.error["details"];
    expect(details, "until", until.as_str())?;
    expect(details, "room_id", room_id.as_str())?;
    expect(details, "reason", "Told to")?;
    // Reading, receipts and other rooms go on.
    bobs.inbox().take("receive_group_message").await?;
    bobs.update_status(&room_id, 1, "read").await?.granted()?;
    bobs.send_private(&ann.user_id, "plain").await?.granted()?;
    // The policy is not asked about what nobody will read.
    let refusal = bobs.send_group(&room_id, "reject not this").await?;
    refusal.refused_as("muted")?;

    let path = format!("/api/v1/admin/mutes?user_id={}", bob.user_id);
    let found = admin.rest.get(&path).await?.granted()?;
    let found = list(&found, "mutes")?.clone();
    ensure!(found.len() == 1, "{found:?}");
    expect(&found[0], "plugin", "p")?;
    let path = format!("/api/v1/admin/mutes/{}", text(&found[0], "mute_id")?);
    admin.rest.delete(&path).await?.granted()?;
    admin.rest.delete(&path).await?.refused_as("not_found")?;
    let told = bobs.inbox().take("mute_changed").await?;
    ensure!(told.get("until").is_none(), "{told}");
    bobs.send_group(&room_id, "plain").await?.granted()?;
    let audit = admin.rest.get("/api/v1/admin/audit").await?.granted()?;
    expect(&audit["entries"][0], "action", "unmute")?;
    expect(&audit["entries"][0], "actor_id", admin.user_id.as_str())?;
    expect(&audit["entries"][1], "action", "mute")?;
    Ok(())
}

#[tokio::test]
async fn an_admin_mutes_everywhere_and_it_outlives_a_restart() -> Result<()> {
    let site = Site::create(&Settings::open())?;
    let server = site.start().await?;
    let admin = Person::first_admin(&site, &server).await?;
    let [ann, bob] = Person::register_all(&server, ["ann", "bob"]).await?;
    let mute =
        |seconds: i64| json!({ "user_id": ann.user_id, "seconds": seconds, "reason": "Rest" });
    let path = "/api/v1/admin/mutes";
    ann.rest
        .post(path, mute(9))
        .await?
        .refused_as("forbidden")?;
    let refused = admin.rest.post(path, mute(0)).await?;
    refused.refused_as("invalid_payload")?;
    let made = admin.rest.post(path, mute(600)).await?.granted()?;
    ensure!(made.get("room_id").is_none(), "{made}");
    server.stop().await?;
    let server = site.start().await?;
    let anns = ann.connect_ws(&server).await?;
    let refusal = anns.send_private(&bob.user_id, "hello").await?;
    let refusal = refusal.refused_as("muted")?;
    expect(&refusal.error["details"], "until", made["until"].clone())?;
    server.stop().await?;
    Ok(())
}

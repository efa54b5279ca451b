//! What policies want done, and that it is done once it is granted.

use anyhow::{Result, ensure};
use natter_tests::fields::{expect, list, text};
use natter_tests::people::Person;
use natter_tests::plugins::{drop_in, fixture, until_loads};
use natter_tests::rest::Outcome as _;
use natter_tests::server::{Settings, Site};

const GRANTS: &[u8] = br#"grants = ["post", "set_status", "remove", "notify_admins"]"#;

#[tokio::test]
async fn granted_effects_are_carried_out() -> Result<()> {
    let site = Site::create(&Settings::open())?;
    let server = site.start().await?;
    let admin = Person::first_admin(&site, &server).await?;
    let notices = admin.connect_ws(&server).await?;
    let [ann, bob, eve] = Person::register_all(&server, ["ann", "bob", "eve"]).await?;
    drop_in(&site, "p.toml", GRANTS)?;
    drop_in(&site, "p.wasm", &fixture("everything")?)?;
    until_loads(&server, "p", "activated", 1.0).await?;
    let room_id = ann.create_group("Tea", &[&bob, &eve]).await?;
    let (anns, eves) = (
        ann.connect_ws(&server).await?,
        eve.connect_ws(&server).await?,
    );

    anns.send_group(&room_id, "post-here beep")
        .await?
        .granted()?;
    let posted = eves
        .inbox()
        .take_where("receive_group_message", |it| it["body"] == "beep")
        .await?;
    let bot = text(&posted, "sender_id")?;
    let path = format!("/api/v1/users/{bot}");
    let profile = ann.rest.get(&path).await?.granted()?;
    expect(&profile, "username", "bot:p")?;
    // A bot has a name, and is nobody to be found.
    for (who, path) in [
        (&ann, "/api/v1/users?query=bot"),
        (&ann, "/api/v1/users?query=p"),
        (&admin, "/api/v1/admin/users"),
    ] {
        let found = who.rest.get(path).await?.granted()?;
        let is_bot = |it: &serde_json::Value| it["user_id"] == bot.as_str();
        ensure!(!list(&found, "users")?.iter().any(is_bot), "{found}");
    }

    anns.send_group(&room_id, "after all").await?.granted()?;
    let notice = notices
        .inbox()
        .take_where("policy_notice", |it| it["text"] == "all")
        .await?;
    expect(&notice, "plugin", "p")?;

    let expel = format!("expel {}", bob.user_id);
    anns.send_group(&room_id, &expel).await?.granted()?;
    eves.inbox()
        .take_where("member_updated", |it| {
            it["user_id"] == bob.user_id.as_str() && it["state"] == "left"
        })
        .await?;

    let suspend = format!("suspend {}", eve.user_id);
    anns.send_group(&room_id, &suspend).await?.granted()?;
    let closed = eves.inbox().closed().await?;
    ensure!(closed.code == Some(4003), "{closed:?}");
    let audit = admin.rest.get("/api/v1/admin/audit").await?.granted()?;
    let newest = &list(&audit, "entries")?[0];
    expect(newest, "action", "suspend")?;
    ensure!(
        text(newest, "detail")?.starts_with("policy p, decision "),
        "{newest}"
    );
    let before = &list(&audit, "entries")?[1];
    expect(before, "action", "remove_member")?;
    expect(before, "target_id", bob.user_id.as_str())?;
    let detail = text(before, "detail")?;
    ensure!(
        detail.starts_with(&format!("from room {room_id}; policy p, decision ")),
        "{detail}"
    );
    Ok(())
}

#[tokio::test]
async fn what_is_not_granted_is_not_done() -> Result<()> {
    let site = Site::create(&Settings::open())?;
    let server = site.start().await?;
    let [ann, bob] = Person::register_all(&server, ["ann", "bob"]).await?;
    drop_in(&site, "p.wasm", &fixture("everything")?)?;
    until_loads(&server, "p", "activated", 1.0).await?;
    let anns = ann.connect_ws(&server).await?;
    let suspend = format!("suspend {}", bob.user_id);
    anns.send_private(&bob.user_id, &suspend).await?.granted()?;
    ensure!(server.metric("natter_policy_effects_refused_total").await? >= 1.0);
    bob.rest.get("/api/v1/me").await?.granted()?;
    Ok(())
}

#[tokio::test]
async fn a_policy_refuses_a_rooms_name() -> Result<()> {
    let site = Site::create(&Settings::open())?;
    let server = site.start().await?;
    let ann = Person::register(&server, "ann").await?;
    drop_in(&site, "p.wasm", &fixture("everything")?)?;
    until_loads(&server, "p", "activated", 1.0).await?;
    let body = serde_json::json!({ "name": "forbidden", "member_ids": [] });
    let refusal = ann
        .rest
        .post("/api/v1/rooms", body)
        .await?
        .refused_as("policy_rejected")?;
    expect(&refusal.error["details"], "reason", "Not this name.")?;
    let room_id = ann.create_group("Tea", &[]).await?;
    let path = format!("/api/v1/rooms/{room_id}");
    let name = serde_json::json!({ "name": "forbidden" });
    ann.rest
        .patch(&path, name)
        .await?
        .refused_as("policy_rejected")?;
    Ok(())
}

//! Plugins through the admin's REST: what they show and decide, and how they are changed.

use anyhow::{Result, ensure};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use natter_tests::fields::{expect, list, number, text};
use natter_tests::people::Person;
use natter_tests::rest::{Answer, Outcome as _};
use natter_tests::server::{Server, Settings, Site};
use serde_json::{Value, json};

use natter_tests::plugins::{drop_in, fixture, until_loads};

const PLUGIN: &str = "/api/v1/admin/plugins/p";

async fn stage(settings: &Settings) -> Result<(Site, Server, Person)> {
    let site = Site::create(settings)?;
    let server = site.start().await?;
    let admin = Person::first_admin(&site, &server).await?;
    Ok((site, server, admin))
}

async fn upload(admin: &Person, component: &[u8], settings: Option<&str>) -> Result<Answer> {
    let component = BASE64_STANDARD.encode(component);
    let body = json!({ "component": component, "settings": settings });
    admin.rest.put(PLUGIN, body).await
}

#[tokio::test]
async fn an_uploaded_plugin_judges_the_next_message() -> Result<()> {
    let everything = fixture("everything")?;
    let settings = Settings::open().number("policies.upload_bytes", everything.len() as u64);
    let (site, server, admin) = stage(&settings).await?;
    let [ann, bob] = Person::register_all(&server, ["ann", "bob"]).await?;
    let anns = ann.connect_ws(&server).await?;
    let refusal = upload(&admin, b"garbage", None).await?;
    refusal.refused_as("invalid_payload")?;
    let mut large = everything.clone();
    large.push(0);
    let refusal = upload(&admin, &large, None).await?;
    refusal.refused_as("too_large")?;
    let refusal = upload(&ann, &everything, None).await?;
    refusal.refused_as("forbidden")?;
    anns.send_private(&bob.user_id, "reject no")
        .await?
        .granted()?;

    let settings = "priority = 7\n[config]\ngreeting = \"Hi\"\n";
    let status = upload(&admin, &everything, Some(settings)).await?;
    let status = status.granted()?;
    expect(&status, "state", "active")?;
    expect(&status, "priority", 7)?;
    let refusal = anns.send_private(&bob.user_id, "reject no").await?;
    refusal.refused_as("policy_rejected")?;
    ensure!(std::fs::read(site.plugins().join("p.wasm"))? == everything);
    let audit = admin.rest.get("/api/v1/admin/audit").await?.granted()?;
    expect(&audit["entries"][0], "action", "install_plugin")?;
    expect(&audit["entries"][0], "actor_id", admin.user_id.as_str())?;
    ensure!(server.log()?.contains(&admin.username));
    Ok(())
}

#[tokio::test]
async fn without_the_setting_nobody_uploads() -> Result<()> {
    let (site, _server, admin) = stage(&Settings::open()).await?;
    let refusal = upload(&admin, b"garbage", None).await?;
    refusal.refused_as("forbidden")?;
    let plugins = admin.rest.get("/api/v1/admin/plugins").await?.granted()?;
    expect(&plugins, "upload_bytes", 0)?;
    ensure!(!site.plugins().join("p.wasm").exists());
    Ok(())
}

#[tokio::test]
async fn a_config_is_shown_with_its_schema_and_changed() -> Result<()> {
    let (site, server, admin) = stage(&Settings::open()).await?;
    let [ann, bob] = Person::register_all(&server, ["ann", "bob"]).await?;
    let anns = ann.connect_ws(&server).await?;
    drop_in(&site, "p.toml", b"# Ours.\n")?;
    drop_in(&site, "p.wasm", &fixture("everything")?)?;
    until_loads(&server, "p", "activated", 1.0).await?;
    let path = format!("{PLUGIN}/config");
    let shown = admin.rest.get(&path).await?.granted()?;
    expect(&shown["schema"]["properties"]["greeting"], "type", "string")?;
    let wrong = json!({ "config": { "greeting": 1 } });
    let refusal = admin.rest.put(&path, wrong).await?;
    let refusal = refusal.refused_as("invalid_payload")?;
    ensure!(text(&refusal.error, "message")?.contains("greeting"));
    let config = json!({ "config": { "greeting": "Hi" } });
    admin.rest.put(&path, config.clone()).await?.granted()?;
    let ack = anns.send_private(&bob.user_id, "/greet Bob").await?;
    expect(&ack.granted()?, "reply", "Hi, Bob")?;
    let shown = admin.rest.get(&path).await?.granted()?;
    expect(&shown, "config", config["config"].clone())?;
    let file = std::fs::read_to_string(site.plugins().join("p.toml"))?;
    ensure!(file.starts_with("# Ours.\n"), "{file}");
    Ok(())
}

#[tokio::test]
async fn the_log_the_actions_the_rollback_and_the_removal() -> Result<()> {
    let (site, server, admin) = stage(&Settings::open()).await?;
    let [ann, bob] = Person::register_all(&server, ["ann", "bob"]).await?;
    let anns = ann.connect_ws(&server).await?;
    drop_in(&site, "p.wasm", &fixture("word_filter")?)?;
    until_loads(&server, "p", "activated", 1.0).await?;
    let rollback = format!("{PLUGIN}/rollback");
    let refusal = admin.rest.post(&rollback, json!({})).await?;
    refusal.refused_as("conflict")?;
    drop_in(&site, "p.wasm", &fixture("everything")?)?;
    until_loads(&server, "p", "activated", 2.0).await?;
    anns.send_private(&bob.user_id, "log seen")
        .await?
        .granted()?;
    let log = admin.rest.get(&format!("{PLUGIN}/log")).await?.granted()?;
    let is_seen = |it: &Value| it["message"] == "seen" && it["level"] == "info";
    ensure!(list(&log, "lines")?.iter().any(is_seen), "{log}");
    let nobodys = admin.rest.get("/api/v1/admin/plugins/q/log").await?;
    nobodys.refused_as("not_found")?;

    let actions = format!("{PLUGIN}/actions");
    // The row offers all but this one, which is the panel's.
    let row = |action: &str| (action != "trap").then_some("1");
    let click = |action: &str, form: Value| json!({ "panel_id": "queue", "action_id": action, "row_id": row(action), "form": form });
    let done = admin
        .rest
        .post(&actions, click("approve", json!({})))
        .await?;
    let done = done.granted()?;
    expect(&done, "message", "Welcome!")?;
    // It was not granted, and the admin is told so.
    expect(&done["effects"][0], "outcome", "refused")?;
    let gone = json!({ "panel_id": "queue", "action_id": "approve", "row_id": "gone", "form": {} });
    let refusal = admin.rest.post(&actions, gone).await?;
    refusal.refused_as("conflict")?;
    let said = admin
        .rest
        .post(&actions, click("reject", json!({ "reason": "no" })))
        .await?;
    let refusal = said.refused_as("conflict")?;
    ensure!(text(&refusal.error, "message")?.contains("not with"));
    for (action, form, code) in [
        ("reject", json!({}), "invalid_payload"),
        ("fly", json!({}), "not_found"),
        ("trap", json!({}), "conflict"),
    ] {
        let refusal = admin.rest.post(&actions, click(action, form)).await?;
        refusal.refused_as(code)?;
    }

    let status = admin.rest.post(&rollback, json!({})).await?.granted()?;
    expect(&status, "state", "rolled_back")?;
    ensure!(number(&status, "generation")? == 3, "{status}");
    anns.send_private(&bob.user_id, "reject no")
        .await?
        .granted()?;
    admin.rest.delete(PLUGIN).await?.granted()?;
    ensure!(!site.plugins().join("p.wasm").exists());
    admin.rest.delete(PLUGIN).await?.refused_as("not_found")?;
    let plugins = admin.rest.get("/api/v1/admin/plugins").await?.granted()?;
    ensure!(list(&plugins, "plugins")?.is_empty(), "{plugins}");
    let audit = admin.rest.get("/api/v1/admin/audit").await?.granted()?;
    let done: Vec<&Value> = list(&audit, "entries")?
        .iter()
        .map(|it| &it["action"])
        .collect();
    ensure!(
        done[..2] == ["remove_plugin", "roll_back_plugin"],
        "{done:?}"
    );
    Ok(())
}

#[tokio::test]
async fn a_click_tells_what_came_of_its_effects() -> Result<()> {
    let (site, server, admin) = stage(&Settings::of_mode("approval")).await?;
    drop_in(&site, "p.toml", br#"grants = ["set_status"]"#)?;
    drop_in(&site, "p.wasm", &fixture("everything")?)?;
    until_loads(&server, "p", "activated", 1.0).await?;
    let newcomer = json!({ "username": "ann", "password": "correct horse battery" });
    let stranger = server.rest();
    let registered = stranger.post("/api/v1/auth/register", newcomer).await?;
    let newcomer = text(&registered.granted()?["user"], "user_id")?;
    let click = |row: &str| {
        let click = json!({ "panel_id": "queue", "action_id": "approve", "row_id": row });
        admin.rest.post("/api/v1/admin/plugins/p/actions", click)
    };

    let done = click(&newcomer).await?.granted()?;
    expect(&done["effects"][0], "kind", "set_status")?;
    expect(&done["effects"][0], "target", newcomer.as_str())?;
    expect(&done["effects"][0], "outcome", "done")?;
    let audit = admin.rest.get("/api/v1/admin/audit").await?.granted()?;
    expect(&audit["entries"][0], "action", "approve")?;
    expect(&audit["entries"][0], "target_id", newcomer.as_str())?;

    // The row names nobody.
    let failed = click("1").await?.granted()?;
    expect(&failed["effects"][0], "outcome", "failed")?;
    text(&failed["effects"][0]["error"], "code")?;
    Ok(())
}

//! Newcomers under policies, from the first request to the first message.

use std::time::Duration;

use anyhow::{Result, ensure};
use natter_tests::client::{Client, Drivers, Transport};
use natter_tests::fields::{expect, list, text};
use natter_tests::people::Person;
use natter_tests::plugins::{drop_in, fixture, shipped, until_loads};
use natter_tests::rest::Outcome as _;
use natter_tests::server::{Server, Settings, Site};
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery staple";

/// What `everything` says follows from the name.
async fn register(
    server: &Server,
    name: &str,
    invite: Option<&str>,
) -> Result<natter_tests::rest::Answer> {
    let body = json!({ "username": name, "password": PASSWORD, "invite": invite });
    server.rest().post("/api/v1/auth/register", body).await
}

async fn stage(mode: &str, with_plugin: bool) -> Result<(Site, Server, Person)> {
    let site = Site::create(&Settings::of_mode(mode))?;
    if with_plugin {
        drop_in(&site, "p.wasm", &fixture("everything")?)?;
    }
    let server = site.start().await?;
    let admin = Person::first_admin(&site, &server).await?;
    Ok((site, server, admin))
}

async fn invite(admin: &Person, body: Value) -> Result<Value> {
    admin
        .rest
        .post("/api/v1/admin/invites", body)
        .await?
        .granted()
}

#[tokio::test]
async fn a_policy_lets_in_asks_and_refuses() -> Result<()> {
    let (_site, server, admin) = stage("approval", true).await?;
    let friend = register(&server, "friend", None).await?.granted()?;
    expect(&friend["user"], "status", "active")?;
    let refusal = register(&server, "spammer", None)
        .await?
        .refused_as("policy_rejected")?;
    expect(&refusal.error["details"], "reason", "We know you.")?;
    // Nothing was made of the refused one.
    register(&server, "spammer", None)
        .await?
        .refused_as("policy_rejected")?;

    let ann = register(&server, "ann", None).await?.granted()?;
    expect(&ann["user"], "status", "pending")?;
    let rest = server.rest().with_token(&text(&ann, "access_token")?);
    let asked = rest.get("/api/v1/me/registration").await?.granted()?;
    expect(&asked["questions"][0], "id", "why")?;
    rest.post("/api/v1/me/registration", json!({ "answers": [] }))
        .await?
        .refused_as("invalid_payload")?;
    let answers = json!({ "answers": [{ "question_id": "why", "text": "To talk" }] });
    let account = rest
        .post("/api/v1/me/registration", answers)
        .await?
        .granted()?;
    expect(&account, "status", "pending")?;
    let said = rest.get("/api/v1/me/registration").await?.granted()?;
    expect(&said["answers"][0], "text", "To talk")?;
    let path = format!("/api/v1/admin/users/{}/approve", text(&account, "user_id")?);
    let approved = admin.rest.post(&path, json!({})).await?.granted()?;
    expect(&approved, "status", "active")?;
    Ok(())
}

#[tokio::test]
async fn without_a_policy_approval_means_waiting_and_an_invite_is_counted_once_active() -> Result<()>
{
    let (_site, server, admin) = stage("approval", false).await?;
    let made = invite(&admin, json!({ "label": "friends", "max_uses": 2 })).await?;
    let code = text(&made, "code")?;
    register(&server, "nobody", Some("no such code"))
        .await?
        .refused_as("invalid_invite")?;
    let ann = register(&server, "ann", Some(&code)).await?.granted()?;
    expect(&ann["user"], "status", "pending")?;
    let uses = async || -> Result<Value> {
        let all = admin.rest.get("/api/v1/admin/invites").await?.granted()?;
        Ok(list(&all, "invites")?[0]["uses"].clone())
    };
    ensure!(uses().await? == 0);
    let path = format!(
        "/api/v1/admin/users/{}/approve",
        text(&ann["user"], "user_id")?
    );
    admin.rest.post(&path, json!({})).await?.granted()?;
    ensure!(uses().await? == 1);
    let path = format!("/api/v1/admin/invites/{}", text(&made, "invite_id")?);
    admin.rest.delete(&path).await?.granted()?;
    register(&server, "late", Some(&code))
        .await?
        .refused_as("invalid_invite")?;
    Ok(())
}

#[tokio::test]
async fn a_closed_server_takes_only_the_invited_whom_its_policy_lets_in() -> Result<()> {
    let (_site, server, admin) = stage("closed", true).await?;
    register(&server, "friend", None)
        .await?
        .refused_as("registration_closed")?;
    let code = text(&invite(&admin, json!({ "max_uses": 1 })).await?, "code")?;
    let friend = register(&server, "friend", Some(&code)).await?.granted()?;
    expect(&friend["user"], "status", "active")?;
    register(&server, "other", Some(&code))
        .await?
        .refused_as("invalid_invite")?;
    Ok(())
}

/// Answers what the plugin asks everybody.
async fn answer(
    server: &Server,
    newcomer: &Value,
    said: &str,
) -> Result<natter_tests::rest::Answer> {
    let token = text(newcomer, "access_token")?;
    let answers = json!({ "answers": [{ "question_id": "why", "text": said }] });
    let rest = server.rest().with_token(&token);
    rest.post("/api/v1/me/registration", answers).await
}

#[tokio::test]
async fn answers_let_in_or_out_and_come_with_the_invite() -> Result<()> {
    let (_site, server, admin) = stage("approval", true).await?;
    let ann = register(&server, "ann", None).await?.granted()?;
    let anns = waiting_socket(&server, &ann).await?;
    let account = answer(&server, &ann, "please").await?.granted()?;
    expect(&account, "status", "active")?;
    let told = anns.inbox().take("account_status_changed").await?;
    expect(&told, "status", "active")?;

    let eve = register(&server, "eve", None).await?.granted()?;
    let account = answer(&server, &eve, "let me spam").await?.granted()?;
    expect(&account, "status", "rejected")?;
    expect(&account, "status_reason", "No.")?;

    let made = invite(&admin, json!({ "label": "friends", "max_uses": 1 })).await?;
    let code = text(&made, "code")?;
    let bob = register(&server, "bob", Some(&code)).await?.granted()?;
    expect(&bob["user"], "status", "pending")?;
    let late = register(&server, "late", Some(&code)).await?.granted()?;
    let account = answer(&server, &bob, "see my invite").await?.granted()?;
    expect(&account, "status", "active")?;
    // It is used up by now.
    let account = answer(&server, &late, "see my invite").await?.granted()?;
    expect(&account, "status", "pending")?;
    let dan = register(&server, "dan", None).await?.granted()?;
    let account = answer(&server, &dan, "see my invite").await?.granted()?;
    expect(&account, "status", "pending")?;
    Ok(())
}

/// A socket of somebody who waits.
async fn waiting_socket(server: &Server, newcomer: &Value) -> Result<Client> {
    let drivers = Drivers::none();
    let client = Client::connect(&drivers, server, Transport::PlainWebSocket, None).await?;
    let token = json!({ "token": text(newcomer, "access_token")? });
    let registered = client.emit("register_user", token).await?.granted()?;
    expect(&registered["user"], "status", "pending")?;
    Ok(client)
}

/// The shipped policy, as it is shipped.
#[tokio::test]
async fn a_newcomers_open_socket_is_let_in_within_a_second() -> Result<()> {
    let site = Site::create(&Settings::of_mode("approval"))?;
    let settings = format!(
        "{}/../plugins/admin-approval.toml",
        env!("CARGO_MANIFEST_DIR")
    );
    drop_in(&site, "admin-approval.toml", &std::fs::read(settings)?)?;
    drop_in(&site, "admin-approval.wasm", &shipped("admin-approval")?)?;
    let server = site.start().await?;
    let admin = Person::first_admin(&site, &server).await?;
    let by_rest = |id: &str| (format!("/api/v1/admin/users/{id}/approve"), json!({}));
    let by_panel = |id: &str| {
        let click = json!({ "panel_id": "queue", "action_id": "approve", "row_id": id });
        (
            "/api/v1/admin/plugins/admin-approval/actions".to_owned(),
            click,
        )
    };
    for (name, by_click) in [("ann", false), ("bob", true)] {
        let newcomer = register(&server, name, None).await?.granted()?;
        let client = waiting_socket(&server, &newcomer).await?;
        let id = text(&newcomer["user"], "user_id")?;
        let refused = client.send_private(&id, "not yet").await?;
        refused.refused_as("account_pending")?;
        let (path, body) = if by_click {
            by_panel(&id)
        } else {
            by_rest(&id)
        };
        admin.rest.post(&path, body).await?.granted()?;
        let told = client.inbox().take("account_status_changed");
        let told = tokio::time::timeout(Duration::from_secs(1), told).await??;
        expect(&told, "status", "active")?;
        client.send_private(&id, "here").await?.granted()?;
        let audit = admin.rest.get("/api/v1/admin/audit").await?.granted()?;
        let detail = text(&audit["entries"][0], "detail")?;
        ensure!(
            detail.starts_with("policy admin-approval, decision "),
            "{detail}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_policy_that_wants_another_status_stops_the_admins_decision() -> Result<()> {
    let (site, server, admin) = stage("approval", true).await?;
    let settings = "grants = [\"set_status\"]\n[config]\napproves_by = \"rejected\"\n";
    drop_in(&site, "p.toml", settings.as_bytes())?;
    until_loads(&server, "p", "activated", 2.0).await?;
    let ann = register(&server, "ann", None).await?.granted()?;
    let path = format!(
        "/api/v1/admin/users/{}/approve",
        text(&ann["user"], "user_id")?
    );
    let refusal = admin
        .rest
        .post(&path, json!({}))
        .await?
        .refused_as("conflict")?;
    ensure!(text(&refusal.error, "message")?.contains("`rejected`"));
    let waiting = admin.rest.get("/api/v1/admin/users?status=pending").await?;
    ensure!(list(&waiting.granted()?, "users")?.len() == 1);
    drop_in(&site, "p.toml", b"grants = [\"set_status\"]\n")?;
    until_loads(&server, "p", "activated", 3.0).await?;
    let approved = admin.rest.post(&path, json!({})).await?.granted()?;
    expect(&approved, "status", "active")?;
    // The admin gave no reason: the policy's is noted.
    let audit = admin.rest.get("/api/v1/admin/audit").await?.granted()?;
    expect(&audit["entries"][0], "reason", "Told to")?;
    Ok(())
}

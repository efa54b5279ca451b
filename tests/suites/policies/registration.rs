//! Newcomers under policies, from the first request to the first message.

use anyhow::{Result, ensure};
use natter_tests::fields::{expect, list, text};
use natter_tests::people::Person;
use natter_tests::plugins::{drop_in, fixture};
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

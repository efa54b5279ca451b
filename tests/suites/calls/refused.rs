//! Who may not call.

use anyhow::{Result, ensure};
use natter_tests::fields::{expect, text};
use natter_tests::people::Person;
use natter_tests::plugins::{drop_in, fixture, until_loads};
use natter_tests::rest::Outcome as _;
use natter_tests::server::Settings;
use natter_tests::{client::Transport, fields::list};
use serde_json::{Value, json};

use super::stage::{Stage, Talker, ringing};

async fn try_call(by: &Talker, mut data: Value) -> Result<natter_tests::rest::Answer> {
    data["client_call_id"] = natter_tests::people::new_client_msg_id().into();
    by.socket.emit("call_user", data).await
}

#[tokio::test]
async fn a_policy_refuses_with_its_reason() -> Result<()> {
    let stage = Stage::plain().await?;
    let [ann, bob] = stage.talkers(["ann", "bob"]).await?;
    drop_in(&stage.site, "p.wasm", &fixture("everything")?)?;
    until_loads(&stage.server, "p", "activated", 1.0).await?;
    let refused = try_call(&ann, json!({ "to": bob.id(), "media": "video" })).await?;
    let refused = refused.refused_as("policy_rejected")?;
    let details = &refused.error["details"];
    expect(details, "reason", "Only voices here.")?;
    expect(details, "policy_code", "no_video")?;
    expect(details, "plugin", "p")?;
    text(details, "decision_id")?;
    let granted = try_call(&ann, json!({ "to": bob.id(), "media": "audio" })).await?;
    let call_id = ringing(&granted.granted()?)?;
    bob.is_rung_by(&ann, &call_id).await?;
    ensure!(
        bob.socket.inbox().count("incoming_call") == 0,
        "it rang all the same"
    );
    Ok(())
}

#[tokio::test]
async fn only_members_call_in_a_room_and_nobody_calls_a_stranger_or_themselves() -> Result<()> {
    let stage = Stage::plain().await?;
    let [ann, bob] = stage.talkers(["ann", "bob"]).await?;
    let room_id = ann.person.create_group("Tea", &[]).await?;
    let nobody = uuid::Uuid::now_v7().to_string();
    for (by, data, code) in [
        (
            &bob,
            json!({ "room_id": room_id, "media": "audio" }),
            "not_found",
        ),
        (
            &ann,
            json!({ "room_id": room_id, "media": "audio" }),
            "conflict",
        ),
        (&ann, json!({ "to": nobody, "media": "audio" }), "not_found"),
        (
            &ann,
            json!({ "to": ann.id(), "media": "audio" }),
            "invalid_payload",
        ),
        (
            &ann,
            json!({ "to": bob.id(), "media": "smell" }),
            "invalid_payload",
        ),
        (&ann, json!({ "media": "audio" }), "invalid_payload"),
        (
            &ann,
            json!({ "to": bob.id(), "room_id": room_id, "media": "audio" }),
            "invalid_payload",
        ),
    ] {
        try_call(by, data).await?.refused_as(code)?;
    }
    for event in ["answer_call", "leave_call", "end_call", "call_ringing"] {
        ann.say(event, &nobody).await?.refused_as("not_found")?;
    }
    Ok(())
}

#[tokio::test]
async fn who_is_muted_neither_calls_nor_answers() -> Result<()> {
    let stage = Stage::plain().await?;
    let admin = Person::first_admin(&stage.site, &stage.server).await?;
    let [ann, bob] = stage.talkers(["ann", "bob"]).await?;
    let mute = json!({ "user_id": bob.id(), "seconds": 600 });
    admin
        .rest
        .post("/api/v1/admin/mutes", mute)
        .await?
        .granted()?;
    let refused = try_call(&bob, json!({ "to": ann.id(), "media": "audio" })).await?;
    refused.refused_as("muted")?;
    let call_id = ringing(&ann.call(&bob).await?)?;
    bob.say("answer_call", &call_id)
        .await?
        .refused_as("muted")?;
    bob.says("reject_call", &call_id, "ended").await
}

#[tokio::test]
async fn clients_get_credentials_for_turn_that_end() -> Result<()> {
    let settings = Settings::open()
        .texts("calls.turn_urls", &["turn:turn.example.org:3478"])
        .text("calls.turn_secret", "north");
    let stage = Stage::open(&settings, Transport::PlainWebSocket).await?;
    let ann = Person::register(&stage.server, "ann").await?;
    let drivers = natter_tests::client::Drivers::none();
    let socket =
        natter_tests::client::Client::connect(&drivers, &stage.server, stage.transport, None)
            .await?;
    let registered = socket
        .emit("register_user", json!({ "token": ann.token }))
        .await?
        .granted()?;
    let servers = list(&registered, "ice_servers")?;
    let username = text(&servers[0], "username")?;
    ensure!(
        username.ends_with(&format!(":{}", ann.user_id)),
        "{username}"
    );
    ensure!(
        text(&servers[0], "credential")?.len() == 28,
        "HMAC-SHA1 is 20 bytes: {servers:?}"
    );
    Ok(())
}

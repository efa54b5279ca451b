//! Approval, refusal, suspension, tokens: what a live socket hears of its account.

use anyhow::{Result, ensure};
use natter_tests::client::Client;
use natter_tests::fields::{expect, number};
use natter_tests::people::new_client_msg_id;
use natter_tests::rest::Outcome as _;
use serde_json::json;

use super::stage::{Stage, check_sent};

pub(super) async fn pending_people_hear_of_their_approval_and_may_do_nothing_before(
    stage: &Stage,
) -> Result<()> {
    let [bob] = stage.people(["bob"]).await?;
    let ann = stage.newcomer("ann").await?;
    let socket = stage.connect(&ann).await?;
    let room_id = uuid::Uuid::now_v7().to_string();
    socket
        .send_private(&bob.user_id, "let me in")
        .await?
        .refused_as("account_pending")?;
    socket
        .send_group(&room_id, "let me in")
        .await?
        .refused_as("account_pending")?;
    socket
        .update_status(&room_id, 1, "read")
        .await?
        .refused_as("account_pending")?;
    socket
        .emit("typing", json!({ "room_id": room_id, "typing": true }))
        .await?
        .refused_as("account_pending")?;
    socket
        .emit("sync", json!({ "user_rev": 0, "rooms": [] }))
        .await?
        .refused_as("account_pending")?;
    ann.rest
        .get("/api/v1/rooms")
        .await?
        .refused_as("account_pending")?;
    ann.rest
        .get("/api/v1/users?query=b")
        .await?
        .refused_as("account_pending")?;
    ann.rest.get("/api/v1/me").await?.granted()?;
    let renewed = ann.refresh(&stage.server).await?;
    let again = socket
        .emit("register_user", json!({ "token": renewed.token }))
        .await?
        .granted()?;
    expect(&again["user"], "status", "pending")?;
    let ann = renewed;

    let account = stage.decide(&ann, "approve", None).await?.granted()?;
    let heard = socket.inbox().take("account_status_changed").await?;
    expect(&heard, "status", "active")?;
    expect(&heard, "user_rev", number(&account, "user_rev")?)?;
    check_sent(
        &socket
            .send_private(&bob.user_id, "thank you")
            .await?
            .granted()?,
    )?;
    Ok(())
}

pub(super) async fn pending_people_may_log_out(stage: &Stage) -> Result<()> {
    let ann = stage.newcomer("ann").await?;
    let socket = stage.connect(&ann).await?;
    ann.rest
        .post("/api/v1/auth/logout", json!({}))
        .await?
        .granted()?;
    stage.check_closed(&socket.inbox().closed().await?, 4002, "revoked")?;
    ann.rest
        .get("/api/v1/me")
        .await?
        .refused_as("unauthenticated")?;
    let other_device = ann.log_in(&stage.server).await?;
    let account = other_device.rest.get("/api/v1/me").await?.granted()?;
    expect(&account, "status", "pending")
}

pub(super) async fn rejected_people_are_cut_and_told_why(stage: &Stage) -> Result<()> {
    let ann = stage.newcomer("ann").await?;
    let socket = stage.connect(&ann).await?;
    stage
        .decide(&ann, "reject", Some("We do not know you"))
        .await?
        .granted()?;
    let closed = socket.inbox().closed().await?;
    stage.check_closed(&closed, 4003, "account_rejected")?;
    let told = socket.inbox().pushes();
    let told = told
        .iter()
        .find(|push| push.event == "account_status_changed");
    if let Some(told) = told {
        expect(&told.data, "status", "rejected")?;
        expect(&told.data, "reason", "We do not know you")?;
    }
    let refusal = ann
        .rest
        .get("/api/v1/me")
        .await?
        .refused_as("account_rejected")?;
    expect(&refusal.error["details"], "reason", "We do not know you")?;
    ensure!(
        ann.log_in(&stage.server).await.is_err(),
        "a rejected person logged in"
    );
    Ok(())
}

pub(super) async fn suspended_people_are_cut_until_reinstated(stage: &Stage) -> Result<()> {
    let [ann, bob] = stage.people(["ann", "bob"]).await?;
    let socket = stage.connect(&ann).await?;
    stage
        .decide(&ann, "suspend", Some("Spam"))
        .await?
        .granted()?;
    stage.check_closed(&socket.inbox().closed().await?, 4003, "account_suspended")?;
    ann.rest
        .get("/api/v1/rooms")
        .await?
        .refused_as("account_suspended")?;
    let again = Client::connect(&stage.drivers, &stage.server, stage.transport, None).await?;
    again
        .emit("register_user", json!({ "token": ann.token }))
        .await?
        .refused_as("account_suspended")?;

    stage.decide(&ann, "reinstate", None).await?.granted()?;
    let ann = ann.log_in(&stage.server).await?;
    let socket = stage.connect(&ann).await?;
    check_sent(
        &socket
            .send_private(&bob.user_id, "I am back")
            .await?
            .granted()?,
    )?;
    Ok(())
}

pub(super) async fn a_token_is_renewed_in_band_but_not_for_somebody_else(
    stage: &Stage,
) -> Result<()> {
    let [ann, bob] = stage.people(["ann", "bob"]).await?;
    let socket = Client::connect(&stage.drivers, &stage.server, stage.transport, None).await?;
    let first = socket
        .emit("register_user", json!({ "token": ann.token }))
        .await?
        .granted()?;
    let renewed = ann.refresh(&stage.server).await?;
    let second = socket
        .emit("register_user", json!({ "token": renewed.token }))
        .await?
        .granted()?;
    expect(&second, "session_id", first["session_id"].clone())?;
    ensure!(
        second["expires_at"].as_str() >= first["expires_at"].as_str(),
        "not extended: {first} {second}"
    );
    socket
        .emit("register_user", json!({ "token": bob.token }))
        .await?
        .refused_as("forbidden")?;
    let sent = socket
        .send_private(&bob.user_id, "still Ann")
        .await?
        .granted()?;
    let history = bob
        .history_after(&natter_tests::fields::text(&sent, "room_id")?, 0)
        .await?;
    expect(&history[0], "sender_id", ann.user_id.as_str())?;

    // A refresh token works once: the second use ends the device, its socket included.
    let reused = json!({ "refresh_token": ann.refresh_token });
    stage
        .server
        .rest()
        .post("/api/v1/auth/refresh", reused)
        .await?
        .refused_as("unauthenticated")?;
    stage.check_closed(&socket.inbox().closed().await?, 4002, "revoked")
}

pub(super) async fn logging_out_ends_the_sockets_of_that_device(stage: &Stage) -> Result<()> {
    let [ann, bob] = stage.people(["ann", "bob"]).await?;
    let other_device = ann.log_in(&stage.server).await?;
    let socket = stage.connect(&ann).await?;
    let other_socket = stage.connect(&other_device).await?;
    ann.rest
        .post("/api/v1/auth/logout", json!({}))
        .await?
        .granted()?;
    stage.check_closed(&socket.inbox().closed().await?, 4002, "revoked")?;
    ann.rest
        .get("/api/v1/me")
        .await?
        .refused_as("unauthenticated")?;
    let data = json!({ "to": bob.user_id, "client_msg_id": new_client_msg_id(), "body": "the other device lives" });
    check_sent(
        &other_socket
            .emit("send_private_message", data)
            .await?
            .granted()?,
    )?;
    Ok(())
}

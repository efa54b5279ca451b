//! Approval, refusal, suspension, tokens: what a live socket hears of its account.

use std::time::Instant;

use anyhow::{Result, ensure};
use natter_tests::client::Client;
use natter_tests::fields::{expect, list, number, text};
use natter_tests::people::{PASSWORD, new_client_msg_id};
use natter_tests::rest::Outcome as _;
use serde_json::json;

use super::stage::{CUT_WITHIN, Stage, check_sent};

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
    let asked_at = Instant::now();
    stage
        .decide(&ann, "suspend", Some("Spam"))
        .await?
        .granted()?;
    stage.check_closed(&socket.inbox().closed().await?, 4003, "account_suspended")?;
    ensure!(asked_at.elapsed() < CUT_WITHIN, "cut late");
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

pub(super) async fn a_new_password_cuts_the_other_devices(stage: &Stage) -> Result<()> {
    let [ann] = stage.people(["ann"]).await?;
    let other_device = ann.log_in(&stage.server).await?;
    let [socket, other] = stage.connect_all(&[ann.clone(), other_device]).await?;
    let new = json!({ "old_password": "not mine", "new_password": "a better one" });
    ann.rest
        .post("/api/v1/me/password", new)
        .await?
        .refused_as("bad_credentials")?;
    let asked_at = Instant::now();
    let new = json!({ "old_password": PASSWORD, "new_password": "a better one" });
    ann.rest.post("/api/v1/me/password", new).await?.granted()?;
    stage.check_closed(&other.inbox().closed().await?, 4002, "revoked")?;
    ensure!(asked_at.elapsed() < CUT_WITHIN, "cut late");
    ensure!(
        socket.inbox().closed_now().is_none(),
        "the device that asks"
    );
    ensure!(
        ann.log_in(&stage.server).await.is_err(),
        "the old password works"
    );
    Ok(())
}

pub(super) async fn an_admins_link_gives_a_new_password_once(stage: &Stage) -> Result<()> {
    let [ann] = stage.people(["ann"]).await?;
    let socket = stage.connect(&ann).await?;
    let path = format!("/api/v1/admin/users/{}/reset_link", ann.user_id);
    ann.rest
        .post(&path, json!({}))
        .await?
        .refused_as("forbidden")?;
    let link = stage.admin.rest.post(&path, json!({})).await?.granted()?;
    let reset = async |password: &str| {
        let body = json!({ "token": link["token"], "new_password": password });
        stage.server.rest().post("/api/v1/auth/reset", body).await
    };
    reset("short").await?.refused_as("invalid_payload")?;
    let asked_at = Instant::now();
    reset("a better one").await?.granted()?;
    stage.check_closed(&socket.inbox().closed().await?, 4002, "revoked")?;
    ensure!(asked_at.elapsed() < CUT_WITHIN, "cut late");
    reset("another one").await?.refused_as("invalid_link")?;
    ann.rest
        .get("/api/v1/me")
        .await?
        .refused_as("unauthenticated")?;
    let body = json!({ "username": ann.username, "password": "a better one" });
    stage
        .server
        .rest()
        .post("/api/v1/auth/login", body)
        .await?
        .granted()?;
    Ok(())
}

pub(super) async fn a_deleted_account_leaves_its_words(stage: &Stage) -> Result<()> {
    let [ann, bob] = stage.people(["ann", "bob"]).await?;
    let room_id = ann.create_group("tea", &[&bob]).await?;
    let [socket, bobs] = stage.connect_all(&[ann.clone(), bob.clone()]).await?;
    socket.send_group(&room_id, "I was here").await?.granted()?;
    let sent = socket
        .send_private(&bob.user_id, "and here")
        .await?
        .granted()?;
    let wrong = json!({ "password": "not mine" });
    ann.rest
        .post("/api/v1/me/delete", wrong)
        .await?
        .refused_as("bad_credentials")?;
    let asked_at = Instant::now();
    let password = json!({ "password": PASSWORD });
    ann.rest
        .post("/api/v1/me/delete", password)
        .await?
        .granted()?;
    stage.check_closed(&socket.inbox().closed().await?, 4002, "revoked")?;
    ensure!(asked_at.elapsed() < CUT_WITHIN, "cut late");
    ann.rest
        .get("/api/v1/me")
        .await?
        .refused_as("unauthenticated")?;
    ensure!(
        ann.log_in(&stage.server).await.is_err(),
        "a deleted account logs in"
    );
    let left = |it: &serde_json::Value| it["user_id"] == ann.user_id.as_str();
    let heard = bobs.inbox().take_where("member_updated", left).await?;
    expect(&heard, "state", "left")?;
    let owned = bob.room(&room_id).await?;
    expect(&owned, "role", "owner")?;
    let profile = bob
        .rest
        .get(&format!("/api/v1/users/{}", ann.user_id))
        .await?
        .granted()?;
    expect(&profile, "display_name", "Deleted account")?;
    let direct = text(&sent, "room_id")?;
    for (room_id, body) in [(room_id, "I was here"), (direct, "and here")] {
        let history = bob.history_after(&room_id, 0).await?;
        expect(&history[0], "body", body)?;
        expect(&history[0], "sender_id", ann.user_id.as_str())?;
    }
    // The name is free again.
    let again = json!({ "username": ann.username, "password": PASSWORD });
    let rest = stage.server.rest();
    rest.post("/api/v1/auth/register", again).await?.granted()?;
    Ok(())
}

pub(super) async fn ones_data_can_be_taken_along(stage: &Stage) -> Result<()> {
    let [ann, bob] = stage.people(["ann", "bob"]).await?;
    let [socket, bobs] = stage.connect_all(&[ann.clone(), bob.clone()]).await?;
    // More than one page, with what JSON must escape.
    let mut sent = Vec::new();
    for nth in 0..150 {
        let body = format!("\"{nth}\" \\ ☕");
        let answer = socket.send_private(&bob.user_id, &body).await?.granted()?;
        sent.push((body, number(&answer, "seq")?));
    }
    let answer = bobs
        .send_private(&ann.user_id, "not hers")
        .await?
        .granted()?;
    let room_id = text(&answer, "room_id")?;
    socket
        .update_status(&room_id, 151, "read")
        .await?
        .granted()?;
    let export = ann.rest.get("/api/v1/me/export").await?.granted()?;
    expect(&export["account"], "username", ann.username.as_str())?;
    let rooms = list(&export, "rooms")?;
    ensure!(
        rooms.len() == 1 && rooms[0]["room_id"] == room_id,
        "{rooms:?}"
    );
    let mut exported = Vec::new();
    for message in list(&export, "messages")? {
        exported.push((text(message, "body")?, number(message, "seq")?));
    }
    exported.sort_by_key(|it| it.1);
    ensure!(exported == sent, "{} messages", exported.len());
    let receipts = list(&export, "receipts")?;
    ensure!(receipts.len() == 1, "{receipts:?}");
    expect(&receipts[0], "to_seq", 151)?;
    let empty = bob.rest.get("/api/v1/me/export").await?.granted()?;
    ensure!(list(&empty, "receipts")?.is_empty(), "bob read nothing");
    ensure!(list(&empty, "messages")?.len() == 1, "bob wrote once");
    Ok(())
}

//! Groups.

use anyhow::{Result, ensure};
use natter_tests::client::Transport;
use natter_tests::fields::expect;
use natter_tests::rest::Outcome as _;
use natter_tests::server::Settings;

use super::stage::{Stage, part, ringing};

async fn a_groups_call_is_joined_and_left(transport: Transport) -> Result<()> {
    let stage = Stage::open(&Settings::open(), transport).await?;
    let [ann, bob, cid] = stage.talkers(["ann", "bob", "cid"]).await?;
    let [dan] = stage.talkers(["dan"]).await?;
    let others = [&bob.person, &cid.person];
    let room_id = ann.person.create_group("Tea", &others).await?;
    let call_id = ringing(&ann.call_room(&room_id).await?)?;
    for callee in [&bob, &cid] {
        let incoming = callee.is_rung_by(&ann, &call_id).await?;
        expect(&incoming, "room_id", room_id.as_str())?;
        expect(&incoming, "kind", "group")?;
    }
    bob.says("answer_call", &call_id, "connected").await?;
    // A refusal ends nothing, and is not for ever.
    cid.says("reject_call", &call_id, "connected").await?;
    for talker in [&ann, &bob] {
        let rejected = talker.hears("call_rejected", &call_id).await?;
        expect(&rejected, "user_id", cid.id())?;
    }
    cid.says("join_call", &call_id, "connected").await?;
    for talker in [&ann, &bob] {
        let is_cid = |it: &serde_json::Value| it["user_id"] == cid.id();
        let inbox = talker.socket.inbox();
        inbox.take_where("participant_joined", is_cid).await?;
    }
    // It is nobody else's call.
    dan.say("join_call", &call_id)
        .await?
        .refused_as("not_found")?;
    dan.person
        .rest
        .get(&format!("/api/v1/calls/{call_id}"))
        .await?
        .refused_as("not_found")?;
    ann.says("leave_call", &call_id, "connected").await?;
    let left = bob.hears("participant_left", &call_id).await?;
    expect(&left, "user_id", ann.id())?;
    bob.say("end_call", &call_id)
        .await?
        .refused_as("forbidden")?;
    // Who calls the group finds the call that lasts.
    let ack = ann.call_room(&room_id).await?;
    expect(&ack, "call_id", call_id.as_str())?;
    ann.says("end_call", &call_id, "ended").await?;
    for talker in [&ann, &bob, &cid] {
        talker.hears_end(&call_id, "hangup").await?;
    }
    let call = cid.looks_up(&call_id).await?;
    expect(part(&call, &cid)?, "state", "left")?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn by_plain_websocket() -> Result<()> {
    a_groups_call_is_joined_and_left(Transport::PlainWebSocket).await
}

#[tokio::test(flavor = "multi_thread")]
async fn by_socket_io_client_websocket() -> Result<()> {
    a_groups_call_is_joined_and_left(Transport::JsWebSocket).await
}

#[tokio::test]
async fn the_last_one_out_ends_it_and_a_full_call_takes_nobody() -> Result<()> {
    let settings = Settings::open().number("media.participants_per_call", 2);
    let stage = Stage::open(&settings, Transport::PlainWebSocket).await?;
    let [ann, bob, cid] = stage.talkers(["ann", "bob", "cid"]).await?;
    let others = [&bob.person, &cid.person];
    let room_id = ann.person.create_group("Tea", &others).await?;
    let call_id = ringing(&ann.call_room(&room_id).await?)?;
    bob.says("answer_call", &call_id, "connected").await?;
    cid.say("answer_call", &call_id)
        .await?
        .refused_as("too_large")?;
    ann.says("leave_call", &call_id, "connected").await?;
    bob.says("leave_call", &call_id, "ended").await?;
    cid.hears_end(&call_id, "hangup").await?;
    let call = cid.looks_up(&call_id).await?;
    expect(part(&call, &cid)?, "state", "missed")?;
    let history = cid.person.history_after(&room_id, 0).await?;
    ensure!(history.is_empty(), "somebody answered: {history:?}");
    Ok(())
}

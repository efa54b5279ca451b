//! Two people.

use anyhow::{Result, ensure};
use natter_tests::client::Transport;
use natter_tests::fields::{expect, text};
use natter_tests::people::new_client_msg_id;
use natter_tests::rest::Outcome as _;
use natter_tests::server::Settings;
use serde_json::json;

use super::stage::{Stage, part, ringing};

/// From the first ring to the history, with a callee of two devices.
async fn a_call_is_answered_and_ended(transport: Transport) -> Result<()> {
    let stage = Stage::open(&Settings::open(), transport).await?;
    let [ann, bob] = stage.talkers(["ann", "bob"]).await?;
    let phone = stage
        .talker(bob.person.log_in(&stage.server).await?)
        .await?;
    let call_id = ringing(&ann.call(&bob).await?)?;
    for device in [&bob, &phone] {
        let incoming = device.is_rung_by(&ann, &call_id).await?;
        expect(&incoming, "kind", "direct")?;
        expect(&incoming, "media", "audio")?;
        ensure!(incoming.get("room_id").is_none(), "{incoming}");
    }
    bob.says("call_ringing", &call_id, "ringing").await?;
    let rings = ann.hears("call_ringing", &call_id).await?;
    expect(&rings, "user_id", bob.id())?;
    phone.says("answer_call", &call_id, "connected").await?;
    let accepted = ann.hears("call_accepted", &call_id).await?;
    expect(&accepted, "user_id", bob.id())?;
    let elsewhere = bob.hears("call_handled_elsewhere", &call_id).await?;
    expect(&elsewhere, "state", "joined")?;
    bob.say("answer_call", &call_id)
        .await?
        .refused_as("conflict")?;
    ann.says("leave_call", &call_id, "ended").await?;
    for talker in [&ann, &bob, &phone] {
        talker.hears_end(&call_id, "hangup").await?;
    }
    let call = bob.looks_up(&call_id).await?;
    expect(&call, "state", "ended")?;
    expect(&call, "ended_by", ann.id())?;
    text(&call, "connected_at")?;
    expect(part(&call, &bob)?, "state", "left")?;
    ensure!(
        phone.socket.inbox().count("call_handled_elsewhere") == 0,
        "who answered was told that somebody else did"
    );
    Ok(())
}

/// One test per client program.
macro_rules! columns {
    ($($name:ident: $transport:ident),* $(,)?) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() -> Result<()> {
            a_call_is_answered_and_ended(Transport::$transport).await
        }
    )*};
}

columns! {
    by_plain_websocket: PlainWebSocket,
    by_socket_io_client_polling: JsPolling,
    by_socket_io_client_upgrade: JsUpgrade,
    by_python_socketio_websocket: PythonWebSocket,
}

#[tokio::test]
async fn a_declined_call_is_no_missed_call() -> Result<()> {
    let stage = Stage::plain().await?;
    let [ann, bob] = stage.talkers(["ann", "bob"]).await?;
    let call_id = ringing(&ann.call(&bob).await?)?;
    bob.says("reject_call", &call_id, "ended").await?;
    let rejected = ann.hears("call_rejected", &call_id).await?;
    expect(&rejected, "reason", "declined")?;
    ann.hears_end(&call_id, "declined").await?;
    // The next message is the first of the room.
    let sent = ann
        .socket
        .send_private(bob.id(), "later?")
        .await?
        .granted()?;
    expect(&sent, "seq", 1)
}

#[tokio::test]
async fn who_calls_back_while_it_rings_answers() -> Result<()> {
    let stage = Stage::plain().await?;
    let [ann, bob] = stage.talkers(["ann", "bob"]).await?;
    let call_id = ringing(&ann.call(&bob).await?)?;
    let ack = bob.call(&ann).await?;
    expect(&ack, "call_id", call_id.as_str())?;
    expect(&ack, "state", "connected")?;
    ann.hears("call_accepted", &call_id).await?;
    ensure!(
        ann.socket.inbox().count("incoming_call") == 0,
        "it rang back"
    );
    Ok(())
}

#[tokio::test]
async fn who_talks_is_busy_and_reads_who_called() -> Result<()> {
    let stage = Stage::plain().await?;
    let [ann, bob, cid] = stage.talkers(["ann", "bob", "cid"]).await?;
    let talk = ringing(&ann.call(&bob).await?)?;
    bob.says("answer_call", &talk, "connected").await?;
    let ack = cid.call(&bob).await?;
    expect(&ack, "state", "ended")?;
    expect(&ack, "reason", "busy")?;
    let call_id = text(&ack, "call_id")?;
    let missed = bob
        .reads_of_missed("receive_private_message", &call_id)
        .await?;
    expect(&missed, "sender_id", cid.id())?;
    ensure!(
        bob.socket.inbox().count("incoming_call") == 1,
        "it rang twice"
    );
    // One who talks cannot call either.
    let data = json!({ "to": cid.id(), "media": "audio", "client_call_id": "1" });
    let refused = bob.socket.emit("call_user", data).await?;
    refused.refused_as("conflict")?;
    Ok(())
}

#[tokio::test]
async fn a_retry_hears_of_the_first_call() -> Result<()> {
    let stage = Stage::plain().await?;
    let [ann, bob, cid] = stage.talkers(["ann", "bob", "cid"]).await?;
    let id = new_client_msg_id();
    let data = |to: &str| json!({ "to": to, "media": "audio", "client_call_id": id });
    let emit = async |to: &str| ann.socket.emit("call_user", data(to)).await;
    let first = emit(bob.id()).await?.granted()?;
    ensure!(emit(bob.id()).await?.granted()? == first, "another call");
    emit(cid.id()).await?.refused_as("idempotency_conflict")?;
    let call_id = ringing(&first)?;
    ann.says("cancel_call", &call_id, "ended").await?;
    let over = emit(bob.id()).await?.granted()?;
    expect(&over, "call_id", call_id.as_str())?;
    expect(&over, "reason", "cancelled")?;
    bob.hears_end(&call_id, "cancelled").await?;
    ensure!(
        bob.socket.inbox().count("incoming_call") == 1,
        "it rang twice"
    );
    Ok(())
}

#[tokio::test]
async fn a_device_that_comes_late_rings_and_a_socket_that_comes_back_goes_on() -> Result<()> {
    let stage = Stage::plain().await?;
    let [ann, bob] = stage.talkers(["ann", "bob"]).await?;
    let call_id = ringing(&ann.call(&bob).await?)?;
    let phone = stage
        .talker(bob.person.log_in(&stage.server).await?)
        .await?;
    phone.is_rung_by(&ann, &call_id).await?;
    phone.says("answer_call", &call_id, "connected").await?;
    let person = phone.person.clone();
    phone.socket.disconnect().await?;
    let phone = stage.talker(person).await?;
    phone.says("leave_call", &call_id, "ended").await?;
    ann.hears_end(&call_id, "hangup").await
}

#[tokio::test]
async fn a_caller_who_goes_away_cancels() -> Result<()> {
    let settings = Settings::open().number("calls.reconnect_grace_s", 1);
    let stage = Stage::open(&settings, Transport::PlainWebSocket).await?;
    let [ann, bob] = stage.talkers(["ann", "bob"]).await?;
    let call_id = ringing(&ann.call(&bob).await?)?;
    ann.socket.disconnect().await?;
    bob.hears_end(&call_id, "cancelled").await?;
    let missed = bob
        .reads_of_missed("receive_private_message", &call_id)
        .await?;
    expect(&missed, "body", "Missed call")
}

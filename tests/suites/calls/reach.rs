//! Who is not to be reached, and who is to be reached no more.

use anyhow::{Result, ensure};
use natter_tests::client::Transport;
use natter_tests::fields::{expect, list};
use natter_tests::people::Person;
use natter_tests::rest::Outcome as _;
use natter_tests::server::Settings;
use serde_json::json;

use super::stage::{Stage, Talker, part, ringing};

#[tokio::test]
async fn who_is_blocked_hears_it_ring_and_nobody_else_does() -> Result<()> {
    let settings = Settings::open().number("calls.ring_timeout_s", 1);
    let stage = Stage::open(&settings, Transport::PlainWebSocket).await?;
    let [ann, bob] = stage.talkers(["ann", "bob"]).await?;
    let block = format!("/api/v1/me/blocks/{}", ann.id());
    bob.person.rest.put(&block, json!({})).await?.granted()?;
    let call_id = ringing(&ann.call(&bob).await?)?;
    expect(
        part(&ann.looks_up(&call_id).await?, &bob)?,
        "state",
        "ringing",
    )?;
    ann.hears_end(&call_id, "timeout").await?;
    // Her own note of it, in a room that is hers alone.
    ann.reads_of_missed("receive_private_message", &call_id)
        .await?;
    expect(
        part(&ann.looks_up(&call_id).await?, &bob)?,
        "state",
        "missed",
    )?;
    let path = format!("/api/v1/calls/{call_id}");
    bob.person.rest.get(&path).await?.refused_as("not_found")?;
    let history = bob.person.rest.get("/api/v1/calls").await?.granted()?;
    ensure!(list(&history, "calls")?.is_empty(), "{history}");
    let data = json!({ "to": ann.id(), "media": "audio", "client_call_id": "1" });
    let refused = bob.socket.emit("call_user", data).await?;
    refused.refused_as("forbidden")?;
    bob.person.rest.delete(&block).await?.granted()?;
    // What comes first shows that nothing came before.
    let call_id = ringing(&ann.call(&bob).await?)?;
    let incoming = bob.is_rung_by(&ann, &call_id).await?;
    ensure!(
        incoming.get("room_id").is_none(),
        "bob knows of no room: {incoming}"
    );
    for event in ["incoming_call", "call_ended", "receive_private_message"] {
        ensure!(bob.socket.inbox().count(event) == 0, "{event}");
    }
    Ok(())
}

#[tokio::test]
async fn people_choose_who_may_call() -> Result<()> {
    let stage = Stage::plain().await?;
    let [ann, bob] = stage.talkers(["ann", "bob"]).await?;
    let choose = async |who: &str| {
        let choice = json!({ "who_may_call": who });
        let rest = &bob.person.rest;
        rest.patch("/api/v1/me/privacy", choice).await?.granted()
    };
    choose("shared_groups").await?;
    // That they write to each other does not count.
    ann.socket.send_private(bob.id(), "hi").await?.granted()?;
    let data = json!({ "to": bob.id(), "media": "audio", "client_call_id": "1" });
    let refused = ann.socket.emit("call_user", data.clone()).await?;
    refused.refused_as("forbidden")?;
    let room_id = ann.person.create_group("Tea", &[&bob.person]).await?;
    let call_id = ringing(&ann.call(&bob).await?)?;
    bob.is_rung_by(&ann, &call_id).await?;
    bob.says("reject_call", &call_id, "ended").await?;
    choose("nobody").await?;
    let refused = ann.socket.emit("call_user", data).await?;
    refused.refused_as("forbidden")?;
    // A group's calls are the group's.
    let call_id = ringing(&ann.call_room(&room_id).await?)?;
    bob.is_rung_by(&ann, &call_id).await?;
    Ok(())
}

async fn three_in_a_group(stage: &Stage) -> Result<([Talker; 3], String, String)> {
    let talkers = stage.talkers(["ann", "bob", "cid"]).await?;
    let [ann, bob, cid] = &talkers;
    let others = [&bob.person, &cid.person];
    let room_id = ann.person.create_group("Tea", &others).await?;
    let call_id = ringing(&ann.call_room(&room_id).await?)?;
    bob.says("answer_call", &call_id, "connected").await?;
    cid.is_rung_by(ann, &call_id).await?;
    Ok((talkers, room_id, call_id))
}

#[tokio::test]
async fn who_is_taken_out_of_the_group_is_out_of_its_call() -> Result<()> {
    let stage = Stage::plain().await?;
    let ([ann, bob, cid], room_id, call_id) = three_in_a_group(&stage).await?;
    for out in [&bob, &cid] {
        let path = format!("/api/v1/rooms/{room_id}/members/{}", out.id());
        ann.person.rest.delete(&path).await?.granted()?;
    }
    for talker in [&ann, &bob] {
        let left = talker.hears("participant_left", &call_id).await?;
        expect(&left, "user_id", bob.id())?;
        expect(&left, "reason", "removed")?;
    }
    cid.hears_end(&call_id, "removed").await?;
    for out in [&bob, &cid] {
        let refused = out.say("join_call", &call_id).await?;
        refused.refused_as("not_found")?;
    }
    ann.says("leave_call", &call_id, "ended").await?;
    ann.hears_end(&call_id, "hangup").await
}

#[tokio::test]
async fn who_is_logged_out_or_suspended_is_out_of_the_call_at_once() -> Result<()> {
    let stage = Stage::plain().await?;
    let admin = Person::first_admin(&stage.site, &stage.server).await?;
    let ([ann, bob, cid], _, call_id) = three_in_a_group(&stage).await?;
    cid.says("answer_call", &call_id, "connected").await?;
    let suspend = format!("/api/v1/admin/users/{}/suspend", bob.id());
    admin.rest.post(&suspend, json!({})).await?.granted()?;
    cid.person
        .rest
        .post("/api/v1/auth/logout", json!({}))
        .await?
        .granted()?;
    for gone in [&bob, &cid] {
        let is_theirs = |it: &serde_json::Value| it["user_id"] == gone.id();
        let inbox = ann.socket.inbox();
        let left = inbox.take_where("participant_left", is_theirs).await?;
        expect(&left, "reason", "removed")?;
    }
    Ok(())
}

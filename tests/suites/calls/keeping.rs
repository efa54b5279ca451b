//! What is kept of calls: missed ones in the room, all of them in the history, also over restarts.

use anyhow::{Result, ensure};
use natter_tests::client::Transport;
use natter_tests::deadline::eventually;
use natter_tests::fields::{expect, list, text};
use natter_tests::people::Person;
use natter_tests::rest::Outcome as _;
use natter_tests::server::Settings;
use serde_json::json;

use super::stage::{Stage, part, ringing};

#[tokio::test]
async fn a_call_that_nobody_answers_is_a_message() -> Result<()> {
    let settings = Settings::open().number("calls.ring_timeout_s", 1);
    let stage = Stage::open(&settings, Transport::PlainWebSocket).await?;
    let [ann, bob] = stage.talkers(["ann", "bob"]).await?;
    let call_id = ringing(&ann.call(&bob).await?)?;
    for talker in [&ann, &bob] {
        talker.hears_end(&call_id, "timeout").await?;
    }
    let missed = bob
        .reads_of_missed("receive_private_message", &call_id)
        .await?;
    expect(&missed, "seq", 1)?;
    expect(&missed, "sender_id", ann.id())?;
    let room_id = text(&missed, "room_id")?;
    let room = bob.person.room(&room_id).await?;
    expect(&room, "unread_count", 1)?;
    // The call has found its room, too.
    let path = format!("/api/v1/calls?room_id={room_id}");
    eventually("the call in the room's history", async || {
        let page = bob.person.rest.get(&path).await?.granted()?;
        Ok((page["calls"][0]["call_id"] == call_id.as_str()).then_some(()))
    })
    .await?;
    let group = ann.person.create_group("Tea", &[&bob.person]).await?;
    let call_id = ringing(&ann.call_room(&group).await?)?;
    let missed = bob
        .reads_of_missed("receive_group_message", &call_id)
        .await?;
    expect(&missed, "body", "Missed video call")
}

#[tokio::test]
async fn history_is_paged_newest_first() -> Result<()> {
    let stage = Stage::plain().await?;
    let [ann, bob] = stage.talkers(["ann", "bob"]).await?;
    let mut calls = Vec::new();
    for _ in 0..3 {
        let call_id = ringing(&ann.call(&bob).await?)?;
        bob.says("reject_call", &call_id, "ended").await?;
        calls.push(call_id);
    }
    calls.reverse();
    let mut seen = Vec::new();
    let first = "/api/v1/calls?limit=2".to_owned();
    let mut path = Some(first.clone());
    while let Some(page) = path {
        let page = bob.person.rest.get(&page).await?.granted()?;
        for call in list(&page, "calls")? {
            expect(call, "reason", "declined")?;
            expect(part(call, &bob)?, "state", "declined")?;
            seen.push(text(call, "call_id")?);
        }
        path = page["next"]
            .as_str()
            .map(|it| format!("{first}&before={it}"));
    }
    ensure!(seen == calls, "{seen:?}, expected {calls:?}");
    Ok(())
}

#[tokio::test]
async fn a_stop_ends_calls_and_writes_their_messages() -> Result<()> {
    let stage = Stage::plain().await?;
    let [ann, bob, cid, dan] = stage.talkers(["ann", "bob", "cid", "dan"]).await?;
    let talk = ringing(&ann.call(&bob).await?)?;
    bob.says("answer_call", &talk, "connected").await?;
    let missed = ringing(&cid.call(&dan).await?)?;
    stage.server.ask_to_stop()?;
    for (talker, call_id) in [
        (&ann, &talk),
        (&bob, &talk),
        (&cid, &missed),
        (&dan, &missed),
    ] {
        talker.hears_end(call_id, "drain").await?;
    }
    dan.reads_of_missed("receive_private_message", &missed)
        .await?;
    let Stage {
        site, mut server, ..
    } = stage;
    let status = server.ended().await?;
    ensure!(status.success(), "{status}");
    let server = site.start().await?;
    let dan = dan.person.log_in(&server).await?;
    let path = format!("/api/v1/calls/{missed}");
    let call = dan.rest.get(&path).await?.granted()?;
    expect(&call, "reason", "drain")
}

#[tokio::test]
async fn what_a_crash_left_is_ended_at_the_next_start() -> Result<()> {
    let stage = Stage::plain().await?;
    let [ann, bob, cid, dan] = stage.talkers(["ann", "bob", "cid", "dan"]).await?;
    let talk = ringing(&ann.call(&bob).await?)?;
    bob.says("answer_call", &talk, "connected").await?;
    let missed = ringing(&cid.call(&dan).await?)?;
    let Stage { site, server, .. } = stage;
    server.kill().await?;
    // Twice: the message comes once.
    for _ in 0..2 {
        let server = site.start().await?;
        let [bob, dan] = [
            bob.person.log_in(&server).await?,
            dan.person.log_in(&server).await?,
        ];
        let call = bob
            .rest
            .get(&format!("/api/v1/calls/{talk}"))
            .await?
            .granted()?;
        expect(&call, "reason", "failed")?;
        let rooms = eventually("the missed call's message", async || {
            let rooms = dan.rest.get("/api/v1/rooms").await?.granted()?;
            let rooms = list(&rooms, "rooms")?.clone();
            Ok((!rooms.is_empty()).then_some(rooms))
        })
        .await?;
        let history = dan.history_after(&text(&rooms[0], "room_id")?, 0).await?;
        ensure!(history.len() == 1, "{history:?}");
        expect(&history[0], "message_id", missed.as_str())?;
        let rooms = bob.rest.get("/api/v1/rooms").await?.granted()?;
        ensure!(
            list(&rooms, "rooms")?.is_empty(),
            "a call that was answered is no missed one"
        );
        server.kill().await?;
    }
    Ok(())
}

#[tokio::test]
async fn admins_see_calls_that_last_and_end_them() -> Result<()> {
    let stage = Stage::plain().await?;
    let admin = Person::first_admin(&stage.site, &stage.server).await?;
    let [ann, bob] = stage.talkers(["ann", "bob"]).await?;
    let call_id = ringing(&ann.call(&bob).await?)?;
    bob.says("answer_call", &call_id, "connected").await?;
    let path = "/api/v1/admin/calls";
    bob.person.rest.get(path).await?.refused_as("forbidden")?;
    let live = admin.rest.get(path).await?.granted()?;
    let live = list(&live, "calls")?.clone();
    ensure!(live.len() == 1, "{live:?}");
    expect(&live[0], "call_id", call_id.as_str())?;
    let end = format!("{path}/{call_id}/end");
    admin.rest.post(&end, json!({})).await?.granted()?;
    for talker in [&ann, &bob] {
        talker.hears_end(&call_id, "hangup").await?;
    }
    admin
        .rest
        .post(&end, json!({}))
        .await?
        .refused_as("conflict")?;
    let live = admin.rest.get(path).await?.granted()?;
    ensure!(list(&live, "calls")?.is_empty(), "{live}");
    let audit = admin.rest.get("/api/v1/admin/audit").await?.granted()?;
    expect(&audit["entries"][0], "action", "end_call")
}

//! Sending: retries, conflicts, replies, refusals, typing.

use anyhow::{Result, ensure};
use natter_tests::fields::{expect, list, number, text};
use natter_tests::people::new_client_msg_id;
use natter_tests::rest::Outcome as _;
use serde_json::{Value, json};

use super::stage::{Stage, check_message, check_sent};

const BODY_LIMIT_BYTES: usize = 65_536;

pub(super) async fn a_retry_is_answered_with_the_first_outcome(stage: &Stage) -> Result<()> {
    let people = stage.people(["ann", "bob"]).await?;
    let [ann_socket, bob_socket] = stage.connect_all(&people).await?;
    let data =
        json!({ "to": people[1].user_id, "client_msg_id": new_client_msg_id(), "body": "once" });
    let first = ann_socket
        .emit("send_private_message", data.clone())
        .await?
        .granted()?;
    let (room_id, _) = check_sent(&first)?;
    ann_socket.disconnect().await?;

    let ann_socket = stage.connect(&people[0]).await?;
    let second = ann_socket
        .emit("send_private_message", data)
        .await?
        .granted()?;
    expect(&second, "deduplicated", true)?;
    for field in [
        "status",
        "message_id",
        "room_id",
        "seq",
        "rev",
        "created_at",
    ] {
        expect(&second, field, first[field].clone())?;
    }
    let next = ann_socket
        .send_private(&people[1].user_id, "twice")
        .await?
        .granted()?;
    expect(&next, "seq", 2)?;
    check_message(
        &bob_socket.inbox().take("receive_private_message").await?,
        &first,
        &people[0],
        "once",
    )?;
    check_message(
        &bob_socket.inbox().take("receive_private_message").await?,
        &next,
        &people[0],
        "twice",
    )?;
    ensure!(
        people[1].history_after(&room_id, 0).await?.len() == 2,
        "a retry was stored twice"
    );
    Ok(())
}

pub(super) async fn the_same_client_id_with_another_content_is_a_conflict(
    stage: &Stage,
) -> Result<()> {
    let people = stage.people(["ann", "bob"]).await?;
    let group = people[0].create_group("conflict", &[&people[1]]).await?;
    let [ann_socket, bob_socket] = stage.connect_all(&people).await?;
    let client_msg_id = new_client_msg_id();
    let data = json!({ "room_id": group, "client_msg_id": client_msg_id, "body": "first" });
    let first = ann_socket
        .emit("send_group_message", data.clone())
        .await?
        .granted()?;
    let mut other_body = data.clone();
    other_body["body"] = "second".into();
    ann_socket
        .emit("send_group_message", other_body)
        .await?
        .refused_as("idempotency_conflict")?;
    let mut reply = data.clone();
    reply["reply_to"] = first["message_id"].clone();
    ann_socket
        .emit("send_group_message", reply)
        .await?
        .refused_as("idempotency_conflict")?;
    let other_room =
        json!({ "to": people[1].user_id, "client_msg_id": client_msg_id, "body": "first" });
    ann_socket
        .emit("send_private_message", other_room)
        .await?
        .refused_as("idempotency_conflict")?;

    // The id is the sender's own: somebody else may use the same.
    let from_bob = bob_socket
        .emit("send_group_message", data)
        .await?
        .granted()?;
    expect(&from_bob, "deduplicated", false)?;
    expect(&from_bob, "seq", 2)
}

pub(super) async fn a_reply_names_its_message(stage: &Stage) -> Result<()> {
    let people = stage.people(["ann", "bob"]).await?;
    let group = people[0].create_group("replies", &[&people[1]]).await?;
    let [ann_socket, bob_socket] = stage.connect_all(&people).await?;
    let question = ann_socket.send_group(&group, "When?").await?.granted()?;
    let elsewhere = ann_socket
        .send_private(&people[1].user_id, "Elsewhere")
        .await?
        .granted()?;
    let reply = |to: &Value| json!({ "room_id": group, "client_msg_id": new_client_msg_id(), "body": "At noon", "reply_to": to });
    bob_socket
        .emit("send_group_message", reply(&question["message_id"]))
        .await?
        .granted()?;
    let received = ann_socket.inbox().take("receive_group_message").await?;
    expect(&received, "reply_to", question["message_id"].clone())?;
    let history = ann_socket_history(&people[0].history_after(&group, 1).await?)?;
    expect(&history, "reply_to", question["message_id"].clone())?;
    bob_socket
        .emit("send_group_message", reply(&elsewhere["message_id"]))
        .await?
        .refused_as("not_found")?;
    bob_socket
        .emit("send_group_message", reply(&json!("not an id")))
        .await?
        .refused_as("invalid_payload")?;
    Ok(())
}

fn ann_socket_history(messages: &[Value]) -> Result<Value> {
    let [message] = messages else {
        anyhow::bail!("one message expected: {messages:?}")
    };
    Ok(message.clone())
}

/// Both write first at the same moment: there is one room, with both messages.
pub(super) async fn two_first_messages_make_one_direct_room(stage: &Stage) -> Result<()> {
    let people = stage.people(["ann", "bob"]).await?;
    let [ann_socket, bob_socket] = stage.connect_all(&people).await?;
    let (from_ann, from_bob) = tokio::try_join!(
        ann_socket.send_private(&people[1].user_id, "I was first"),
        bob_socket.send_private(&people[0].user_id, "No, I was"),
    )?;
    let (from_ann, from_bob) = (from_ann.granted()?, from_bob.granted()?);
    expect(&from_ann, "room_id", from_bob["room_id"].clone())?;
    let mut seqs = [number(&from_ann, "seq")?, number(&from_bob, "seq")?];
    seqs.sort_unstable();
    ensure!(seqs == [1, 2], "{from_ann} {from_bob}");
    for person in &people {
        let rooms = person.rest.get("/api/v1/rooms").await?.granted()?;
        let [room] = list(&rooms, "rooms")?.as_slice() else {
            anyhow::bail!("one room expected: {rooms}")
        };
        expect(room, "kind", "direct")?;
        expect(room, "last_seq", 2)?;
        ensure!(
            people
                .iter()
                .any(|peer| room["peer_id"] == peer.user_id && peer.user_id != person.user_id),
            "{room}"
        );
    }
    Ok(())
}

pub(super) async fn what_is_nobodys_or_somebody_elses_is_refused_as_not_found(
    stage: &Stage,
) -> Result<()> {
    let people = stage.people(["ann", "bob", "cem"]).await?;
    let [ann, bob, cem] = &people;
    let group = bob.create_group("without Ann", &[cem]).await?;
    let pending = stage.newcomer("dea").await?;
    let socket = stage.connect(ann).await?;
    let nobody = uuid::Uuid::now_v7().to_string();
    socket
        .send_private(&nobody, "anybody?")
        .await?
        .refused_as("not_found")?;
    socket
        .send_private(&pending.user_id, "welcome")
        .await?
        .refused_as("not_found")?;
    socket
        .send_private("not an id", "anybody?")
        .await?
        .refused_as("invalid_payload")?;
    socket
        .send_group(&nobody, "anybody?")
        .await?
        .refused_as("not_found")?;
    socket
        .send_group(&group, "let me in")
        .await?
        .refused_as("not_found")?;
    socket
        .update_status(&group, 1, "read")
        .await?
        .refused_as("not_found")?;
    ann.rest
        .get(&format!("/api/v1/rooms/{group}/messages"))
        .await?
        .refused_as("not_found")?;
    Ok(())
}

pub(super) async fn what_is_too_large_or_empty_is_refused_by_code(stage: &Stage) -> Result<()> {
    let [ann, bob] = stage.people(["ann", "bob"]).await?;
    let socket = stage.connect(&ann).await?;
    for body in ["", " \n\t ", "a\0b"] {
        socket
            .send_private(&bob.user_id, body)
            .await?
            .refused_as("invalid_payload")?;
    }
    socket
        .send_private(&bob.user_id, &"x".repeat(BODY_LIMIT_BYTES + 1))
        .await?
        .refused_as("too_large")?;
    let largest = "x".repeat(BODY_LIMIT_BYTES);
    let sent = socket
        .send_private(&bob.user_id, &largest)
        .await?
        .granted()?;
    let history = bob.history_after(&text(&sent, "room_id")?, 0).await?;
    ensure!(
        history.len() == 1 && history[0]["body"] == largest,
        "the largest body did not arrive whole"
    );
    let long_id = json!({ "to": bob.user_id, "client_msg_id": "x".repeat(65), "body": "long id" });
    socket
        .emit("send_private_message", long_id)
        .await?
        .refused_as("invalid_payload")?;
    socket
        .emit("no_such_event", json!({}))
        .await?
        .refused_as("unknown_event")?;
    socket
        .update_status(&text(&sent, "room_id")?, 1, "seen")
        .await?
        .refused_as("invalid_payload")?;
    Ok(())
}

pub(super) async fn typing_is_told_to_the_others(stage: &Stage) -> Result<()> {
    let people = stage.people(["ann", "bob", "cem"]).await?;
    let [ann, bob, cem] = &people;
    let group = ann.create_group("typing", &[bob, cem]).await?;
    let [ann_socket, bob_socket, cem_socket] = stage.connect_all(&people).await?;
    for typing in [true, false] {
        ann_socket
            .emit("typing", json!({ "room_id": group, "typing": typing }))
            .await?
            .granted()?;
        for socket in [&bob_socket, &cem_socket] {
            let heard = socket.inbox().take("typing").await?;
            let expected = json!({ "room_id": group, "user_id": ann.user_id, "typing": typing });
            ensure!(heard == expected, "heard {heard}");
        }
    }
    ann_socket
        .tell("typing", json!({ "room_id": group, "typing": true }))
        .await?;
    bob_socket.inbox().take("typing").await?;
    bob_socket
        .send_group(&group, "I see you typing")
        .await?
        .granted()?;
    ann_socket.inbox().take("receive_group_message").await?;
    ensure!(
        ann_socket.inbox().count("typing") == 0,
        "Ann heard herself typing"
    );
    Ok(())
}

//! The whole way: registration, approval, login, a private message with its receipts, a group of five, a break, a resync.

use anyhow::{Result, ensure};
use natter_tests::client::Client;
use natter_tests::fields::{expect, list, number, numbers, text};
use natter_tests::people::Person;
use natter_tests::rest::Outcome as _;
use serde_json::json;

use super::stage::{Stage, check_message, check_sent, room_part, sync};

pub(super) async fn from_registration_to_resync(stage: &Stage) -> Result<()> {
    let ann = approved_after_registration(stage).await?;
    let [bob, cem, dea, eli] = stage.people(["bob", "cem", "dea", "eli"]).await?;
    let people = [ann, bob, cem, dea, eli];
    let sockets = stage.connect_all(&people).await?;
    private_message_with_receipts(&people, &sockets).await?;
    let group = group_of_five(&people, &sockets).await?;
    break_and_resync(stage, &people, sockets, &group).await
}

async fn approved_after_registration(stage: &Stage) -> Result<Person> {
    let ann = stage.newcomer("ann").await?;
    expect(
        &ann.rest.get("/api/v1/me").await?.granted()?,
        "status",
        "pending",
    )?;
    let approved = stage.decide(&ann, "approve", None).await?.granted()?;
    expect(&approved, "status", "active")?;
    stage
        .decide(&ann, "approve", None)
        .await?
        .refused_as("conflict")?;
    let ann = ann.log_in(&stage.server).await?;
    expect(
        &ann.rest.get("/api/v1/me").await?.granted()?,
        "status",
        "active",
    )?;
    Ok(ann)
}

async fn private_message_with_receipts(people: &[Person; 5], sockets: &[Client; 5]) -> Result<()> {
    let [ann, bob, ..] = people;
    let [ann_socket, bob_socket, ..] = sockets;
    let sent = ann_socket
        .send_private(&bob.user_id, "Hello, Bob — 你好 👋")
        .await?
        .granted()?;
    let (room_id, seq) = check_sent(&sent)?;
    ensure!(seq == 1, "the first message of a room is number 1: {sent}");
    let received = bob_socket.inbox().take("receive_private_message").await?;
    check_message(&received, &sent, ann, "Hello, Bob — 你好 👋")?;
    ensure!(
        received["client_msg_id"].is_null(),
        "only the sender's devices see the client's id: {received}"
    );

    for (status, read_seq) in [("delivered", 0), ("read", 1)] {
        let own = bob_socket
            .update_status(&room_id, 1, status)
            .await?
            .granted()?;
        expect(&own, "delivered_seq", 1)?;
        expect(&own, "read_seq", read_seq)?;
        let heard = ann_socket.inbox().take("message_status_update").await?;
        expect(&heard, "room_id", room_id.as_str())?;
        expect(&heard, "user_id", bob.user_id.as_str())?;
        expect(&heard, "up_to_seq", 1)?;
        expect(&heard, "status", status)?;
    }
    let path = format!(
        "/api/v1/rooms/{room_id}/messages/{}/receipts",
        text(&sent, "message_id")?
    );
    let details = ann.rest.get(&path).await?.granted()?;
    let [receipt] = list(&details, "receipts")?.as_slice() else {
        anyhow::bail!("one receipt expected: {details}")
    };
    expect(receipt, "user_id", bob.user_id.as_str())?;
    ensure!(
        text(receipt, "delivered_at")? <= text(receipt, "read_at")?,
        "read before delivered: {receipt}"
    );
    Ok(())
}

async fn group_of_five(people: &[Person; 5], sockets: &[Client; 5]) -> Result<String> {
    let [ann, others @ ..] = people;
    let group = ann.create_group("five", &others.each_ref()).await?;
    for socket in &sockets[1..] {
        let room = socket
            .inbox()
            .take_where("room_updated", |room| room["room_id"] == *group)
            .await?;
        expect(&room, "name", "five")?;
        expect(&room, "member_count", 5)?;
    }
    for (sender, socket) in people.iter().zip(sockets) {
        let body = format!("hello from {}", sender.username);
        let sent = socket.send_group(&group, &body).await?.granted()?;
        check_sent(&sent)?;
        for (_, other) in people
            .iter()
            .zip(sockets)
            .filter(|(person, _)| person.user_id != sender.user_id)
        {
            check_message(
                &other.inbox().take("receive_group_message").await?,
                &sent,
                sender,
                &body,
            )?;
        }
    }
    Ok(group)
}

/// Ann goes, things happen, Ann is back: what changed since her cursor comes by rev, and only that.
async fn break_and_resync(
    stage: &Stage,
    people: &[Person; 5],
    sockets: [Client; 5],
    group: &str,
) -> Result<()> {
    let ann = &people[0];
    let [ann_socket, bob_socket, ..] = sockets;
    let rev = number(&ann.room(group).await?, "rev")?;
    let user_rev = number(&ann.rest.get("/api/v1/me").await?.granted()?, "user_rev")?;
    ann_socket.disconnect().await?;

    let mut sent_seqs = Vec::new();
    for at in 0..3 {
        sent_seqs.push(
            check_sent(
                &bob_socket
                    .send_group(group, &format!("while Ann was away {at}"))
                    .await?
                    .granted()?,
            )?
            .1,
        );
    }
    let ann_socket = stage.connect(ann).await?;
    let answer = sync(&ann_socket, user_rev, &[(group, rev)], 100).await?;
    let part = room_part(&answer, group)?;
    expect(part, "state", "changes")?;
    expect(part, "has_more", false)?;
    ensure!(
        numbers(list(part, "changes")?, "seq")? == sent_seqs,
        "expected the messages {sent_seqs:?}: {part}"
    );
    let again = sync(&ann_socket, user_rev, &[(group, number(part, "rev")?)], 100).await?;
    expect(room_part(&again, group)?, "changes", json!([]))?;

    let sent = bob_socket
        .send_group(group, "welcome back")
        .await?
        .granted()?;
    check_message(
        &ann_socket.inbox().take("receive_group_message").await?,
        &sent,
        &people[1],
        "welcome back",
    )
}

//! Receipts: watermarks, their order, and what a group hears.

use anyhow::{Result, ensure};
use futures_util::future::try_join_all;
use natter_tests::fields::{expect, list, number, text};
use natter_tests::rest::Outcome as _;
use serde_json::json;

use super::stage::{Stage, check_sent, room_part, sync};

/// Messages whose receipts are pipelined: delivered and read, without waiting for answers.
const MESSAGES: i64 = 20;

pub(super) async fn read_implies_delivered(stage: &Stage) -> Result<()> {
    let people = stage.people(["ann", "bob"]).await?;
    let [ann_socket, bob_socket] = stage.connect_all(&people).await?;
    let sent = ann_socket
        .send_private(&people[1].user_id, "read at once")
        .await?
        .granted()?;
    let (room_id, _) = check_sent(&sent)?;
    let own = bob_socket
        .update_status(&room_id, 1, "read")
        .await?
        .granted()?;
    expect(&own, "delivered_seq", 1)?;
    expect(&own, "read_seq", 1)?;
    expect(
        &ann_socket.inbox().take("message_status_update").await?,
        "status",
        "read",
    )?;
    let path = format!(
        "/api/v1/rooms/{room_id}/messages/{}/receipts",
        text(&sent, "message_id")?
    );
    let details = people[0].rest.get(&path).await?.granted()?;
    let receipt = &list(&details, "receipts")?[0];
    ensure!(
        text(receipt, "delivered_at")? <= text(receipt, "read_at")?,
        "{receipt}"
    );

    bob_socket
        .send_private(&people[0].user_id, "fence")
        .await?
        .granted()?;
    ann_socket.inbox().take("receive_private_message").await?;
    let more = ann_socket.inbox().count("message_status_update");
    ensure!(
        more == 0,
        "only `read` is told when both rise, but there were {more} more"
    );
    Ok(())
}

pub(super) async fn watermarks_never_go_back(stage: &Stage) -> Result<()> {
    let people = stage.people(["ann", "bob"]).await?;
    let group = people[0].create_group("watermarks", &[&people[1]]).await?;
    let [ann_socket, bob_socket] = stage.connect_all(&people).await?;
    for body in ["one", "two", "three"] {
        ann_socket.send_group(&group, body).await?.granted()?;
    }
    for (up_to_seq, status, delivered, read) in [
        (2, "read", 2, 2),
        (1, "read", 2, 2),
        (1, "delivered", 2, 2),
        (3, "delivered", 3, 2),
        (3, "read", 3, 3),
    ] {
        let own = bob_socket
            .update_status(&group, up_to_seq, status)
            .await?
            .granted()?;
        ensure!(
            own == json!({ "delivered_seq": delivered, "read_seq": read }),
            "after {status} {up_to_seq}: {own}"
        );
    }
    // A place that does not exist yet cannot be read.
    bob_socket
        .update_status(&group, 99, "read")
        .await?
        .refused_as("invalid_payload")?;
    let answer = sync(&ann_socket, 0, &[(&group, 0)], 100).await?;
    let watermarks = &room_part(&answer, &group)?["watermarks"];
    expect(watermarks, "read_all_seq", 3)?;
    let of_bob = list(watermarks, "members")?
        .iter()
        .find(|mark| mark["user_id"] == people[1].user_id);
    ensure!(
        of_bob.is_some_and(|mark| mark["read_seq"] == 3 && mark["delivered_seq"] == 3),
        "{watermarks}"
    );
    Ok(())
}

/// Bob's client says delivered, then read, for each message, without waiting: handled in order, each is told in order.
pub(super) async fn delivered_never_arrives_after_read(stage: &Stage) -> Result<()> {
    let people = stage.people(["ann", "bob"]).await?;
    let group = people[0]
        .create_group("order of receipts", &[&people[1]])
        .await?;
    let [ann_socket, bob_socket] = stage.connect_all(&people).await?;
    for at in 0..MESSAGES {
        ann_socket
            .send_group(&group, &at.to_string())
            .await?
            .granted()?;
    }
    let mut answers = Vec::new();
    for up_to_seq in 1..=MESSAGES {
        for status in ["delivered", "read"] {
            let data = json!({ "room_id": group, "up_to_seq": up_to_seq, "status": status });
            answers.push((
                up_to_seq,
                status,
                bob_socket.start("message_status_update", data).await?,
            ));
        }
    }
    let answers = answers
        .into_iter()
        .map(async |(up_to_seq, status, answer)| {
            let own = answer.await?.granted()?;
            let read_seq = if status == "read" {
                up_to_seq
            } else {
                up_to_seq - 1
            };
            ensure!(
                own == json!({ "delivered_seq": up_to_seq, "read_seq": read_seq }),
                "{status} {up_to_seq}: {own}"
            );
            Ok(())
        });
    try_join_all(answers).await?;
    let (mut delivered, mut read) = (0, 0);
    while read < MESSAGES {
        let heard = ann_socket.inbox().take("message_status_update").await?;
        let up_to_seq = number(&heard, "up_to_seq")?;
        let watermark = if heard["status"] == "read" {
            &mut read
        } else {
            &mut delivered
        };
        ensure!(up_to_seq > *watermark, "receipts went back: {heard}");
        *watermark = up_to_seq;
        ensure!(
            heard["status"] == "read" || up_to_seq > read,
            "delivered arrived after read: {heard}"
        );
    }
    Ok(())
}

pub(super) async fn a_group_hears_when_all_have_read(stage: &Stage) -> Result<()> {
    let people = stage.people(["ann", "bob", "cem"]).await?;
    let [ann, bob, cem] = &people;
    let group = ann.create_group("all read", &[bob, cem]).await?;
    let [ann_socket, bob_socket, cem_socket] = stage.connect_all(&people).await?;
    ann_socket
        .send_group(&group, "important")
        .await?
        .granted()?;
    bob_socket
        .update_status(&group, 1, "delivered")
        .await?
        .granted()?;
    let heard = ann_socket.inbox().take("message_status_update").await?;
    expect(&heard, "delivered_all_seq", 0)?;
    cem_socket
        .update_status(&group, 1, "read")
        .await?
        .granted()?;
    let heard = ann_socket.inbox().take("message_status_update").await?;
    expect(&heard, "delivered_all_seq", 1)?;
    expect(&heard, "read_all_seq", 0)?;
    bob_socket
        .update_status(&group, 1, "read")
        .await?
        .granted()?;
    let heard = ann_socket.inbox().take("message_status_update").await?;
    expect(&heard, "read_all_seq", 1)?;
    bob_socket.send_group(&group, "fence").await?.granted()?;
    cem_socket
        .inbox()
        .take_where("receive_group_message", |message| {
            message["body"] == "fence"
        })
        .await?;
    let overheard = cem_socket.inbox().count("message_status_update");
    ensure!(overheard == 0, "receipts of Ann's message were told to Cem");
    Ok(())
}

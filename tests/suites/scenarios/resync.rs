//! `sync`, the one recovery path: pages by rev, rooms gained and lost.

use anyhow::{Result, ensure};
use natter_tests::fields::{expect, list, number, numbers};
use natter_tests::replica::Replica;
use natter_tests::rest::Outcome as _;
use serde_json::{Value, json};

use super::stage::{Stage, room_part, sync};

/// More than two pages of [`LIMIT`].
const MESSAGES: i64 = 25;
const LIMIT: i64 = 10;

pub(super) async fn changes_come_by_rev_in_pages(stage: &Stage) -> Result<()> {
    let [ann, bob] = stage.people(["ann", "bob"]).await?;
    let group = ann.create_group("pages", &[&bob]).await?;
    let mut rev = number(&bob.room(&group).await?, "rev")?;
    let user_rev = number(&bob.rest.get("/api/v1/me").await?.granted()?, "user_rev")?;
    let [ann_socket, bob_socket] = stage.connect_all(&[ann.clone(), bob.clone()]).await?;
    for at in 0..MESSAGES {
        ann_socket
            .send_group(&group, &at.to_string())
            .await?
            .granted()?;
    }
    ann.rest
        .patch(
            &format!("/api/v1/rooms/{group}"),
            json!({ "name": "renamed" }),
        )
        .await?
        .granted()?;

    let mut changes: Vec<Value> = Vec::new();
    loop {
        let answer = sync(&bob_socket, user_rev, &[(&group, rev)], LIMIT).await?;
        let part = room_part(&answer, &group)?;
        expect(part, "state", "changes")?;
        let page = list(part, "changes")?;
        ensure!(
            page.len() <= 10,
            "{} changes in a page of {LIMIT}",
            page.len()
        );
        changes.extend(page.iter().cloned());
        rev = number(part, "rev")?;
        if part["has_more"] == false {
            break;
        }
    }
    ensure!(
        numbers(&changes, "rev")?.is_sorted(),
        "changes are not by rev: {changes:?}"
    );
    let messages: Vec<Value> = changes
        .iter()
        .filter(|it| it["type"] == "message")
        .cloned()
        .collect();
    ensure!(
        numbers(&messages, "seq")? == (1..=MESSAGES).collect::<Vec<_>>(),
        "messages: {messages:?}"
    );
    let renamed = changes
        .iter()
        .find(|change| change["type"] == "room")
        .map(|change| &change["room"]["name"]);
    ensure!(
        renamed == Some(&json!("renamed")),
        "the new name is missing: {changes:?}"
    );
    Ok(())
}

pub(super) async fn cursors_of_no_use_are_reset_or_refused(stage: &Stage) -> Result<()> {
    let [ann, bob] = stage.people(["ann", "bob"]).await?;
    let group = ann.create_group("cursors", &[&bob]).await?;
    let rev = number(&bob.room(&group).await?, "rev")?;
    let user_rev = number(&bob.rest.get("/api/v1/me").await?.granted()?, "user_rev")?;
    let bob_socket = stage.connect(&bob).await?;
    let by_rest = json!({ "user_rev": user_rev, "rooms": [{ "room_id": group, "rev": rev }] });
    let answer = bob.rest.post("/api/v1/sync", by_rest).await?.granted()?;
    expect(room_part(&answer, &group)?, "changes", json!([]))?;
    let ahead = sync(&bob_socket, user_rev, &[(&group, rev + 1000)], LIMIT).await?;
    expect(room_part(&ahead, &group)?, "state", "reset")?;
    bob_socket
        .emit("sync", json!({ "user_rev": 0, "rooms": [], "limit": 501 }))
        .await?
        .refused_as("invalid_payload")?;
    Ok(())
}

/// Away while one is taken out and back in: another part of the history is visible than the client has.
pub(super) async fn a_room_left_and_joined_anew_is_reset(stage: &Stage) -> Result<()> {
    let [ann, bob] = stage.people(["ann", "bob"]).await?;
    let group = ann.create_group("anew", &[&bob]).await?;
    let socket = stage.connect(&bob).await?;
    let first = sync(&socket, 0, &[], 100).await?;
    let rev = number(&room_part(&first, &group)?["room"], "rev")?;
    socket.disconnect().await?;
    let members = format!("/api/v1/rooms/{group}/members");
    let own = format!("{members}/{}", bob.user_id);
    ann.rest.delete(&own).await?.granted()?;
    let back = json!({ "user_ids": [bob.user_id], "history": "none" });
    ann.rest.post(&members, back).await?.granted()?;

    let socket = stage.connect(&bob).await?;
    let user_rev = number(&first, "user_rev")?;
    let answer = sync(&socket, user_rev, &[(&group, rev)], 100).await?;
    expect(room_part(&answer, &group)?, "state", "reset")
}

pub(super) async fn gained_and_lost_rooms_are_told(stage: &Stage) -> Result<()> {
    let [ann, bob] = stage.people(["ann", "bob"]).await?;
    let lost = ann.create_group("lost", &[&bob]).await?;
    let socket = stage.connect(&bob).await?;
    let first = sync(&socket, 0, &[], 100).await?;
    let part = room_part(&first, &lost)?;
    expect(part, "state", "reset")?;
    expect(&part["room"], "name", "lost")?;
    expect(&first["account"], "user_id", bob.user_id.as_str())?;
    let user_rev = number(&first, "user_rev")?;
    let rev = number(&part["room"], "rev")?;
    socket.disconnect().await?;

    let gained = ann.create_group("gained", &[&bob]).await?;
    ann.rest
        .delete(&format!("/api/v1/rooms/{lost}/members/{}", bob.user_id))
        .await?
        .granted()?;
    let stranger = stage.people(["cem"]).await?[0]
        .create_group("never Bob's", &[])
        .await?;

    let socket = stage.connect(&bob).await?;
    let answer = sync(&socket, user_rev, &[(&lost, rev), (&stranger, 0)], 100).await?;
    ensure!(
        number(&answer, "user_rev")? > user_rev,
        "user_rev did not rise: {answer}"
    );
    expect(room_part(&answer, &lost)?, "state", "gone")?;
    expect(room_part(&answer, &stranger)?, "state", "gone")?;
    expect(room_part(&answer, &gained)?, "state", "reset")?;
    let settled = sync(&socket, number(&answer, "user_rev")?, &[(&gained, 0)], 100).await?;
    ensure!(
        list(&settled, "rooms")?.len() == 1,
        "nothing else changed: {settled}"
    );
    expect(room_part(&settled, &gained)?, "state", "changes")
}

/// Bodies of the largest size, every byte of which takes two in JSON.
pub(super) async fn the_largest_messages_are_synced_in_several_answers(
    stage: &Stage,
) -> Result<()> {
    const LARGEST: usize = 10;
    let [ann, bob] = stage.people(["ann", "bob"]).await?;
    let group = ann.create_group("large", &[&bob]).await?;
    let ann_socket = stage.connect(&ann).await?;
    let mut replica = Replica::empty(&bob);
    let socket = stage.connect(&bob).await?;
    replica.catch_up(&socket, 100).await?;
    socket.disconnect().await?;
    let body = "\"".repeat(65_536);
    for _ in 0..LARGEST {
        ann_socket.send_group(&group, &body).await?.granted()?;
    }
    let socket = stage.connect(&bob).await?;
    replica.catch_up(&socket, 100).await?;
    let messages = &replica.rooms()[&group].messages;
    ensure!(
        messages.len() == LARGEST,
        "{} messages after the resync",
        messages.len()
    );
    ensure!(
        messages.values().all(|it| it.body == body),
        "a body did not arrive whole"
    );
    Ok(())
}

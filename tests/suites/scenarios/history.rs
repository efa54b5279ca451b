//! Reading back: pages in both directions, and what is unread.

use anyhow::{Result, ensure};
use natter_tests::fields::{expect, list, number, numbers};
use natter_tests::people::Person;
use natter_tests::rest::Outcome as _;

use super::stage::Stage;

/// Three pages of five and one of two.
const MESSAGES: i64 = 17;

pub(super) async fn pages_go_both_ways_without_gaps(stage: &Stage) -> Result<()> {
    let [ann, bob] = stage.people(["ann", "bob"]).await?;
    let group = ann.create_group("pages", &[&bob]).await?;
    let socket = stage.connect(&ann).await?;
    for at in 1..=MESSAGES {
        socket
            .send_group(&group, &at.to_string())
            .await?
            .granted()?;
    }
    let (newest, has_more) = page(&bob, &group, "limit=5").await?;
    ensure!(
        newest == [17, 16, 15, 14, 13] && has_more,
        "the newest page: {newest:?}, more: {has_more}"
    );
    let backwards = walk(&bob, &group, "before", 18).await?;
    ensure!(
        backwards.iter().copied().eq((1..=MESSAGES).rev()),
        "backwards: {backwards:?}"
    );
    let forwards = walk(&bob, &group, "after", 0).await?;
    ensure!(
        forwards.iter().copied().eq(1..=MESSAGES),
        "forwards: {forwards:?}"
    );
    let (beyond, has_more) = page(&bob, &group, "after=17").await?;
    ensure!(
        beyond.is_empty() && !has_more,
        "beyond the end: {beyond:?}, more: {has_more}"
    );
    let path = format!("/api/v1/rooms/{group}/messages?limit=201");
    bob.rest.get(&path).await?.refused_as("invalid_payload")?;
    Ok(())
}

async fn walk(person: &Person, group: &str, direction: &str, mut cursor: i64) -> Result<Vec<i64>> {
    let mut seqs = Vec::new();
    loop {
        let (page, has_more) =
            page(person, group, &format!("{direction}={cursor}&limit=5")).await?;
        cursor = page.last().copied().unwrap_or(cursor);
        seqs.extend(page);
        if !has_more {
            return Ok(seqs);
        }
    }
}

async fn page(person: &Person, group: &str, query: &str) -> Result<(Vec<i64>, bool)> {
    let answer = person
        .rest
        .get(&format!("/api/v1/rooms/{group}/messages?{query}"))
        .await?
        .granted()?;
    Ok((
        numbers(list(&answer, "messages")?, "seq")?,
        answer["has_more"] == true,
    ))
}

pub(super) async fn unread_counts_others_messages_after_the_read_watermark(
    stage: &Stage,
) -> Result<()> {
    let [ann, bob, cem] = stage.people(["ann", "bob", "cem"]).await?;
    let older = ann.create_group("older", &[&bob]).await?;
    let newer = ann.create_group("newer", &[&bob, &cem]).await?;
    let [ann_socket, bob_socket] = stage.connect_all(&[ann.clone(), bob.clone()]).await?;
    for body in ["one", "two", "three"] {
        ann_socket.send_group(&older, body).await?.granted()?;
    }
    bob_socket
        .send_group(&older, "four, by Bob")
        .await?
        .granted()?;
    ann_socket.send_group(&newer, "latest").await?.granted()?;
    bob_socket
        .update_status(&older, 2, "read")
        .await?
        .granted()?;

    let rooms = bob.rest.get("/api/v1/rooms").await?.granted()?;
    let [first, second] = list(&rooms, "rooms")?.as_slice() else {
        anyhow::bail!("two rooms expected: {rooms}")
    };
    expect(first, "room_id", newer.as_str())?;
    expect(first, "unread_count", 1)?;
    expect(&first["last_message"], "body", "latest")?;
    expect(first, "member_count", 3)?;
    expect(second, "room_id", older.as_str())?;
    expect(second, "unread_count", 1)?;
    expect(&second["last_message"], "body", "four, by Bob")?;
    let me = bob.rest.get("/api/v1/me").await?.granted()?;
    expect(&rooms, "user_rev", number(&me, "user_rev")?)?;
    let own = ann.room(&older).await?;
    expect(&own, "unread_count", 1)
}

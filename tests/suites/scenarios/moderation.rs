//! Messages that are taken back or reported, people who are kept out.

use anyhow::{Result, ensure};
use natter_tests::fields::{expect, list, text};
use natter_tests::rest::Outcome as _;
use serde_json::json;

use super::stage::{Stage, check_sent, room_part, sync};

pub(super) async fn a_deleted_message_leaves_its_place(stage: &Stage) -> Result<()> {
    let [ann, bob] = stage.people(["ann", "bob"]).await?;
    let [ann_socket, bob_socket] = stage.connect_all(&[ann.clone(), bob.clone()]).await?;
    let sent = ann_socket
        .send_private(&bob.user_id, "a secret")
        .await?
        .granted()?;
    let (room_id, _) = check_sent(&sent)?;
    let message_id = text(&sent, "message_id")?;
    let which = json!({ "room_id": room_id, "message_id": message_id });
    bob_socket
        .emit("delete_message", which.clone())
        .await?
        .refused_as("forbidden")?;
    let deleted = ann_socket
        .emit("delete_message", which.clone())
        .await?
        .granted()?;
    expect(&deleted, "seq", 1)?;
    expect(&deleted, "rev", 2)?;
    let heard = bob_socket.inbox().take("message_deleted").await?;
    for field in [
        "message_id",
        "room_id",
        "seq",
        "rev",
        "deleted_at",
        "deleted_by",
    ] {
        expect(&heard, field, deleted[field].clone())?;
    }
    expect(&heard, "deleted_by", ann.user_id.as_str())?;
    let again = ann_socket.emit("delete_message", which).await?.granted()?;
    ensure!(again == deleted, "another answer: {again}");
    let answer = sync(&bob_socket, 0, &[(&room_id, 1)], 10).await?;
    let changes = list(room_part(&answer, &room_id)?, "changes")?;
    let history = bob.history_after(&room_id, 0).await?;
    for tombstone in [&changes[0], &history[0]] {
        expect(tombstone, "message_id", message_id.as_str())?;
        expect(tombstone, "body", "")?;
        expect(tombstone, "deleted_at", deleted["deleted_at"].clone())?;
    }
    Ok(())
}

pub(super) async fn what_is_reported_is_decided_by_an_admin(stage: &Stage) -> Result<()> {
    let [ann, bob] = stage.people(["ann", "bob"]).await?;
    let [ann_socket, bob_socket] = stage.connect_all(&[ann.clone(), bob.clone()]).await?;
    let admin_socket = stage.connect(&stage.admin).await?;
    ann_socket
        .send_private(&bob.user_id, "polite")
        .await?
        .granted()?;
    let sent = ann_socket
        .send_private(&bob.user_id, "rude")
        .await?
        .granted()?;
    let (room_id, message_id) = (text(&sent, "room_id")?, text(&sent, "message_id")?);
    let path = format!("/api/v1/rooms/{room_id}/messages/{message_id}/report");
    let reported = bob
        .rest
        .post(&path, json!({ "reason": "insult" }))
        .await?
        .granted()?;
    let report_id = text(&reported, "report_id")?;
    let is_it = |it: &serde_json::Value| it["report_id"] == report_id.as_str();
    admin_socket
        .inbox()
        .take_where("report_added", is_it)
        .await?;
    ann.rest
        .get("/api/v1/admin/reports")
        .await?
        .refused_as("forbidden")?;
    let one = format!("/api/v1/admin/reports/{report_id}");
    let shown = stage.admin.rest.get(&one).await?.granted()?;
    expect(&shown["report"], "reason", "insult")?;
    expect(&shown["report"], "sender_id", ann.user_id.as_str())?;
    let bodies: Vec<_> = list(&shown, "messages")?
        .iter()
        .map(|it| &it["body"])
        .collect();
    ensure!(bodies == ["polite", "rude"], "{shown}");
    let delete = format!("{one}/delete_message");
    stage.admin.rest.post(&delete, json!({})).await?.granted()?;
    let heard = bob_socket.inbox().take("message_deleted").await?;
    expect(&heard, "message_id", message_id.as_str())?;
    ensure!(
        heard.get("deleted_by").is_none(),
        "the admin's name is told: {heard}"
    );
    stage
        .admin
        .rest
        .post(&delete, json!({}))
        .await?
        .refused_as("conflict")?;
    let after = stage.admin.rest.get(&one).await?.granted()?;
    expect(&after["report"], "decision", "deleted")?;
    ensure!(
        list(&after, "messages")?.is_empty(),
        "the texts are kept: {after}"
    );
    Ok(())
}

pub(super) async fn who_is_banned_cannot_be_added(stage: &Stage) -> Result<()> {
    let [ann, bob] = stage.people(["ann", "bob"]).await?;
    let room_id = ann.create_group("tea", &[&bob]).await?;
    let socket = stage.connect(&bob).await?;
    let ban = format!("/api/v1/rooms/{room_id}/bans/{}", bob.user_id);
    let reason = json!({ "reason": "noise" });
    bob.rest
        .put(&ban, reason.clone())
        .await?
        .refused_as("forbidden")?;
    ann.rest.put(&ban, reason).await?.granted()?;
    let heard = socket.inbox().take("member_updated").await?;
    expect(&heard, "state", "left")?;
    socket
        .send_group(&room_id, "hello?")
        .await?
        .refused_as("not_found")?;
    let members = format!("/api/v1/rooms/{room_id}/members");
    let add = json!({ "user_ids": [bob.user_id] });
    ann.rest
        .post(&members, add.clone())
        .await?
        .refused_as("conflict")?;
    let listed = ann
        .rest
        .get(&format!("/api/v1/rooms/{room_id}/bans"))
        .await?
        .granted()?;
    expect(&list(&listed, "bans")?[0], "reason", "noise")?;
    ann.rest.delete(&ban).await?.granted()?;
    ann.rest.post(&members, add).await?.granted()?;
    Ok(())
}

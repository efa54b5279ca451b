//! People who want to hear nothing from somebody, or to say less about themselves.

use anyhow::{Result, ensure};
use natter_tests::fields::{expect, list};
use natter_tests::rest::Outcome as _;
use serde_json::json;

use super::stage::{Stage, check_sent};

pub(super) async fn who_is_blocked_cannot_tell(stage: &Stage) -> Result<()> {
    let [ann, bob, eve] = stage.people(["ann", "bob", "eve"]).await?;
    let bobs_phone = bob.log_in(&stage.server).await?;
    let [ann_socket, bob_socket, phone] = stage
        .connect_all(&[ann.clone(), bob.clone(), bobs_phone])
        .await?;
    let block = format!("/api/v1/me/blocks/{}", ann.user_id);
    bob.rest.put(&block, json!({})).await?.granted()?;
    let heard = phone.inbox().take("block_changed").await?;
    expect(&heard, "user_id", ann.user_id.as_str())?;
    expect(&heard, "blocked", true)?;
    let blocks = bob.rest.get("/api/v1/me/blocks").await?.granted()?;
    ensure!(list(&blocks, "blocks")?.len() == 1, "{blocks}");
    let sent = ann_socket
        .send_private(&bob.user_id, "psst")
        .await?
        .granted()?;
    let (room_id, _) = check_sent(&sent)?;
    let typing = json!({ "room_id": room_id, "typing": true });
    ann_socket.emit("typing", typing).await?.granted()?;
    let room = ann.room(&room_id).await?;
    expect(&room, "peer_id", bob.user_id.as_str())?;
    expect(&room["watermarks"], "delivered_all_seq", 0)?;
    bob_socket
        .send_private(&ann.user_id, "hello")
        .await?
        .refused_as("forbidden")?;
    let path = format!("/api/v1/rooms/{room_id}");
    bob.rest.get(&path).await?.refused_as("not_found")?;

    bob.rest.delete(&block).await?.granted()?;
    let later = ann_socket
        .send_private(&bob.user_id, "again")
        .await?
        .granted()?;
    expect(&later, "seq", 2)?;
    // What comes first shows that nothing came before.
    let room = bob_socket.inbox().take("room_updated").await?;
    expect(&room, "room_id", room_id.as_str())?;
    let first = bob_socket.inbox().take("receive_private_message").await?;
    expect(&first, "body", "again")?;
    ensure!(bob_socket.inbox().count("typing") == 0, "typing was told");
    let history = bob.history_after(&room_id, 0).await?;
    ensure!(history.len() == 1, "{history:?}");
    ensure!(
        ann.history_after(&room_id, 0).await?.len() == 2,
        "the sender's own history"
    );

    let nobody = json!({ "who_may_write": "nobody" });
    let privacy = bob
        .rest
        .patch("/api/v1/me/privacy", nobody)
        .await?
        .granted()?;
    expect(&privacy, "read_receipts", true)?;
    let eve_socket = stage.connect(&eve).await?;
    eve_socket
        .send_private(&bob.user_id, "hello")
        .await?
        .refused_as("forbidden")?;
    ann_socket
        .send_private(&bob.user_id, "we know each other")
        .await?
        .granted()?;
    Ok(())
}

pub(super) async fn who_hides_reads_sees_none(stage: &Stage) -> Result<()> {
    let [ann, bob] = stage.people(["ann", "bob"]).await?;
    let [ann_socket, bob_socket] = stage.connect_all(&[ann.clone(), bob.clone()]).await?;
    let hide = json!({ "read_receipts": false });
    bob.rest
        .patch("/api/v1/me/privacy", hide)
        .await?
        .granted()?;
    let sent = ann_socket
        .send_private(&bob.user_id, "one")
        .await?
        .granted()?;
    let (room_id, _) = check_sent(&sent)?;
    bob_socket
        .update_status(&room_id, 1, "read")
        .await?
        .granted()?;
    let heard = ann_socket.inbox().take("message_status_update").await?;
    expect(&heard, "status", "delivered")?;
    let room = ann.room(&room_id).await?;
    expect(&room["watermarks"], "delivered_all_seq", 1)?;
    expect(&room["watermarks"], "read_all_seq", 0)?;
    bob_socket
        .send_private(&ann.user_id, "two")
        .await?
        .granted()?;
    ann_socket
        .update_status(&room_id, 2, "read")
        .await?
        .granted()?;
    let heard = bob_socket.inbox().take("message_status_update").await?;
    expect(&heard, "status", "delivered")
}

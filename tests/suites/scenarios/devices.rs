//! One person, two devices.

use std::time::Instant;

use anyhow::{Result, ensure};
use natter_tests::fields::{expect, list, text};
use natter_tests::people::new_client_msg_id;
use natter_tests::rest::Outcome as _;
use serde_json::json;

use super::stage::{CUT_WITHIN, Stage, check_message, check_sent};

pub(super) async fn a_senders_other_device_sees_the_message_with_its_client_id(
    stage: &Stage,
) -> Result<()> {
    let [ann, bob] = stage.people(["ann", "bob"]).await?;
    let ann_phone = ann.log_in(&stage.server).await?;
    let [desk, phone, bob_socket] = stage
        .connect_all(&[ann.clone(), ann_phone, bob.clone()])
        .await?;
    let client_msg_id = new_client_msg_id();
    let data =
        json!({ "to": bob.user_id, "client_msg_id": client_msg_id, "body": "from the desk" });
    let sent = desk.emit("send_private_message", data).await?.granted()?;
    let copy = phone.inbox().take("receive_private_message").await?;
    check_message(&copy, &sent, &ann, "from the desk")?;
    expect(&copy, "client_msg_id", client_msg_id)?;

    let answer = bob_socket
        .send_private(&ann.user_id, "to both")
        .await?
        .granted()?;
    check_message(
        &desk.inbox().take("receive_private_message").await?,
        &answer,
        &bob,
        "to both",
    )?;
    check_message(
        &phone.inbox().take("receive_private_message").await?,
        &answer,
        &bob,
        "to both",
    )?;
    ensure!(
        desk.inbox().count("receive_private_message") == 0,
        "the sender's own socket got its message back"
    );
    Ok(())
}

pub(super) async fn a_readers_other_device_hears_what_was_read(stage: &Stage) -> Result<()> {
    let [ann, bob] = stage.people(["ann", "bob"]).await?;
    let bob_phone = bob.log_in(&stage.server).await?;
    let [ann_socket, desk, phone] = stage.connect_all(&[ann, bob.clone(), bob_phone]).await?;
    let (room_id, _) = check_sent(
        &ann_socket
            .send_private(&bob.user_id, "one")
            .await?
            .granted()?,
    )?;
    desk.update_status(&room_id, 1, "read").await?.granted()?;
    for socket in [&phone, &ann_socket] {
        let heard = socket.inbox().take("message_status_update").await?;
        expect(&heard, "user_id", bob.user_id.as_str())?;
        expect(&heard, "status", "read")?;
        expect(&heard, "up_to_seq", 1)?;
    }
    // The watermark is the maximum over the devices.
    let own = phone
        .update_status(&room_id, 1, "delivered")
        .await?
        .granted()?;
    expect(&own, "read_seq", 1)
}

pub(super) async fn a_revoked_device_is_cut_and_the_others_stay(stage: &Stage) -> Result<()> {
    let [ann] = stage.people(["ann"]).await?;
    let phone = ann.log_in(&stage.server).await?;
    let tablet = ann.log_in(&stage.server).await?;
    let [desk_socket, phone_socket, tablet_socket] = stage
        .connect_all(&[ann.clone(), phone.clone(), tablet.clone()])
        .await?;
    let listed = ann.rest.get("/api/v1/me/devices").await?.granted()?;
    let devices = list(&listed, "devices")?;
    ensure!(devices.len() == 3, "{listed}");
    ensure!(
        devices.iter().all(|it| it["is_connected"] == true),
        "{listed}"
    );
    let this = devices.iter().filter(|it| it["is_this_one"] == true);
    ensure!(this.count() == 1, "{listed}");
    // Newest first.
    let path = format!("/api/v1/me/devices/{}", text(&devices[1], "device_id")?);
    let name = json!({ "name": "Pocket" });
    ann.rest.patch(&path, name).await?.granted()?;
    let asked_at = Instant::now();
    ann.rest.delete(&path).await?.granted()?;
    stage.check_closed(&phone_socket.inbox().closed().await?, 4002, "revoked")?;
    ensure!(
        asked_at.elapsed() < CUT_WITHIN,
        "cut after {:?}",
        asked_at.elapsed()
    );
    phone
        .rest
        .get("/api/v1/me")
        .await?
        .refused_as("unauthenticated")?;
    ann.rest.delete(&path).await?.refused_as("not_found")?;
    let others = ann.rest.delete("/api/v1/me/devices").await?.granted()?;
    expect(&others, "revoked", 1)?;
    stage.check_closed(&tablet_socket.inbox().closed().await?, 4002, "revoked")?;
    ensure!(
        desk_socket.inbox().closed_now().is_none(),
        "the device that asks"
    );
    Ok(())
}

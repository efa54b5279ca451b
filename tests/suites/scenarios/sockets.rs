//! The socket itself: its carrier, its first event, the handshake, the order of events.

use anyhow::{Result, ensure};
use futures_util::future::try_join_all;
use natter_tests::client::{Client, Transport};
use natter_tests::fields::{expect, number, numbers};
use natter_tests::people::new_client_msg_id;
use natter_tests::rest::Outcome as _;
use serde_json::{Value, json};

use super::stage::{Stage, check_sent};

/// Events sent without waiting for answers.
const PIPELINED: i64 = 30;

pub(super) async fn the_transport_is_the_one_asked_for(stage: &Stage) -> Result<()> {
    let [ann, bob] = stage.people(["ann", "bob"]).await?;
    let [ann_socket, bob_socket] = stage.connect_all(&[ann, bob.clone()]).await?;
    let wanted = stage.transport.settles_on();
    let carrier = ann_socket.carrier(wanted).await?;
    ensure!(carrier == wanted, "carried by {carrier}, expected {wanted}");
    ann_socket
        .send_private(&bob.user_id, "after the upgrade")
        .await?
        .granted()?;
    bob_socket.inbox().take("receive_private_message").await?;
    ensure!(
        ann_socket.carrier(wanted).await? == wanted,
        "the carrier changed"
    );
    Ok(())
}

pub(super) async fn nothing_works_before_register_user(stage: &Stage) -> Result<()> {
    let [ann, bob] = stage.people(["ann", "bob"]).await?;
    let socket = Client::connect(&stage.drivers, &stage.server, stage.transport, None).await?;
    socket
        .send_private(&bob.user_id, "who am I?")
        .await?
        .refused_as("unauthenticated")?;
    socket
        .emit("sync", json!({ "user_rev": 0, "rooms": [] }))
        .await?
        .refused_as("unauthenticated")?;
    socket
        .emit("register_user", json!({ "token": "no token of yours" }))
        .await?
        .refused_as("unauthenticated")?;
    socket
        .emit("register_user", json!({}))
        .await?
        .refused_as("invalid_payload")?;
    let registered = socket
        .emit("register_user", json!({ "token": ann.token }))
        .await?
        .granted()?;
    expect(&registered["user"], "username", ann.username.as_str())?;
    for field in ["device_id", "session_id", "expires_at"] {
        ensure!(
            registered[field].is_string(),
            "no `{field}` in {registered}"
        );
    }
    ensure!(
        number(&registered, "user_rev")? == number(&registered["user"], "user_rev")?,
        "two user_revs: {registered}"
    );
    check_sent(
        &socket
            .send_private(&bob.user_id, "now it works")
            .await?
            .granted()?,
    )?;
    Ok(())
}

/// Socket.IO sends the token in its handshake; `/ws` has no handshake of its own, its first event does the same.
pub(super) async fn the_handshake_may_carry_the_token(stage: &Stage) -> Result<()> {
    let [ann] = stage.people(["ann"]).await?;
    let socket = if stage.transport == Transport::PlainWebSocket {
        stage.connect(&ann).await?
    } else {
        let refused = Client::connect(
            &stage.drivers,
            &stage.server,
            stage.transport,
            Some("not a token"),
        )
        .await;
        let error = refused
            .err()
            .map(|error| format!("{error:#}"))
            .unwrap_or_default();
        ensure!(
            error.contains("\"unauthenticated\""),
            "a bad token must be a connect_error with its code: {error:?}"
        );
        let socket = Client::connect(
            &stage.drivers,
            &stage.server,
            stage.transport,
            Some(&ann.token),
        )
        .await?;
        let registered = socket.inbox().take("registered").await?;
        expect(&registered["user"], "user_id", ann.user_id.as_str())?;
        socket
    };
    let answer = socket
        .emit("sync", json!({ "user_rev": 0, "rooms": [] }))
        .await?
        .granted()?;
    expect(&answer, "rooms", json!([]))
}

/// Many sends without waiting: their places and their pushes are in the order of sending.
pub(super) async fn events_of_a_socket_are_handled_in_their_order(stage: &Stage) -> Result<()> {
    let people = stage.people(["ann", "bob"]).await?;
    let group = people[0].create_group("order", &[&people[1]]).await?;
    let [ann_socket, bob_socket] = stage.connect_all(&people).await?;
    let mut answers = Vec::new();
    for at in 0..PIPELINED {
        let data = json!({ "room_id": group, "client_msg_id": new_client_msg_id(), "body": at.to_string() });
        answers.push(ann_socket.start("send_group_message", data).await?);
    }
    let answers = try_join_all(answers).await?;
    let sent = answers
        .into_iter()
        .map(natter_tests::rest::Outcome::granted)
        .collect::<Result<Vec<Value>>>()?;
    let seqs = numbers(&sent, "seq")?;
    ensure!(
        seqs == (1..=PIPELINED).collect::<Vec<_>>(),
        "places of pipelined messages: {seqs:?}"
    );
    for seq in 1..=PIPELINED {
        let received = bob_socket.inbox().take("receive_group_message").await?;
        expect(&received, "seq", seq)?;
        expect(&received, "body", (seq - 1).to_string())?;
    }
    Ok(())
}

//! Socket.IO v5: namespaces, events, acks, and what closes a connection.

use std::time::{Duration, Instant};

use super::link::{Server, Socket};

async fn opened() -> Socket {
    Server::patient("/socket.io/").await.open_websocket().await
}

/// Joins a namespace: checks the answer, and gives the event that tells which auth came.
async fn join(socket: &mut Socket, connect: &str, prefix: &str) -> String {
    socket.send(connect).await;
    let answer = socket.text().await;
    let handshake = answer
        .strip_prefix(prefix)
        .unwrap_or_else(|| panic!("{answer}"));
    let handshake: serde_json::Value = serde_json::from_str(handshake).expect("JSON");
    assert!(
        handshake["sid"].is_string()
            && handshake
                .as_object()
                .is_some_and(|object| object.len() == 1)
    );
    socket.text().await
}

async fn connected() -> Socket {
    let mut socket = opened().await;
    join(&mut socket, "40", "40").await;
    socket
}

async fn check_joins(connect: &str, prefix: &str, auth_event: &str) {
    assert_eq!(join(&mut opened().await, connect, prefix).await, auth_event);
}

async fn check_closes(mut socket: Socket, packet: &str) {
    socket.send(packet).await;
    assert_eq!(socket.ended().await, Some(1002));
}

#[tokio::test]
async fn main_namespace_lets_in() {
    check_joins("40", "40", r#"42["auth",{}]"#).await;
}

#[tokio::test]
async fn main_namespace_gets_the_auth() {
    check_joins(
        r#"40{"token":"123"}"#,
        "40",
        r#"42["auth",{"token":"123"}]"#,
    )
    .await;
}

#[tokio::test]
async fn custom_namespace_lets_in() {
    check_joins("40/custom,", "40/custom,", r#"42/custom,["auth",{}]"#).await;
}

#[tokio::test]
async fn custom_namespace_gets_the_auth() {
    check_joins(
        r#"40/custom,{"token":"abc"}"#,
        "40/custom,",
        r#"42/custom,["auth",{"token":"abc"}]"#,
    )
    .await;
}

#[tokio::test]
async fn unknown_namespace_is_refused() {
    let mut socket = opened().await;
    socket.send("40/random").await;
    assert_eq!(
        socket.text().await,
        r#"44/random,{"message":"Invalid namespace"}"#
    );
}

#[tokio::test]
async fn invalid_handshake_closes() {
    check_closes(opened().await, "4abc").await;
}

#[tokio::test]
async fn no_connect_in_time_closes() {
    let started = Instant::now();
    let mut socket = opened().await;
    assert_eq!(socket.ended().await, Some(1002));
    assert!(started.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn leaving_the_main_namespace_keeps_the_connection() {
    let mut socket = connected().await;
    socket.send("41").await;
    assert_eq!(join(&mut socket, "40", "40").await, r#"42["auth",{}]"#);
}

#[tokio::test]
async fn leaving_a_custom_namespace_keeps_the_main_one() {
    let mut socket = connected().await;
    join(&mut socket, "40/custom", "40/custom,").await;
    socket.send("41/custom").await;
    socket
        .send(r#"42["message","message to main namespace"]"#)
        .await;
    assert_eq!(
        socket.text().await,
        r#"42["message-back","message to main namespace"]"#
    );
}

#[tokio::test]
async fn text_event() {
    let mut socket = connected().await;
    socket.send(r#"42["message",1,"2",{"3":[true]}]"#).await;
    assert_eq!(
        socket.text().await,
        r#"42["message-back",1,"2",{"3":[true]}]"#
    );
}

#[tokio::test]
async fn binary_event() {
    let mut socket = connected().await;
    socket
        .send(r#"452-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#)
        .await;
    socket.send_bytes(&[1, 2, 3]).await;
    socket.send_bytes(&[4, 5, 6]).await;
    let expected =
        r#"452-["message-back",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#;
    assert_eq!(socket.text().await, expected);
    assert_eq!(socket.bytes().await, &[1, 2, 3][..]);
    assert_eq!(socket.bytes().await, &[4, 5, 6][..]);
}

#[tokio::test]
async fn text_event_with_ack() {
    let mut socket = connected().await;
    socket
        .send(r#"42456["message-with-ack",1,"2",{"3":[false]}]"#)
        .await;
    assert_eq!(socket.text().await, r#"43456[1,"2",{"3":[false]}]"#);
}

#[tokio::test]
async fn binary_event_with_ack() {
    let mut socket = connected().await;
    socket
        .send(r#"452-789["message-with-ack",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#)
        .await;
    socket.send_bytes(&[1, 2, 3]).await;
    socket.send_bytes(&[4, 5, 6]).await;
    let expected = r#"462-789[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#;
    assert_eq!(socket.text().await, expected);
    assert_eq!(socket.bytes().await, &[1, 2, 3][..]);
    assert_eq!(socket.bytes().await, &[4, 5, 6][..]);
}

#[tokio::test]
async fn unknown_packet_type_closes() {
    check_closes(connected().await, "4abc").await;
}

#[tokio::test]
async fn payload_that_is_no_array_closes() {
    check_closes(connected().await, "42{}").await;
}

#[tokio::test]
async fn ack_id_that_is_no_number_closes() {
    check_closes(
        connected().await,
        r#"42abc["message-with-ack",1,"2",{"3":[false]}]"#,
    )
    .await;
}

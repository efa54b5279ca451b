//! Engine.IO v4: handshake, heartbeat, close and upgrade. Each case runs on `/engine.io/` and on `/socket.io/`.

use std::time::{Duration, Instant};

use reqwest::Method;
use tokio_tungstenite::tungstenite::Error;

use super::link::{Server, answer};

const INTERVAL: Duration = Duration::from_millis(300);
const TIMEOUT: Duration = Duration::from_millis(200);

fn check_open_packet(packet: &str, upgrades: &[&str]) {
    assert_eq!(&packet[..1], "0");
    let open: serde_json::Value = serde_json::from_str(&packet[1..]).expect("JSON");
    assert!(open["sid"].as_str().is_some_and(|sid| !sid.is_empty()));
    let expected = serde_json::json!({
        "sid": open["sid"], "upgrades": upgrades, "pingInterval": 300, "pingTimeout": 200, "maxPayload": 1_000_000,
    });
    assert_eq!(open, expected);
}

pub(crate) async fn polling_opens_a_session(path: &'static str) {
    let (status, body) = Server::hasty(path)
        .await
        .get("EIO=4&transport=polling")
        .await;
    assert_eq!(status, 200);
    check_open_packet(&body, &["websocket"]);
}

pub(crate) async fn polling_needs_version_4(path: &'static str) {
    let server = Server::hasty(path).await;
    for query in [
        "transport=polling",
        "EIO=abc&transport=polling",
        "EIO=3&transport=polling",
    ] {
        assert_eq!(server.get(query).await.0, 400, "{query}");
    }
}

pub(crate) async fn polling_needs_a_known_transport(path: &'static str) {
    let server = Server::hasty(path).await;
    for query in ["EIO=4", "EIO=4&transport=abc"] {
        assert_eq!(server.get(query).await.0, 400, "{query}");
    }
}

pub(crate) async fn polling_opens_with_get(path: &'static str) {
    let server = Server::hasty(path).await;
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        let (status, _) = answer(server.request(method.clone(), "EIO=4&transport=polling")).await;
        assert_eq!(status, 400, "{method}");
    }
}

pub(crate) async fn websocket_opens_a_session(path: &'static str) {
    let server = Server::hasty(path).await;
    let mut socket = server
        .websocket("EIO=4&transport=websocket")
        .await
        .expect("a connection");
    check_open_packet(&socket.text().await, &[]);
}

async fn check_refused(path: &'static str, query: &str) {
    match Server::hasty(path).await.websocket(query).await.map(|_| ()) {
        Err(Error::Http(response)) => assert_eq!(response.status(), 400, "{query}"),
        other => panic!("{query}: {other:?}"),
    }
}

pub(crate) async fn websocket_needs_version_4(path: &'static str) {
    check_refused(path, "transport=websocket").await;
    check_refused(path, "EIO=abc&transport=websocket").await;
}

pub(crate) async fn websocket_needs_a_known_transport(path: &'static str) {
    check_refused(path, "EIO=4").await;
    check_refused(path, "EIO=4&transport=abc").await;
}

pub(crate) async fn polling_pings_and_takes_pongs(path: &'static str) {
    let server = Server::hasty(path).await;
    let session = server.open().await;
    for _ in 0..3 {
        assert_eq!(session.poll().await, (200, "2".to_owned()));
        assert_eq!(session.post("3").await, (200, "ok".to_owned()));
    }
}

pub(crate) async fn polling_ends_without_pong(path: &'static str) {
    let server = Server::hasty(path).await;
    let session = server.open().await;
    tokio::time::sleep(INTERVAL + TIMEOUT).await;
    assert_eq!(session.poll().await.0, 400);
}

pub(crate) async fn websocket_pings_and_takes_pongs(path: &'static str) {
    // Socket.IO would miss its CONNECT after a second; three pings come before.
    let mut socket = Server::hasty(path).await.open_websocket().await;
    for _ in 0..3 {
        assert_eq!(socket.text().await, "2");
        socket.send("3").await;
    }
}

pub(crate) async fn websocket_ends_without_pong(path: &'static str) {
    let mut socket = Server::hasty(path).await.open_websocket().await;
    let opened = Instant::now();
    assert_eq!(socket.text().await, "2");
    socket.ended().await;
    assert!(
        opened.elapsed() >= INTERVAL + TIMEOUT - Duration::from_millis(50),
        "{:?}",
        opened.elapsed()
    );
}

pub(crate) async fn polling_close_packet_ends_the_session(path: &'static str) {
    let server = Server::patient(path).await;
    let session = server.open().await;
    let (polled, posted) = tokio::join!(session.poll(), session.post("1"));
    assert_eq!(polled, (200, "6".to_owned()));
    assert_eq!(posted, (200, "ok".to_owned()));
    assert_eq!(session.poll().await.0, 400);
}

pub(crate) async fn websocket_close_packet_ends_the_session(path: &'static str) {
    let mut socket = Server::patient(path).await.open_websocket().await;
    socket.send("1").await;
    socket.ended().await;
}

pub(crate) async fn upgrade_moves_the_session(path: &'static str) {
    let server = Server::patient(path).await;
    let session = server.open().await;
    let mut socket = session.probe().await;
    assert_eq!(
        session.poll().await,
        (200, "6".to_owned()),
        "a poll is released"
    );
    socket.send("5").await;
    // An echo on one path, the answer to a CONNECT on the other.
    socket.send("40").await;
    assert!(socket.text().await.starts_with("40"));
}

pub(crate) async fn requests_after_the_upgrade_are_refused(path: &'static str) {
    let server = Server::patient(path).await;
    let session = server.open().await;
    let mut socket = session.probe().await;
    socket.send("5").await;
    assert_eq!(session.poll().await.0, 400);
    assert_eq!(session.post("40").await.0, 400);
    socket.send("40").await;
    assert!(socket.text().await.starts_with("40"));
}

pub(crate) async fn second_websocket_after_the_upgrade_is_closed(path: &'static str) {
    let server = Server::patient(path).await;
    let session = server.open().await;
    let mut socket = session.probe().await;
    socket.send("5").await;
    let mut second = server
        .websocket(&session.query("websocket"))
        .await
        .expect("a connection");
    second.ended().await;
    socket.send("40").await;
    assert!(socket.text().await.starts_with("40"));
}

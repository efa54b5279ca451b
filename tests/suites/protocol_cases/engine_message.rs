//! Engine.IO v4: messages, over both transports.

use super::link::Server;

async fn server() -> Server {
    Server::patient("/engine.io/").await
}

async fn check_echo(body: &str) {
    let server = server().await;
    let session = server.open().await;
    assert_eq!(session.post(body.to_owned()).await, (200, "ok".to_owned()));
    // The echo may come in several polls.
    let mut echoed = String::new();
    while echoed.len() < body.len() {
        let (status, part) = session.poll().await;
        assert_eq!(status, 200);
        if !echoed.is_empty() {
            echoed.push('\u{1e}');
        }
        echoed += &part;
    }
    assert_eq!(echoed, body);
}

#[tokio::test]
async fn polling_carries_a_text_packet() {
    check_echo("4hello").await;
}

#[tokio::test]
async fn polling_carries_several_text_packets() {
    check_echo("4test1\u{1e}4test2\u{1e}4test3").await;
}

#[tokio::test]
async fn polling_carries_text_and_bytes() {
    check_echo("4hello\u{1e}bAQIDBA==").await;
}

#[tokio::test]
async fn polling_ends_upon_an_invalid_packet() {
    let server = server().await;
    let session = server.open().await;
    assert_eq!(session.post("abc").await.0, 400);
    assert_eq!(session.poll().await.0, 400);
}

#[tokio::test]
async fn polling_ends_upon_two_polls_at_once() {
    let server = server().await;
    let session = server.open().await;
    let (first, second) = tokio::join!(session.poll(), session.poll());
    // Which of them came first is not ours to say.
    let (mut answered, mut refused) = (first, second);
    if answered.0 != 200 {
        std::mem::swap(&mut answered, &mut refused);
    }
    assert_eq!(answered, (200, "1".to_owned()));
    assert_eq!(refused.0, 400);
    assert_eq!(session.poll().await.0, 400);
}

#[tokio::test]
async fn polling_ends_upon_a_cancelled_poll() {
    let server = server().await;
    let session = server.open().await;
    // The server has read the request once it has answered another that was sent behind it; here, time is all there is.
    let cancelled =
        tokio::time::timeout(std::time::Duration::from_millis(100), session.poll()).await;
    assert!(cancelled.is_err());
    assert_eq!(session.poll().await.0, 400);
}

#[tokio::test]
async fn websocket_carries_a_text_packet() {
    let mut socket = server().await.open_websocket().await;
    socket.send("4hello").await;
    assert_eq!(socket.text().await, "4hello");
}

#[tokio::test]
async fn websocket_carries_a_binary_packet() {
    let mut socket = server().await.open_websocket().await;
    socket.send_bytes(&[1, 2, 3, 4]).await;
    assert_eq!(socket.bytes().await, &[1, 2, 3, 4][..]);
}

#[tokio::test]
async fn websocket_ends_upon_an_invalid_packet() {
    let mut socket = server().await.open_websocket().await;
    socket.send("abc").await;
    assert_eq!(socket.ended().await, Some(1002));
}

//! What the official suites leave out: the order of things around an upgrade, and bodies that are not what they should be.

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::link::{Polling, Server};

async fn server() -> Server {
    Server::patient("/engine.io/").await
}

#[tokio::test]
async fn a_pending_poll_is_released_by_the_probe() {
    let server = server().await;
    let session = server.open().await;
    let (polled, mut socket) = tokio::join!(session.poll(), session.probe());
    assert_eq!(polled, (200, "6".to_owned()));
    socket.send("5").await;
    socket.send("4hello").await;
    assert_eq!(socket.text().await, "4hello");
}

#[tokio::test]
async fn messages_around_an_upgrade_arrive_once_and_in_order() {
    let server = server().await;
    let session = server.open().await;
    assert_eq!(session.post("41\u{1e}42").await.0, 200);
    let mut socket = session.probe().await;
    assert_eq!(
        session.post("43").await.0,
        200,
        "a client flushes before it upgrades"
    );
    socket.send("5").await;
    socket.send("44").await;
    for expected in ["41", "42", "43", "44"] {
        assert_eq!(socket.text().await, expected);
    }
}

#[tokio::test]
async fn a_probe_that_fails_leaves_polling_as_it_was() {
    let server = server().await;
    let session = server.open().await;
    let mut socket = session.probe().await;
    socket.send("4too early").await;
    socket.ended().await;
    assert_eq!(session.post("4hello").await.0, 200);
    assert_eq!(session.poll().await, (200, "4hello".to_owned()));
    let mut socket = session.probe().await;
    socket.send("5").await;
    socket.send("4again").await;
    assert_eq!(socket.text().await, "4again");
}

#[tokio::test]
async fn a_second_probe_at_the_same_time_is_closed() {
    let server = server().await;
    let session = server.open().await;
    let mut socket = session.probe().await;
    let mut second = server
        .websocket(&session.query("websocket"))
        .await
        .expect("a connection");
    second.ended().await;
    socket.send("5").await;
    socket.send("4hello").await;
    assert_eq!(socket.text().await, "4hello");
}

#[tokio::test]
async fn an_upgraded_session_keeps_its_heartbeat() {
    let server = Server::hasty("/engine.io/").await;
    let session = server.open().await;
    let mut socket = session.probe().await;
    socket.send("5").await;
    for _ in 0..3 {
        assert_eq!(socket.text().await, "2");
        socket.send("3").await;
    }
    socket.ended().await;
}

#[tokio::test]
async fn wrong_ids_are_refused() {
    let server = server().await;
    for query in [
        "EIO=4&transport=polling&sid=abc",
        "EIO=4&transport=polling&sid=",
    ] {
        assert_eq!(server.get(query).await.0, 400);
        assert_eq!(
            super::link::answer(server.request(reqwest::Method::POST, query))
                .await
                .0,
            400
        );
    }
    assert!(
        server
            .websocket("EIO=4&transport=websocket&sid=abc")
            .await
            .is_err()
    );
    assert_eq!(server.get("EIO=4&EIO=4&transport=polling").await.0, 400);
}

/// A body that ends the session, and the status that says so.
async fn check_ends(body: impl Into<reqwest::Body>, status: u16) {
    let server = server().await;
    let session = server.open().await;
    assert_eq!(session.post(body).await.0, status);
    assert_eq!(session.poll().await.0, 400);
}

#[tokio::test]
async fn bad_bodies_end_the_session() {
    check_ends("", 400).await;
    check_ends("4a\u{1e}", 400).await;
    check_ends("2", 400).await;
    check_ends("0{}", 400).await;
    check_ends("5", 400).await;
    check_ends(&b"4\xff\xfe"[..], 400).await;
    check_ends(vec![b'4'; 1_000_001], 413).await;
}

#[tokio::test]
async fn bytes_that_are_not_base64_end_the_session() {
    let server = server().await;
    let session = server.open().await;
    let (polled, posted) = tokio::join!(session.poll(), session.post("b!"));
    assert_eq!((polled, posted.0), ((200, "1".to_owned()), 200));
    assert_eq!(session.poll().await.0, 400);
}

#[tokio::test]
async fn the_largest_body_is_taken() {
    let server = server().await;
    let session = server.open().await;
    let body = "4".repeat(1_000_000);
    assert_eq!(session.post(body.clone()).await.0, 200);
    assert_eq!(session.poll().await, (200, body));
}

/// Begins a POST whose body does not come to its end.
async fn begin_post(server: &Server, session: &Polling) -> TcpStream {
    let mut stream = TcpStream::connect(server.addr).await.expect("a connection");
    let head = format!(
        "POST /engine.io/?{} HTTP/1.1\r\nhost: natter\r\ncontent-length: 9\r\n\r\n4a",
        session.query("polling")
    );
    stream.write_all(head.as_bytes()).await.expect("written");
    stream
}

#[tokio::test]
async fn two_posts_at_once_end_the_session() {
    let server = server().await;
    let session = server.open().await;
    let stream = begin_post(&server, &session).await;
    // Posts until one meets the other, which the server may not have read yet.
    while session.post("3").await.0 == 200 {}
    assert_eq!(session.poll().await.0, 400);
    drop(stream);
}

#[tokio::test]
async fn a_post_broken_off_ends_the_session() {
    let server = server().await;
    let session = server.open().await;
    let (polled, ()) = tokio::join!(session.poll(), async {
        drop(begin_post(&server, &session).await);
    });
    assert_eq!(polled.0, 400);
}

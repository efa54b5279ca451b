//! The plain WebSocket echo, as far as Autobahn is not at hand: messages, fragments, control frames, and errors with
//! their codes.

use bytes::Bytes;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::link::{Server, Socket};

async fn connected() -> Socket {
    Server::patient("/ws")
        .await
        .websocket("")
        .await
        .expect("a connection")
}

fn frame(bytes: &'static [u8], kind: Data, is_final: bool) -> Message {
    Message::Frame(Frame::message(
        Bytes::from_static(bytes),
        OpCode::Data(kind),
        is_final,
    ))
}

async fn check_closes(message: Message, code: u16) {
    let mut socket = connected().await;
    socket.send_message(message).await;
    assert_eq!(socket.ended().await, Some(code));
}

#[tokio::test]
async fn text_and_bytes_come_back() {
    let mut socket = connected().await;
    for text in ["", "hello", "κόσμε"] {
        socket.send(text).await;
        assert_eq!(socket.text().await, text);
    }
    socket.send_bytes(&[0, 255]).await;
    assert_eq!(socket.bytes().await, &[0, 255][..]);
}

#[tokio::test]
async fn fragments_are_joined_around_a_ping() {
    let mut socket = connected().await;
    socket.send_message(frame(b"he", Data::Text, false)).await;
    socket
        .send_message(Message::Ping(Bytes::from_static(b"p")))
        .await;
    socket
        .send_message(frame(b"llo", Data::Continue, true))
        .await;
    let pong = socket.next().await.expect("a frame").expect("well-formed");
    assert_eq!(pong, Message::Pong(Bytes::from_static(b"p")));
    assert_eq!(socket.text().await, "hello");
}

#[tokio::test]
async fn errors_are_told_by_code() {
    check_closes(frame(b"\xff\xfe", Data::Text, true), 1007).await;
    check_closes(frame(b"x", Data::Continue, true), 1002).await;
    check_closes(frame(b"x", Data::Reserved(3), true), 1002).await;
}

#[tokio::test]
async fn a_goodbye_is_answered() {
    for code in [1000, 1001, 3000, 4999] {
        check_closes(
            Message::Close(Some(CloseFrame {
                code: code.into(),
                reason: "bye".into(),
            })),
            code,
        )
        .await;
    }
    let mut socket = connected().await;
    socket.send_message(Message::Close(None)).await;
    assert_eq!(socket.ended().await, None);
}

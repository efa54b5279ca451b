//! `/ws`: frames that cannot be understood, and frames that are none.

use anyhow::{Context as _, Result, ensure};
use natter_tests::server::Settings;
use serde_json::{Value, json};

use super::raw::RawSocket;
use super::witness::Witness;

/// Over `limits.max_frame_bytes` (256 KiB by default).
const OVERSIZE_BYTES: usize = 300 * 1024;

/// Frames that are answered with one of these codes; the socket stays open.
fn answered() -> Vec<(String, &'static [&'static str])> {
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    let event = |event: &str, data: &str| format!(r#"{{"id":1,"event":"{event}","data":{data}}}"#);
    let bad: &[&str] = &["bad_frame"];
    let invalid: &[&str] = &["invalid_payload"];
    let either: &[&str] = &["bad_frame", "invalid_payload"];
    vec![
        (String::new(), bad),
        ("not JSON".to_owned(), bad),
        ("\u{0}".to_owned(), bad),
        ("42".to_owned(), bad),
        ("null".to_owned(), bad),
        ("[1,2]".to_owned(), bad),
        ("{\"id\":1".to_owned(), bad),
        ("{\"id\":1}".to_owned(), either),
        ("{\"id\":1,\"event\":5}".to_owned(), either),
        (
            "{\"id\":\"x\",\"event\":\"sync\",\"data\":{}}".to_owned(),
            either,
        ),
        (
            "{\"id\":-1,\"event\":\"sync\",\"data\":{}}".to_owned(),
            either,
        ),
        (
            "{\"id\":1.5,\"event\":\"sync\",\"data\":{}}".to_owned(),
            either,
        ),
        (
            "{\"id\":1e999,\"event\":\"sync\",\"data\":{}}".to_owned(),
            either,
        ),
        (deep.clone(), bad),
        (event("sync", &deep), either),
        (event("no_such_event", "{}"), &["unknown_event"]),
        (event("receive_private_message", "{}"), &["unknown_event"]),
        ("{\"id\":1,\"event\":\"sync\"}".to_owned(), invalid),
        (event("sync", "null"), invalid),
        (event("sync", "[]"), invalid),
        (event("sync", r#"{"user_rev":"x","rooms":[]}"#), invalid),
        (
            event(
                "sync",
                r#"{"user_rev":0,"rooms":[{"room_id":"x","rev":0}]}"#,
            ),
            invalid,
        ),
        (
            event("sync", r#"{"user_rev":0,"rooms":[],"limit":-1}"#),
            invalid,
        ),
        (
            event("sync", r#"{"user_rev":99999999999999999999999,"rooms":[]}"#),
            invalid,
        ),
        (event("typing", r#"{"room_id":5,"typing":"yes"}"#), invalid),
        (
            event(
                "send_private_message",
                r#"{"to":{},"client_msg_id":[],"body":1}"#,
            ),
            invalid,
        ),
        (
            event(
                "send_private_message",
                r#"{"to":"00000000-0000-0000-0000-000000000000","body":"\ud800"}"#,
            ),
            either,
        ),
        (
            event(
                "message_status_update",
                r#"{"room_id":"","up_to_seq":1e300,"status":null}"#,
            ),
            invalid,
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_that_cannot_be_understood_are_answered_by_code() -> Result<()> {
    let mut witness = Witness::arrive(Settings::open().unhurried()).await?;
    let mut socket = RawSocket::registered(&witness.server, &witness.ann.token).await?;
    for (frame, codes) in answered() {
        let shown: String = frame.chars().take(100).collect();
        socket.send(&frame).await?;
        let answer = next_answer(&mut socket)
            .await
            .with_context(|| shown.clone())?;
        ensure!(answer["ok"] == false, "{shown} was granted: {answer}");
        let code = answer["error"]["code"].as_str().unwrap_or_default();
        ensure!(
            codes.contains(&code),
            "{shown} is answered by {code}, expected one of {codes:?}"
        );
        ensure!(
            answer["reply_to"].is_null() || answer["reply_to"] == 1,
            "{shown} is answered as {answer}"
        );
    }
    socket
        .send(
            &json!({ "id": 2, "event": "sync", "data": { "user_rev": 0, "rooms": [] } })
                .to_string(),
        )
        .await?;
    let answer = socket.answer_to(2).await?;
    ensure!(
        answer["ok"] == true,
        "the socket is of no use any more: {answer}"
    );
    witness.testify().await
}

async fn next_answer(socket: &mut RawSocket) -> Result<Value> {
    let text = socket
        .next_where("an answer", |text| text.contains("\"reply_to\""))
        .await?;
    Ok(serde_json::from_str(&text)?)
}

/// What ends a socket: broken framing, each on a socket of its own.
#[tokio::test(flavor = "multi_thread")]
async fn broken_framing_closes_the_socket() -> Result<()> {
    let mut witness = Witness::arrive(Settings::open().unhurried()).await?;
    let huge_header = [
        0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4,
    ];
    let cases: &[(&str, &[u8])] = &[
        ("an unmasked frame", &[0x81, 0x01, b'x']),
        ("a reserved opcode", &[0x83, 0x80, 1, 2, 3, 4]),
        ("reserved bits", &[0xf1, 0x80, 1, 2, 3, 4]),
        ("a fragmented ping", &[0x09, 0x80, 1, 2, 3, 4]),
        ("a continuation of nothing", &[0x80, 0x80, 1, 2, 3, 4]),
        ("a frame of eight exabytes", &huge_header),
        ("no WebSocket at all", b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"),
    ];
    for (name, bytes) in cases {
        let mut socket = RawSocket::registered(&witness.server, &witness.ann.token).await?;
        socket.send_bytes(bytes).await?;
        socket
            .read_to_the_end()
            .await
            .with_context(|| (*name).to_owned())?;
    }
    let mut socket = RawSocket::registered(&witness.server, &witness.ann.token).await?;
    socket
        .send_as_text(vec![b'{', 0xff, 0xfe, 0xc0, b'}'])
        .await?;
    socket.read_to_the_end().await.context("invalid UTF-8")?;
    witness.testify().await
}

#[tokio::test(flavor = "multi_thread")]
async fn oversize_and_binary_frames_are_refused() -> Result<()> {
    let mut witness = Witness::arrive(Settings::open().unhurried()).await?;
    let body = "x".repeat(OVERSIZE_BYTES);
    let oversize = json!({ "id": 1, "event": "sync", "data": { "body": body } }).to_string();
    let mut socket = RawSocket::registered(&witness.server, &witness.ann.token).await?;
    socket.send(&oversize).await?;
    check_refused(
        &mut socket,
        "an oversize frame",
        &["too_large", "bad_frame"],
    )
    .await?;
    // Before the registration as well: a stranger must not cost more.
    let mut socket = RawSocket::plain(&witness.server).await?;
    socket.send(&oversize).await?;
    check_refused(
        &mut socket,
        "a stranger's oversize frame",
        &["too_large", "bad_frame", "unauthenticated"],
    )
    .await?;
    let mut socket = RawSocket::registered(&witness.server, &witness.ann.token).await?;
    socket.send_binary(vec![0, 1, 2, 255]).await?;
    check_refused(&mut socket, "a binary frame", &["bad_frame"]).await?;
    witness.testify().await
}

/// A typed error, or the end.
async fn check_refused(socket: &mut RawSocket, what: &str, codes: &[&str]) -> Result<()> {
    match natter_tests::deadline::within(what, socket.next()).await? {
        Ok(text) => {
            let answer: Value = serde_json::from_str(&text)?;
            let code = answer["error"]["code"].as_str().unwrap_or_default();
            ensure!(codes.contains(&code), "{what} is answered by {text}");
        }
        Err(end) => ensure!(
            end.code != Some(1000),
            "{what} ended the socket as if all were well: {end:?}"
        ),
    }
    Ok(())
}

//! Too much, too late, nothing at all: rate limits, and sockets that never say who they are or no longer answer.

use anyhow::{Result, ensure};
use natter_tests::server::Settings;
use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;

use super::polling::Polling;
use super::raw::{End, RawSocket};
use super::witness::Witness;

const ALLOWED_PER_SECOND: u64 = 20;
const BURST: u64 = 500;
/// What a `sync` counts.
const SYNC_PRICE: u64 = 10;

/// Enough to be told to wait, and then some.
const FLOOD: usize = 20_000;

/// An event whose attachment is still to come.
const BINARY_EVENT: &str = r#"451-["sync",{"_placeholder":true,"num":0}]"#;

/// Tokens that a session may be refused.
const REFUSED_TOKENS: usize = 5;

/// Packets of one long-polling body.
const PACKETS_PER_POST: usize = 100;

/// Several seconds' worth of what one socket can carry.
const PIPELINED_FLOOD: usize = 500_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_is_told_to_wait_and_then_cut() -> Result<()> {
    let settings = Settings::open().number("limits.events_per_second", ALLOWED_PER_SECOND);
    let mut witness = Witness::arrive(settings.number("limits.burst_events", BURST)).await?;
    let mut socket = RawSocket::registered(&witness.server, &witness.ann.token).await?;
    let (mut granted, mut told_to_wait) = (0_u64, 0_u64);
    let mut end = None;
    for id in 1..=FLOOD {
        let frame = format!(r#"{{"id":{id},"event":"sync","data":{{"user_rev":0,"rooms":[]}}}}"#);
        // A write fails once the server has closed the socket; what it said before that can still be read.
        let is_sent = socket.send(&frame).await.is_ok();
        match natter_tests::deadline::within("an answer or the end", socket.next()).await? {
            Ok(text) => {
                let answer: Value = serde_json::from_str(&text)?;
                if answer["ok"] == true {
                    granted += 1;
                } else {
                    ensure!(
                        answer["error"]["code"] == "rate_limited",
                        "answered {answer}"
                    );
                    ensure!(answer["error"]["retryable"] == true, "answered {answer}");
                    ensure!(
                        answer["error"]["retry_after_ms"].as_u64() > Some(0),
                        "no time to wait: {answer}"
                    );
                    told_to_wait += 1;
                }
            }
            Err(reason) => {
                end = Some(reason);
                break;
            }
        }
        ensure!(is_sent, "a write failed on a socket that still answers");
    }
    println!("flood: {granted} granted, {told_to_wait} told to wait, then {end:?}");
    ensure!(
        granted >= BURST / SYNC_PRICE - 1,
        "an honest burst was not granted: {granted} of {}",
        BURST / SYNC_PRICE
    );
    ensure!(told_to_wait > 0, "nobody was told to wait");
    let end = end.ok_or_else(|| anyhow::anyhow!("a flood of {FLOOD} events was not cut"))?;
    ensure!(
        end.code.is_none() || end.code == Some(4007),
        "cut as {end:?}"
    );
    witness.testify().await
}

/// The same with the limits that operators get, as fast as the socket takes it.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_is_cut_with_the_default_limits_too() -> Result<()> {
    let mut witness = Witness::arrive(Settings::open()).await?;
    for frame in [
        "not JSON",
        r#"{"event":"sync","data":{"user_rev":0,"rooms":[]}}"#,
    ] {
        let socket = RawSocket::registered(&witness.server, &witness.ann.token).await?;
        let (sent, end) = socket.pour(frame, PIPELINED_FLOOD).await?;
        println!("flood of {frame}: {sent} frames until the socket took no more, {end:?}");
        ensure!(
            sent < PIPELINED_FLOOD,
            "{PIPELINED_FLOOD} events in a row were not cut"
        );
        ensure_flood(&end)?;
    }
    witness.testify().await
}

/// Pings and pongs of the WebSocket itself, which no session reads.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_pings_is_cut() -> Result<()> {
    let mut witness = Witness::arrive(Settings::open()).await?;
    for frame in [
        Message::Ping(Vec::new().into()),
        Message::Pong(Vec::new().into()),
    ] {
        let socket = RawSocket::registered(&witness.server, &witness.ann.token).await?;
        let (sent, end) = socket.pour(frame.clone(), PIPELINED_FLOOD).await?;
        println!("flood of {frame:?}: {sent} frames until the socket took no more, {end:?}");
        ensure!(sent < PIPELINED_FLOOD, "a flood of {frame:?} was not cut");
        ensure_flood(&end)?;
    }
    witness.testify().await
}

/// An answer that nobody asked for, binary data, half a packet: they need no answer, and cost as much as what does.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_over_socket_io_is_cut_whatever_it_is_made_of() -> Result<()> {
    let mut witness = Witness::arrive(Settings::open()).await?;
    let (server, token) = (&witness.server, &witness.ann.token);
    // Acks; pongs, which only show life.
    for packet in ["430[{}]", "3"] {
        let socket = RawSocket::socket_io(server, token).await?;
        let (sent, end) = socket.pour(packet, PIPELINED_FLOOD).await?;
        println!("flood of {packet}: {sent} frames until the socket took no more, {end:?}");
        ensure!(sent < PIPELINED_FLOOD, "a flood of {packet} was not cut");
        ensure_flood(&end)?;
    }

    let mut socket = RawSocket::socket_io(server, token).await?;
    let mut sent = 0;
    while sent < FLOOD && socket.send(BINARY_EVENT).await.is_ok() {
        // A write that fails ends the loop at the next one.
        let _ = socket.send_binary(vec![0]).await;
        sent += 1;
    }
    let (_, end) = socket.read_to_the_end().await?;
    println!("flood of binary data: {sent} events, {end:?}");
    ensure_flood(&end)?;

    for packet in ["430[{}]", "3", &format!("{BINARY_EVENT}\u{1e}bAAAA")] {
        let session = Polling::connect(server, token).await?;
        let body = vec![packet; PACKETS_PER_POST].join("\u{1e}");
        let mut posts = 0;
        while posts < FLOOD / PACKETS_PER_POST && session.post(body.clone()).await? == 200 {
            posts += 1;
        }
        println!("flood of {packet} over polling: {posts} posts");
        ensure!(
            posts < FLOOD / PACKETS_PER_POST,
            "a flood of {packet} over polling was not cut"
        );
    }
    witness.testify().await
}

/// Each token costs a signature's check.
#[tokio::test(flavor = "multi_thread")]
async fn who_tries_one_token_after_another_is_cut() -> Result<()> {
    let mut witness = Witness::arrive(Settings::open()).await?;
    for (mut socket, attempt) in [
        (
            RawSocket::engine_io(&witness.server).await?,
            r#"40{"token":"x"}"#,
        ),
        (
            RawSocket::plain(&witness.server).await?,
            r#"{"id":1,"event":"register_user","data":{"token":"x"}}"#,
        ),
    ] {
        for _ in 0..REFUSED_TOKENS {
            socket.send(attempt).await?;
        }
        let (refusals, end) = socket.read_to_the_end().await?;
        ensure!(
            refusals == REFUSED_TOKENS,
            "{attempt} was refused {refusals} times"
        );
        ensure!(
            end.code == Some(4007) && end.reason == "flood",
            "{attempt}: cut as {end:?}"
        );
    }
    witness.testify().await
}

fn ensure_flood(end: &End) -> Result<()> {
    ensure!(
        end.code.is_none() || end.code == Some(4007),
        "cut as {end:?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_never_registers_is_cut() -> Result<()> {
    let mut witness =
        Witness::arrive(Settings::open().number("limits.register_timeout_s", 1)).await?;
    let mut socket = RawSocket::plain(&witness.server).await?;
    let (_, end) = socket.read_to_the_end().await?;
    ensure!(
        end.code == Some(4006) && end.reason == "register_timeout",
        "cut as {end:?}"
    );

    // Trying in vain does not gain time.
    let mut socket = RawSocket::plain(&witness.server).await?;
    socket
        .send(r#"{"id":1,"event":"register_user","data":{"token":"x"}}"#)
        .await?;
    let refused = socket.answer_to(1).await?;
    ensure!(
        refused["error"]["code"] == "unauthenticated",
        "answered {refused}"
    );
    let (_, end) = socket.read_to_the_end().await?;
    ensure!(end.code == Some(4006), "cut as {end:?}");

    let mut socket = RawSocket::engine_io(&witness.server).await?;
    socket.read_to_the_end().await?;
    witness.testify().await
}

/// A peer that vanished without closing answers no ping.
#[tokio::test(flavor = "multi_thread")]
async fn who_answers_no_ping_is_cut() -> Result<()> {
    let settings = Settings::open()
        .number("socket.ping_interval_ms", 300)
        .number("socket.ping_timeout_ms", 200);
    let mut witness = Witness::arrive(settings).await?;
    let mut silent = RawSocket::socket_io(&witness.server, &witness.ann.token).await?;
    // Reads the pings (text frames `2`) and answers none.
    let (pings, _) = silent.read_to_the_end().await?;
    ensure!(pings >= 1, "cut without a ping");
    witness.testify().await
}

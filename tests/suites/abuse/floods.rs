//! Too much, too late, nothing at all: rate limits, and sockets that never say who they are or no longer answer.

use anyhow::{Result, ensure};
use natter_tests::server::Settings;
use serde_json::Value;

use super::raw::RawSocket;
use super::witness::Witness;

const ALLOWED_PER_SECOND: u64 = 20;
const BURST: u64 = 50;

/// Enough to be told to wait, and then some.
const FLOOD: usize = 20_000;

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
        granted >= BURST - 1,
        "an honest burst of {BURST} was not granted: {granted}"
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
        ensure!(
            end.code.is_none() || end.code == Some(4007),
            "cut as {end:?}"
        );
    }
    witness.testify().await
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

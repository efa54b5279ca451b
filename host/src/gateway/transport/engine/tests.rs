//! Packets, decisions of the polling state, and both at random.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ws::Utf8Bytes;
use axum::http::Method;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::time::Instant;

use super::handshake::{Query, Refusal, Request};
use super::packet::{self, Packet, append_to_poll, check_poll, poll_len_bytes, split_poll};
use super::sid::Sid;
use super::state::{Deposit, Next, Pushed, State, Taken};
use crate::gateway::transport::{Closed, Payload};

fn body(text: &str) -> Taken {
    Taken::Body(text.to_owned())
}

fn push(state: &mut State, text: &str) {
    assert_eq!(
        state.push(&mut vec![Payload::text(text)], 1000),
        Pushed::All
    );
}

/// A session with a poll that waits.
fn polled() -> State {
    let mut state = State::new();
    state.start_poll(Instant::now()).expect("the only poll");
    assert_eq!(state.take(), Taken::Wait);
    state
}

#[test]
fn requests_are_told_apart() {
    let check = |method: &Method, transport: Option<&str>, sid: Option<&str>, expected| {
        let query = Query::new("4", transport, sid);
        assert_eq!(
            Request::parse(method, query),
            expected,
            "{method} {transport:?} {sid:?}"
        );
    };
    let sid = || Sid::claimed("a");
    check(
        &Method::GET,
        Some("polling"),
        None,
        Ok(Request::OpenPolling),
    );
    check(
        &Method::GET,
        Some("polling"),
        Some("a"),
        Ok(Request::Poll(sid())),
    );
    check(
        &Method::POST,
        Some("polling"),
        Some("a"),
        Ok(Request::Post(sid())),
    );
    check(&Method::GET, Some("websocket"), None, Ok(Request::OpenWs));
    check(
        &Method::GET,
        Some("websocket"),
        Some("a"),
        Ok(Request::Upgrade(sid())),
    );
    check(
        &Method::POST,
        Some("polling"),
        None,
        Err(Refusal::BadMethod),
    );
    check(
        &Method::POST,
        Some("websocket"),
        Some("a"),
        Err(Refusal::BadMethod),
    );
    check(
        &Method::OPTIONS,
        Some("polling"),
        Some("a"),
        Err(Refusal::BadMethod),
    );
    check(&Method::GET, None, None, Err(Refusal::UnknownTransport));
}

#[test]
fn bodies_split_into_packets() {
    let split = |text: &str| {
        let mut rest = Bytes::from(text.to_owned());
        let mut packets = Vec::new();
        while !rest.is_empty() {
            packets.push(split_poll(&mut rest));
        }
        packets
    };
    let message = |text: &str| Ok(Packet::Message(Payload::text(text)));
    assert_eq!(
        split("4a\u{1e}3\u{1e}4é"),
        [message("4a"), Ok(Packet::Pong), message("4é")]
    );
    assert_eq!(split("6\u{1e}1"), [Ok(Packet::Noop), Ok(Packet::Close)]);
    let bytes = Payload::Binary(Bytes::from_static(&[1, 2, 3, 4]));
    assert_eq!(split("bAQIDBA=="), [Ok(Packet::Message(bytes))]);
    assert!(split("b?")[0].is_err());
}

#[test]
fn bodies_are_checked_before_they_are_taken() {
    for good in ["4", "4a\u{1e}bAA==", "3", "1", "6"] {
        assert_eq!(check_poll(good), Ok(()), "{good:?}");
    }
    for bad in [
        "", "\u{1e}", "4a\u{1e}", "0{}", "2", "2probe", "5", "7", "abc", "é", "11",
    ] {
        assert!(
            matches!(check_poll(bad), Err(Closed::BadFraming(_))),
            "{bad:?}"
        );
    }
}

#[test]
fn a_body_is_as_long_as_foretold() {
    for payload in [
        Payload::text("4é"),
        Payload::Binary(Bytes::from_static(b"abcd")),
        Payload::Binary(Bytes::new()),
    ] {
        let mut body = String::new();
        append_to_poll(&mut body, &payload);
        assert_eq!(body.len(), poll_len_bytes(&payload));
    }
}

#[test]
fn one_poll_gets_everything_that_waits() {
    let mut state = polled();
    push(&mut state, "4a");
    push(&mut state, "4b");
    assert_eq!(state.take(), body("4a\u{1e}4b"));
    assert_eq!(state.take(), Taken::Wait);
}

#[test]
fn an_answer_has_no_more_packets_than_python_takes() {
    let mut state = State::new();
    for _ in 0..20 {
        push(&mut state, "4");
    }
    assert_eq!(state.take(), body(&["4"; 16].join("\u{1e}")));
    assert_eq!(state.take(), body(&["4"; 4].join("\u{1e}")));
    assert_eq!(state.take(), Taken::Wait);
}

#[test]
fn a_full_queue_takes_no_more() {
    let mut state = State::new();
    let mut batch = vec![Payload::text("4".repeat(600)); 3];
    assert_eq!(state.push(&mut batch, 1000), Pushed::Some);
    assert_eq!(batch.len(), 1);
    state.start_poll(Instant::now()).expect("the only poll");
    assert!(matches!(state.take(), Taken::Body(_)));
    assert_eq!(state.push(&mut batch, 1000), Pushed::All);
}

#[test]
fn the_second_poll_ends_both() {
    let mut state = polled();
    assert_eq!(state.start_poll(Instant::now()), Err(Refusal::BadRequest));
    assert_eq!(state.take(), body("1"));
    assert_eq!(state.take(), Taken::Gone);
    assert!(matches!(state.next(), Next::Ended(Closed::BadFraming(_))));
}

#[test]
fn what_was_posted_before_the_end_still_counts() {
    let mut state = polled();
    state.start_post(Instant::now()).expect("the only post");
    assert_eq!(
        state.deposit(&Utf8Bytes::from("4a\u{1e}1")),
        Ok(Deposit::Taken)
    );
    assert_eq!(state.deposit(&Utf8Bytes::from("4b")), Ok(Deposit::Full));
    assert_eq!(state.next(), Next::Payload(Payload::text("4a")));
    assert_eq!(state.next(), Next::Ended(Closed::ByPeer { code: 1000 }));
    state.kill();
    assert_eq!(state.take(), body("6"), "the poll that waits is let go");
    assert!(state.is_closed());
}

#[test]
fn a_kill_leaves_nothing() {
    let mut state = polled();
    push(&mut state, "4a");
    state.kill();
    assert_eq!(state.take(), Taken::Gone);
    assert_eq!(
        state.push(&mut vec![Payload::text("4b")], 1000),
        Pushed::Ended(Closed::Gone)
    );
}

#[test]
fn silence_is_noticed_by_whoever_looks_first() {
    let now = Instant::now();
    let mut state = State::new();
    state.push_ping(Some(now + Duration::from_secs(1)));
    assert_eq!(state.start_poll(now), Ok(()));
    state.finish_poll();
    assert_eq!(
        state.start_poll(now + Duration::from_secs(1)),
        Err(Refusal::UnknownSid)
    );
    assert_eq!(state.next(), Next::Ended(Closed::HeartbeatTimeout));
}

#[test]
fn an_upgrade_takes_the_queue_along() {
    let mut state = polled();
    assert!(state.start_probe());
    assert!(!state.start_probe());
    state.release_poll();
    assert_eq!(state.take(), body("6"));
    state.finish_poll();
    push(&mut state, "4a");
    assert!(state.finish_probe());
    assert_eq!(state.take(), Taken::Gone);
    assert_eq!(
        state.push(&mut vec![Payload::text("4b")], 1000),
        Pushed::Upgraded
    );
    assert_eq!(state.take_backlog(), [Payload::text("4a")]);
    assert_eq!(state.start_poll(Instant::now()), Err(Refusal::UnknownSid));
}

/// Requests and the task in any order: nothing panics, and what polls get is what was pushed, in order.
#[test]
fn decisions_at_random_keep_the_order() {
    let seed = std::env::var("NATTER_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or_else(rand::random);
    println!("NATTER_SEED={seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    for _ in 0..2000 {
        let mut state = State::new();
        let (mut pushed, mut fetched) = (String::new(), String::new());
        for step in 0..rng.random_range(1..60) {
            match rng.random_range(0..16) {
                0..4 => {
                    let text = format!("4{step}");
                    if state.push(&mut vec![Payload::text(text.as_str())], 100) == Pushed::All {
                        pushed += &text;
                    }
                }
                4..8 => {
                    if state.start_poll(Instant::now()).is_ok() {
                        if let Taken::Body(body) = state.take() {
                            fetched.extend(
                                body.split(packet::SEPARATOR)
                                    .filter(|packet| packet.starts_with('4')),
                            );
                        }
                        state.finish_poll();
                    }
                }
                8 => drop(state.start_probe()),
                9 => state.abandon_probe(),
                10 => state.release_poll(),
                11..14 => {
                    if state.start_post(Instant::now()).is_ok() {
                        let bodies = ["4a\u{1e}4b", "3", "6\u{1e}4c", "bAAA="];
                        drop(
                            state.deposit(&Utf8Bytes::from(
                                bodies[rng.random_range(0..bodies.len())],
                            )),
                        );
                        state.finish_post();
                    }
                }
                14 => drop(state.next()),
                _ => state.push_ping(None),
            }
        }
        assert!(
            pushed.starts_with(&fetched),
            "{fetched} is not the beginning of {pushed}"
        );
        match rng.random_range(0..3) {
            0 => state.kill(),
            1 => state.fail(Closed::InvalidUtf8),
            _ => state.abort_poll(),
        }
        assert_eq!(state.take(), Taken::Gone);
    }
}

/// Bytes at random, through everything that reads a client's text.
#[test]
fn no_body_panics() {
    let seed = std::env::var("NATTER_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or_else(rand::random);
    println!("NATTER_SEED={seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    const BYTES: &[u8] = b"0123456b=A\x1e\x1e\xc3\xa9";
    for _ in 0..50_000 {
        let bytes: Vec<u8> = (0..rng.random_range(0..20))
            .map(|_| BYTES[rng.random_range(0..BYTES.len())])
            .collect();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        drop(Packet::from_text(Utf8Bytes::from(text.as_str())));
        drop(check_poll(&text));
        let mut rest = Bytes::from(bytes);
        while !rest.is_empty() {
            drop(split_poll(&mut rest));
        }
    }
}

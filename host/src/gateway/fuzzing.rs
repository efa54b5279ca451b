//! The ways in for `tests/fuzz`: what reads bytes that clients chose. Compiled into fuzzing builds only.
//!
//! Rule: a target says more than "no panic" where more holds.

use std::time::{Duration, Instant};

use axum::extract::ws::Utf8Bytes;
use bytes::Bytes;

use super::{
    session::fuzzing as session,
    socketio::{Connection, ConnectionOptions, MAIN},
    transport::{Payload, fuzzing as transport},
};

/// Between the pieces of an input that is several payloads.
const BETWEEN: u8 = 0x1e;

/// A long-polling body: what is read is written again, and read the same.
pub fn polling_body(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    if let Some(payloads) = transport::payloads_of_poll(text) {
        let written = transport::poll_of(&payloads);
        if !payloads.is_empty() {
            assert_eq!(transport::payloads_of_poll(&written), Some(payloads));
        }
    }
}

/// The payloads of one Socket.IO connection, in order.
pub fn socket_io(input: &[u8]) {
    let options = ConnectionOptions {
        namespaces: &[MAIN],
        connect_timeout: Duration::from_secs(10),
        max_attachment_bytes: 4096,
    };
    let mut connection = Connection::new(options, Instant::now());
    for piece in input.split(|byte| *byte == BETWEEN) {
        // What is no text is an attachment.
        let payload = match Utf8Bytes::try_from(Bytes::copy_from_slice(piece)) {
            Ok(text) => Payload::Text(text),
            Err(_) => Payload::Binary(Bytes::copy_from_slice(piece)),
        };
        match connection.handle(payload) {
            Ok(Some(super::socketio::Incoming::Connect { namespace, .. })) => {
                connection.accept(namespace, "session");
            }
            Ok(_) => {}
            Err(_) => return,
        }
    }
}

/// A frame of `/ws`, and the event in it.
pub fn plain_frame(input: &[u8]) {
    if let Ok(text) = std::str::from_utf8(input) {
        session::plain_frame(text);
    }
}

/// The data of an event; the first line says of which.
pub fn event(input: &[u8]) {
    let (event, data) = named(input, super::session::CLIENT_EVENTS);
    if let Ok(data) = std::str::from_utf8(data) {
        session::event(event, data);
    }
}

/// The name in an input's first line, and what comes after it. A line that is none of the names stands for one of them all the same, so
/// that no input is wasted, and seeds need not know how many there are.
pub fn named<'a, 'b, Name: AsRef<str>>(input: &'a [u8], names: &'b [Name]) -> (&'b str, &'a [u8]) {
    let end = input.iter().position(|byte| *byte == b'\n');
    let (line, rest) = input.split_at(end.unwrap_or(input.len()));
    let mut all = names.iter().map(AsRef::as_ref);
    let any = line.iter().fold(0, |sum, byte| sum + usize::from(*byte)) % names.len();
    let name = all.clone().find(|it| it.as_bytes() == line);
    let name = name.or_else(|| all.nth(any));
    (name.expect("Invariant: there are names"), rest)
}

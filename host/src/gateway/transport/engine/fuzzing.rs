//! What `gateway::fuzzing` reaches of long-polling bodies.

use axum::body::Bytes;

use super::packet::{Packet, append_to_poll, check_poll, split_poll};
use crate::gateway::transport::Payload;

/// The messages of a body; none if it is no such body.
pub(in crate::gateway) fn payloads_of_poll(body: &str) -> Option<Vec<Payload>> {
    check_poll(body).ok()?;
    let mut rest = Bytes::copy_from_slice(body.as_bytes());
    let mut payloads = Vec::new();
    while !rest.is_empty() {
        match split_poll(&mut rest).ok()? {
            Packet::Message(payload) => payloads.push(payload),
            Packet::Pong | Packet::Noop | Packet::Close => {}
        }
    }
    Some(payloads)
}

/// A body of these messages.
pub(in crate::gateway) fn poll_of(payloads: &[Payload]) -> String {
    let mut body = String::new();
    for payload in payloads {
        append_to_poll(&mut body, payload);
    }
    body
}

//! The packets that a server writes, from JSON that is text already.
//!
//! Rule: one call, one payload, to be shared by all its receivers. JSON is taken as it is: the caller vouches for it.

use super::packet::{AckId, Kind, Packet};
use crate::gateway::transport::Payload;

/// An event with one argument.
#[must_use]
pub fn event(namespace: &str, name: &str, data_json: &str) -> Payload {
    encode(Kind::Event, namespace, None, &event_data(name, data_json))
}

/// An event with one argument whose answer will carry `id`.
#[must_use]
pub fn event_with_ack(namespace: &str, id: AckId, name: &str, data_json: &str) -> Payload {
    encode(
        Kind::Event,
        namespace,
        Some(id),
        &event_data(name, data_json),
    )
}

/// The answer to an event, with one argument.
#[must_use]
pub fn ack(namespace: &str, id: AckId, data_json: &str) -> Payload {
    encode(Kind::Ack, namespace, Some(id), &format!("[{data_json}]"))
}

/// The yes to a `CONNECT`.
#[must_use]
pub fn connect(namespace: &str, sid: &str) -> Payload {
    encode(
        Kind::Connect,
        namespace,
        None,
        &format!(r#"{{"sid":{}}}"#, json_string(sid)),
    )
}

/// The no to a `CONNECT`. The official clients show `message`, and `data` if there is one.
#[must_use]
pub fn connect_error(namespace: &str, message: &str, data_json: Option<&str>) -> Payload {
    let message = json_string(message);
    let data = match data_json {
        Some(data) => format!(r#"{{"message":{message},"data":{data}}}"#),
        None => format!(r#"{{"message":{message}}}"#),
    };
    encode(Kind::ConnectError, namespace, None, &data)
}

/// Puts the client out of a namespace.
#[must_use]
pub fn disconnect(namespace: &str) -> Payload {
    encode(Kind::Disconnect, namespace, None, "")
}

fn encode(kind: Kind, namespace: &str, id: Option<AckId>, data: &str) -> Payload {
    Packet {
        kind,
        namespace,
        id,
        data,
        attachments: 0,
    }
    .encode()
}

fn event_data(name: &str, data_json: &str) -> String {
    format!("[{},{data_json}]", json_string(name))
}

fn json_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

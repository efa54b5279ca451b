//! The two languages of a session: plain JSON frames, and Socket.IO packets. Both speak the same events.

use axum::extract::ws::Utf8Bytes;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::rate::price;
use crate::{
    delivery::{Encoding, Outbound},
    gateway::{
        error::ApiError,
        socketio::{self, AckId, Connection},
        transport::Payload,
    },
    model::ServerEvent,
};

/// Largest `id` of a plain frame: beyond it JavaScript's numbers are not exact.
const MAX_PLAIN_ID: u64 = (1 << 53) - 1;

/// How this session's payloads are to be read.
#[derive(Debug)]
pub(super) enum Codec {
    /// `/ws`.
    Plain,
    /// `/socket.io/`.
    SocketIo(Box<Connection>),
}

/// Where an answer goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AckTo {
    /// The client waits for none.
    Nobody,
    Plain(u64),
    SocketIo(AckId),
}

/// What a payload was.
#[derive(Debug)]
pub(super) enum Incoming {
    /// An event; parse it with `ClientEvent`.
    Event {
        ack_to: AckTo,
        name: String,
        data_json: String,
    },
    /// A Socket.IO client joins, perhaps with a token.
    Connect { token: Option<String> },
    /// A Socket.IO client leaves.
    Disconnect,
    /// Send this.
    Answer(Payload),
    /// Nothing to do.
    Nothing,
    /// The framing is lost: close.
    Broken,
}

impl Incoming {
    /// What it costs the client.
    pub(super) fn price(&self) -> u32 {
        match self {
            Self::Event { name, .. } => price(name),
            Self::Connect { token: Some(_) } => price("register_user"),
            _ => 1,
        }
    }
}

#[derive(Deserialize)]
struct PlainFrame<'a> {
    id: Option<u64>,
    event: Option<String>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Auth {
    token: Option<String>,
}

#[derive(Serialize)]
struct Success<T> {
    ok: bool,
    data: T,
}

#[derive(Serialize)]
struct Failure<'a> {
    ok: bool,
    error: &'a ApiError,
}

impl Codec {
    /// Reads a payload.
    pub(super) fn decode(&mut self, payload: Payload) -> Incoming {
        match self {
            Self::Plain => decode_plain(&payload),
            Self::SocketIo(connection) => match connection.handle(payload) {
                Ok(None) => Incoming::Nothing,
                Ok(Some(incoming)) => from_socket_io(incoming),
                Err(_) => Incoming::Broken,
            },
        }
    }

    /// The frame of a push.
    pub(super) fn push(&self, outbound: &Outbound) -> Payload {
        let encoding = match self {
            Self::Plain => Encoding::Plain,
            Self::SocketIo(_) => Encoding::SocketIo,
        };
        let frame = outbound.frame(encoding, |event| encode(encoding, event));
        // The bytes were a string when they were encoded.
        Payload::Text(Utf8Bytes::try_from(frame).unwrap_or_default())
    }

    /// The push `registered`, which answers a token given in the handshake.
    pub(super) fn registered(&self, data: &impl Serialize) -> Result<Payload, ApiError> {
        let data = to_json(data)?;
        Ok(match self {
            Self::Plain => Payload::text(format!(r#"{{"event":"registered","data":{data}}}"#)),
            Self::SocketIo(_) => socketio::event(socketio::MAIN, "registered", &data),
        })
    }
}

impl AckTo {
    /// The frame that answers; none if nobody waits.
    pub(super) fn answer<T: Serialize>(self, outcome: Result<T, ApiError>) -> Option<Payload> {
        let json = match outcome {
            Ok(data) => to_json(&Success { ok: true, data }),
            Err(error) => Err(error),
        };
        let json = json
            .or_else(|error| {
                to_json(&Failure {
                    ok: false,
                    error: &error,
                })
            })
            .ok()?;
        match self {
            Self::Nobody => None,
            // `{"reply_to":7,` takes the place of the object's opening brace.
            Self::Plain(id) => Some(Payload::text(format!(
                r#"{{"reply_to":{id},{}"#,
                &json[1..]
            ))),
            Self::SocketIo(id) => Some(socketio::ack(socketio::MAIN, id, &json)),
        }
    }
}

/// The answer to a plain frame that could not be read.
fn unreadable(error: &ApiError) -> Option<Payload> {
    let json = to_json(&Failure { ok: false, error }).ok()?;
    Some(Payload::text(format!(
        r#"{{"reply_to":null,{}"#,
        &json[1..]
    )))
}

fn decode_plain(payload: &Payload) -> Incoming {
    let unreadable =
        |error: ApiError| unreadable(&error).map_or(Incoming::Nothing, Incoming::Answer);
    let Payload::Text(text) = payload else {
        return unreadable(ApiError::bad_frame("binary frames are not understood"));
    };
    let frame: PlainFrame<'_> = match serde_json::from_str(text) {
        Ok(frame) => frame,
        Err(error) => return unreadable(ApiError::bad_frame(error.to_string())),
    };
    let (id, name) = match (frame.id, frame.event) {
        (Some(id), _) if id > MAX_PLAIN_ID => {
            return unreadable(ApiError::bad_frame("id is over 2^53 - 1"));
        }
        (_, None) => return unreadable(ApiError::bad_frame("missing field `event`")),
        (id, Some(name)) => (id, name),
    };
    Incoming::Event {
        ack_to: id.map_or(AckTo::Nobody, AckTo::Plain),
        name,
        data_json: frame.data.map_or("{}", RawValue::get).to_owned(),
    }
}

fn from_socket_io(incoming: socketio::Incoming) -> Incoming {
    match incoming {
        socketio::Incoming::Connect { auth, .. } => Incoming::Connect {
            token: auth
                .and_then(|auth| serde_json::from_str::<Auth>(auth.get()).ok())
                .and_then(|auth| auth.token),
        },
        socketio::Incoming::Disconnect { .. } => Incoming::Disconnect,
        socketio::Incoming::Answer(payload) => Incoming::Answer(payload),
        // The server asks for no acks.
        socketio::Incoming::Reply(_) => Incoming::Nothing,
        socketio::Incoming::Event(event) => {
            let ack_to = event.id.map_or(AckTo::Nobody, AckTo::SocketIo);
            if event.attachments.is_empty() {
                let data_json = event.args.get(0).unwrap_or("{}").to_owned();
                return Incoming::Event {
                    ack_to,
                    name: event.name,
                    data_json,
                };
            }
            let refusal = ApiError::invalid_payload("binary data is not understood");
            ack_to
                .answer::<()>(Err(refusal))
                .map_or(Incoming::Nothing, Incoming::Answer)
        }
    }
}

fn encode(encoding: Encoding, event: &ServerEvent) -> Bytes {
    // Serialising plain data to memory cannot fail; were it to, an empty frame harms nobody.
    let json = serde_json::to_string(event).unwrap_or_default();
    match encoding {
        Encoding::Plain => Bytes::from(json),
        Encoding::SocketIo => {
            let (name, data) = split(&json);
            match socketio::event(socketio::MAIN, name, data) {
                Payload::Text(text) => text.into(),
                Payload::Binary(bytes) => bytes,
            }
        }
    }
}

/// Takes `{"event":"NAME","data":DATA}` apart; serde writes an adjacently tagged enum in that order.
fn split(json: &str) -> (&str, &str) {
    json.strip_prefix(r#"{"event":""#)
        .and_then(|rest| rest.strip_suffix('}'))
        .and_then(|rest| rest.split_once(r#"","data":"#))
        .unwrap_or(("", "null"))
}

fn to_json(value: &impl Serialize) -> Result<String, ApiError> {
    serde_json::to_string(value).map_err(|error| ApiError::internal(&error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{RoomId, Typing, UserId};

    #[test]
    fn a_push_reads_the_same_in_both_languages() {
        let nil = uuid::Uuid::nil();
        let typing = Typing {
            room_id: RoomId(nil),
            user_id: UserId(nil),
            typing: true,
        };
        let event = ServerEvent::Typing(typing);
        let data = format!(r#"{{"room_id":"{nil}","user_id":"{nil}","typing":true}}"#);
        assert_eq!(
            encode(Encoding::Plain, &event),
            format!(r#"{{"event":"typing","data":{data}}}"#)
        );
        assert_eq!(
            encode(Encoding::SocketIo, &event),
            format!(r#"42["typing",{data}]"#)
        );
        assert_eq!(
            encode(Encoding::SocketIo, &ServerEvent::SyncRequired {}),
            r#"42["sync_required",{}]"#
        );
    }

    #[test]
    fn plain_frames_are_read_or_refused() {
        let check = |text: &str, expected: &str| {
            let said = match Codec::Plain.decode(Payload::text(text.to_owned())) {
                Incoming::Event {
                    ack_to,
                    name,
                    data_json,
                } => format!("{ack_to:?} {name} {data_json}"),
                Incoming::Answer(Payload::Text(text)) if text.contains(r#""code":"bad_frame""#) => {
                    "bad_frame".into()
                }
                other => format!("{other:?}"),
            };
            assert_eq!(said, expected, "{text}");
        };
        check(
            r#"{"id":7,"event":"sync","data":{"a":1}}"#,
            r#"Plain(7) sync {"a":1}"#,
        );
        check(r#"{"event":"sync"}"#, "Nobody sync {}");
        check(r#"{"id":1}"#, "bad_frame");
        check(r#"{"id":-1,"event":"sync"}"#, "bad_frame");
        check(r#"{"id":9007199254740992,"event":"sync"}"#, "bad_frame");
        check("[]", "bad_frame");
        check("", "bad_frame");
        check(&"[".repeat(100_000), "bad_frame");
        check(
            &format!(r#"{{"event":"sync","data":{}"#, "[".repeat(100_000)),
            "bad_frame",
        );
    }
}

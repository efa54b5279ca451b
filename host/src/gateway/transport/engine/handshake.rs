//! The query of an Engine.IO request, and the packet that opens a session (Engine.IO v4 §Handshake).

use axum::http::Method;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::sid::Sid;
use crate::gateway::transport::TransportOptions;

/// What a request wants.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::gateway::transport) enum Request {
    /// A new session that polls.
    OpenPolling,
    /// A new session over a WebSocket.
    OpenWs,
    /// What waits for the client.
    Poll(Sid),
    /// Packets from the client.
    Post(Sid),
    /// A WebSocket for a session that polls.
    Upgrade(Sid),
}

/// The query, as far as it matters. `t`, which defeats caches, does not.
#[derive(Debug, Default, Deserialize)]
pub(in crate::gateway::transport) struct Query {
    #[serde(rename = "EIO")]
    eio: Option<String>,
    transport: Option<String>,
    sid: Option<String>,
}

#[cfg(test)]
impl Query {
    pub(super) fn new(eio: &str, transport: Option<&str>, sid: Option<&str>) -> Self {
        let own = |text: &str| text.to_owned();
        Self {
            eio: Some(own(eio)),
            transport: transport.map(own),
            sid: sid.map(own),
        }
    }
}

impl Request {
    pub(in crate::gateway::transport) fn parse(
        method: &Method,
        query: Query,
    ) -> Result<Self, Refusal> {
        let is_websocket = match query.transport.as_deref() {
            Some("websocket") => true,
            Some("polling") => false,
            _ => return Err(Refusal::UnknownTransport),
        };
        if query.eio.as_deref() != Some("4") {
            return Err(Refusal::UnsupportedVersion);
        }
        match (is_websocket, method, query.sid.as_deref().map(Sid::claimed)) {
            (true, &Method::GET, None) => Ok(Self::OpenWs),
            (true, &Method::GET, Some(sid)) => Ok(Self::Upgrade(sid)),
            (false, &Method::GET, None) => Ok(Self::OpenPolling),
            (false, &Method::GET, Some(sid)) => Ok(Self::Poll(sid)),
            (false, &Method::POST, Some(sid)) => Ok(Self::Post(sid)),
            _ => Err(Refusal::BadMethod),
        }
    }
}

/// Why a request is refused; numbers and texts are those of the reference server, which clients show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gateway::transport) enum Refusal {
    /// `transport` is missing or unknown.
    UnknownTransport,
    /// There is no such session, or none any more.
    UnknownSid,
    /// A session begins with GET.
    BadMethod,
    /// The session cannot take this request.
    BadRequest,
    /// `EIO` is not 4.
    UnsupportedVersion,
    /// The body is over `maxPayload`.
    TooLarge,
    /// Too many sessions poll.
    Full,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, body) = match self {
            Self::UnknownTransport => (
                StatusCode::BAD_REQUEST,
                r#"{"code":0,"message":"Transport unknown"}"#,
            ),
            Self::UnknownSid => (
                StatusCode::BAD_REQUEST,
                r#"{"code":1,"message":"Session ID unknown"}"#,
            ),
            Self::BadMethod => (
                StatusCode::BAD_REQUEST,
                r#"{"code":2,"message":"Bad handshake method"}"#,
            ),
            Self::BadRequest => (
                StatusCode::BAD_REQUEST,
                r#"{"code":3,"message":"Bad request"}"#,
            ),
            Self::UnsupportedVersion => (
                StatusCode::BAD_REQUEST,
                r#"{"code":5,"message":"Unsupported protocol version"}"#,
            ),
            Self::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                r#"{"code":3,"message":"Bad request"}"#,
            ),
            Self::Full => (
                StatusCode::SERVICE_UNAVAILABLE,
                r#"{"code":4,"message":"Forbidden"}"#,
            ),
        };
        (status, [(CONTENT_TYPE, "application/json")], body).into_response()
    }
}

/// Whether the client may move on to a WebSocket.
#[derive(Clone, Copy, Debug)]
pub(super) enum Upgrades {
    ToWebSocket,
    None,
}

/// Writes the `open` packet.
pub(super) fn open_packet(sid: &Sid, upgrades: Upgrades, options: &TransportOptions) -> String {
    let upgrades = match upgrades {
        Upgrades::ToWebSocket => r#"["websocket"]"#,
        Upgrades::None => "[]",
    };
    format!(
        r#"0{{"sid":"{}","upgrades":{upgrades},"pingInterval":{},"pingTimeout":{},"maxPayload":{}}}"#,
        sid.as_str(),
        options.ping_interval.as_millis(),
        options.ping_timeout.as_millis(),
        options.max_frame_bytes,
    )
}

//! One interface to every client program: connect, emit, tell, and an inbox of what the server pushed.
//!
//! Rule: the same scenario runs unchanged on each [`Transport`]; what differs stays inside this module.

mod inbox;
mod script;
mod ws;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

pub use inbox::{Closed, Inbox, Push};
pub use script::Drivers;
use script::ScriptSocket;
use ws::WsSocket;

use crate::deadline::within;
use crate::people::new_client_msg_id;
use crate::rest::{Answer, Refusal};
use crate::server::Server;

/// A client program and the way that it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// `/ws` from Rust.
    PlainWebSocket,
    /// `socket.io-client` over HTTP polling.
    JsPolling,
    /// `socket.io-client` over WebSocket from the start.
    JsWebSocket,
    /// `socket.io-client` from polling to WebSocket.
    JsUpgrade,
    /// `python-socketio` over HTTP polling.
    PythonPolling,
    /// `python-socketio` over WebSocket from the start.
    PythonWebSocket,
    /// `python-socketio` from polling to WebSocket.
    PythonUpgrade,
}

impl Transport {
    /// Every one of them: the columns of the scenario table.
    pub const ALL: [Self; 7] = [
        Self::PlainWebSocket,
        Self::JsPolling,
        Self::JsWebSocket,
        Self::JsUpgrade,
        Self::PythonPolling,
        Self::PythonWebSocket,
        Self::PythonUpgrade,
    ];

    /// The `transports` option of a Socket.IO client.
    #[must_use]
    pub fn socket_io_option(self) -> &'static [&'static str] {
        match self {
            Self::PlainWebSocket => &[],
            Self::JsPolling | Self::PythonPolling => &["polling"],
            Self::JsWebSocket | Self::PythonWebSocket => &["websocket"],
            Self::JsUpgrade | Self::PythonUpgrade => &["polling", "websocket"],
        }
    }

    /// The socket was closed for this reason. Where the client program sees the close frame, it must be there; what
    /// upgrades may have been closed before it did, and `python-socketio` drops the reason.
    pub fn check_closed(self, closed: &Closed, code: u16, reason: &str) -> Result<()> {
        let starts_as_websocket = matches!(
            self,
            Self::PlainWebSocket | Self::JsWebSocket | Self::PythonWebSocket
        );
        let is_right = match closed.code {
            Some(seen) => seen == code,
            None => !starts_as_websocket,
        };
        let reason_is_right = closed.reason == reason
            || closed.code.is_none()
            || matches!(self, Self::PythonWebSocket | Self::PythonUpgrade);
        ensure!(
            is_right && reason_is_right,
            "{self:?} should be closed with {code} {reason}: {closed:?}"
        );
        Ok(())
    }

    /// What carries the events in the end.
    #[must_use]
    pub fn settles_on(self) -> &'static str {
        match self {
            Self::JsPolling | Self::PythonPolling => "polling",
            _ => "websocket",
        }
    }
}

/// One live socket.
#[derive(Debug)]
pub enum Client {
    /// A plain WebSocket of this process.
    Ws(WsSocket),
    /// A Socket.IO connection within a client program.
    Script(ScriptSocket),
}

impl Client {
    /// Opens a socket. With a token, Socket.IO sends it in the handshake; a refusal there is an error that names its code.
    pub async fn connect(
        drivers: &Drivers,
        server: &Server,
        transport: Transport,
        token: Option<&str>,
    ) -> Result<Self> {
        let what = format!("{transport:?} to connect");
        match transport {
            Transport::PlainWebSocket => {
                ensure!(token.is_none(), "`/ws` has no token in its handshake");
                Ok(Self::Ws(within(&what, WsSocket::connect(server)).await??))
            }
            _ => {
                let auth = token.map(|token| json!({ "token": token }));
                Ok(Self::Script(
                    within(&what, drivers.connect(server, transport, auth)).await??,
                ))
            }
        }
    }

    /// Opens a plain WebSocket, which is nobody's yet.
    pub async fn connect_ws(server: &Server) -> Result<Self> {
        Self::connect(&Drivers::none(), server, Transport::PlainWebSocket, None).await
    }

    /// Sends an event; the answer comes from the returned future, so that several may be under way.
    pub async fn start(
        &self,
        event: &str,
        data: Value,
    ) -> Result<impl Future<Output = Result<Answer>> + Send + use<>> {
        let pending = match self {
            Self::Ws(socket) => socket.emit(event, data).await?,
            Self::Script(socket) => socket.emit(event, data).await?,
        };
        let is_script = matches!(self, Self::Script(_));
        let event = event.to_owned();
        Ok(async move {
            let line = within(&format!("the answer to {event}"), pending.answer()).await??;
            read_answer(&if is_script {
                script::answered(line)?
            } else {
                line
            })
        })
    }

    /// Sends an event and waits for its answer.
    pub async fn emit(&self, event: &str, data: Value) -> Result<Answer> {
        self.start(event, data).await?.await
    }

    /// Sends an event without asking for an answer.
    pub async fn tell(&self, event: &str, data: Value) -> Result<()> {
        match self {
            Self::Ws(socket) => socket.tell(event, data).await,
            Self::Script(socket) => socket.tell(event, data).await,
        }
    }

    /// Sends a private message under a fresh client id.
    pub async fn send_private(&self, to: &str, body: &str) -> Result<Answer> {
        let data = json!({ "to": to, "client_msg_id": new_client_msg_id(), "body": body });
        self.emit("send_private_message", data).await
    }

    /// Sends a group message under a fresh client id.
    pub async fn send_group(&self, room_id: &str, body: &str) -> Result<Answer> {
        let data =
            json!({ "room_id": room_id, "client_msg_id": new_client_msg_id(), "body": body });
        self.emit("send_group_message", data).await
    }

    /// Tells how far messages were delivered or read.
    pub async fn update_status(
        &self,
        room_id: &str,
        up_to_seq: i64,
        status: &str,
    ) -> Result<Answer> {
        let data = json!({ "room_id": room_id, "up_to_seq": up_to_seq, "status": status });
        self.emit("message_status_update", data).await
    }

    /// What the server pushed to this socket.
    #[must_use]
    pub fn inbox(&self) -> &Inbox {
        match self {
            Self::Ws(socket) => socket.inbox(),
            Self::Script(socket) => socket.inbox(),
        }
    }

    /// What carries the events: `websocket` or `polling`; waits for an upgrade to `wanted`.
    pub async fn carrier(&self, wanted: &str) -> Result<String> {
        match self {
            Self::Ws(_) => Ok("websocket".to_owned()),
            Self::Script(socket) => within("the upgrade", socket.carrier(wanted)).await?,
        }
    }

    /// Closes the socket and waits until that is done.
    pub async fn disconnect(self) -> Result<()> {
        match self {
            Self::Ws(socket) => within("the socket to close", socket.disconnect()).await?,
            Self::Script(socket) => within("the socket to close", socket.disconnect()).await?,
        }
    }
}

fn read_answer(answer: &Value) -> Result<Answer> {
    match answer["ok"].as_bool() {
        Some(true) => Ok(Ok(answer["data"].clone())),
        Some(false) => Ok(Err(Refusal::read(&answer["error"], None)?)),
        None => anyhow::bail!("an answer without `ok`: {answer}"),
    }
}

//! The real transports over sessions that echo, as the protocols' official test suites want them: Engine.IO on
//! `/engine.io/`, Socket.IO on `/socket.io/`, and a plain WebSocket on `/ws` for Autobahn.

use std::future::pending;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use natter::gateway::socketio::{
    Connection, ConnectionOptions, Event, Incoming, Kind, Packet, event,
};
use natter::gateway::transport::{
    self, Acceptor, Closed, Payload, Peer, Transport, TransportOptions, engine_io, raw_websocket,
};
use tokio::net::TcpListener;

/// The largest frame on the Engine.IO routes, as the official suites expect it.
pub const MAX_PAYLOAD_BYTES: usize = 1_000_000;

/// Autobahn sends messages of 16 MiB.
const MAX_RAW_FRAME_BYTES: usize = 16 * 1024 * 1024;

/// No suite waits as long before a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);

const SOCKET_IO: ConnectionOptions = ConnectionOptions {
    namespaces: &["/", "/custom"],
    connect_timeout: Duration::from_secs(1),
    max_attachment_bytes: MAX_PAYLOAD_BYTES,
};

/// The heartbeat of the official suites.
#[must_use]
pub fn suite_options() -> TransportOptions {
    TransportOptions {
        max_frame_bytes: MAX_PAYLOAD_BYTES,
        ping_interval: Duration::from_millis(300),
        ping_timeout: Duration::from_millis(200),
        ..TransportOptions::default()
    }
}

/// A plain WebSocket for Autobahn, whose cases outlast a heartbeat.
#[must_use]
pub fn autobahn_options() -> TransportOptions {
    TransportOptions {
        max_frame_bytes: MAX_RAW_FRAME_BYTES,
        max_write_buffer_bytes: 2 * MAX_RAW_FRAME_BYTES,
        ..TransportOptions::default()
    }
}

/// Serves the three routes until the process or the task ends.
pub async fn serve(listener: TcpListener, engine: TransportOptions, raw: TransportOptions) {
    let engine = Arc::new(engine);
    let router = Router::new()
        .merge(engine_io("/engine.io/", Arc::clone(&engine), echo))
        .merge(engine_io("/socket.io/", engine, echo_socket_io))
        .merge(raw_websocket("/ws", Arc::new(raw), echo));
    transport::serve(Acceptor::new(listener), router, HEAD_TIMEOUT, pending()).await;
}

/// Sends every message back. An Engine.IO message keeps its type digit, so the same code serves both.
async fn echo(mut transport: Transport, _peer: Peer) {
    let mut batch = Vec::new();
    let closed = loop {
        match transport.recv().await {
            Ok(payload) => batch.extend(payload),
            Err(closed) => break closed,
        }
        if let Err(closed) = transport.send(&mut batch).await {
            break closed;
        }
    };
    end(transport, &closed).await;
}

async fn echo_socket_io(mut transport: Transport, _peer: Peer) {
    let mut connection = Connection::new(SOCKET_IO, Instant::now());
    let mut batch = Vec::new();
    let closed = loop {
        let payload = tokio::select! {
            received = transport.recv() => match received {
                Ok(Some(payload)) => payload,
                Ok(None) => continue,
                Err(closed) => break closed,
            },
            () = until(connection.deadline()) => break Closed::BadFraming("no CONNECT".to_owned()),
        };
        match connection.handle(payload) {
            Ok(Some(incoming)) => answer(&mut connection, incoming, &mut batch),
            Ok(None) => {}
            Err(error) => break Closed::BadFraming(error.to_string()),
        }
        if let Err(closed) = transport.send(&mut batch).await {
            break closed;
        }
    };
    end(transport, &closed).await;
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}

async fn end(transport: Transport, closed: &Closed) {
    if let Some(code) = closed.close_code() {
        transport.close(code, &closed.to_string()).await;
    }
}

/// What the official suite's server answers.
fn answer(connection: &mut Connection, incoming: Incoming, batch: &mut Vec<Payload>) {
    match incoming {
        Incoming::Connect { namespace, auth } => {
            batch.push(connection.accept(namespace, &uuid::Uuid::now_v7().to_string()));
            let auth = auth.as_deref().map_or("{}", |auth| auth.get());
            batch.push(event(namespace, "auth", auth));
        }
        Incoming::Event(event) => answer_event(event, batch),
        Incoming::Answer(payload) => batch.push(payload),
        Incoming::Disconnect { .. } | Incoming::Reply(_) => {}
    }
}

fn answer_event(event: Event, batch: &mut Vec<Payload>) {
    let is_binary = !event.attachments.is_empty();
    let args = event.args.joined();
    let (kind, data) = match event.name.as_str() {
        "message" if args.is_empty() => (Kind::Event, r#"["message-back"]"#.to_owned()),
        "message" => (Kind::Event, format!(r#"["message-back",{args}]"#)),
        "message-with-ack" => (Kind::Ack, format!("[{args}]")),
        _ => return,
    };
    let kind = match kind {
        Kind::Event if is_binary => Kind::BinaryEvent,
        Kind::Ack if is_binary => Kind::BinaryAck,
        other => other,
    };
    let packet = Packet {
        kind,
        namespace: event.namespace,
        id: event.id,
        data: &data,
        attachments: event.attachments.len(),
    };
    batch.push(packet.encode());
    batch.extend(event.attachments.into_iter().map(Payload::Binary));
}

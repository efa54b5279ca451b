//! Sessions that the server ends: in order with its reason, or for good while the client does not read. And slow readers
//! cost no more than the limits say.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use natter::gateway::transport::{
    Acceptor, Closed, Payload, Transport, TransportOptions, routes, serve,
};
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::link::{Server, Socket, soon};

const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

const LIMIT_BYTES: usize = 256 * 1024;

/// What a session of the server has to tell.
#[derive(Debug, PartialEq)]
enum Report {
    /// The client takes nothing more; so many bytes were handed to the transport.
    Stuck {
        sent_bytes: usize,
    },
    Ended(Closed),
}

/// A server whose sessions do as the case says.
struct Host {
    server: Server,
    reports: mpsc::Receiver<Report>,
    kill: Arc<Notify>,
}

#[derive(Clone, Copy)]
enum Play {
    /// Sends until it is killed.
    Flood,
    /// Closes with 4004 as soon as something comes.
    Close,
    /// Only listens.
    Listen,
}

impl Host {
    async fn start(path: &'static str, play: Play, options: TransportOptions) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let addr = listener.local_addr().expect("an address");
        let (sender, reports) = mpsc::channel(8);
        let kill = Arc::new(Notify::new());
        let killed = Arc::clone(&kill);
        let session =
            move |transport, _peer| run(play, transport, sender.clone(), Arc::clone(&killed));
        let router = routes(Arc::new(options), session);
        let acceptor = Acceptor::new(listener);
        tokio::spawn(serve(acceptor, router, HEAD_TIMEOUT, pending()));
        Self {
            server: Server::at(addr, path),
            reports,
            kill,
        }
    }

    async fn flood(path: &'static str) -> Self {
        Self::start(path, Play::Flood, options()).await
    }

    async fn report(&mut self) -> Report {
        soon(self.reports.recv()).await.expect("a report")
    }

    async fn stuck_after(&mut self) -> usize {
        match self.report().await {
            Report::Stuck { sent_bytes } => sent_bytes,
            Report::Ended(closed) => panic!("ended: {closed}"),
        }
    }
}

fn options() -> TransportOptions {
    TransportOptions {
        max_write_buffer_bytes: LIMIT_BYTES,
        ..TransportOptions::default()
    }
}

async fn run(
    play: Play,
    mut transport: Transport,
    reports: mpsc::Sender<Report>,
    kill: Arc<Notify>,
) {
    let report = match play {
        Play::Flood => return flood(transport, reports, kill).await,
        Play::Close => match transport.recv().await {
            Ok(_) => return transport.close(4004, "slow_consumer").await,
            Err(closed) => Report::Ended(closed),
        },
        Play::Listen => loop {
            if let Err(closed) = transport.recv().await {
                if let Some(code) = closed.close_code() {
                    transport.close(code, "").await;
                }
                break Report::Ended(closed);
            }
        },
    };
    let _ = reports.send(report).await;
}

/// As the session loop does: writes race against the kill signal, and the transport is dropped.
async fn flood(mut transport: Transport, reports: mpsc::Sender<Report>, kill: Arc<Notify>) {
    let message = Payload::text(format!("4{}", "x".repeat(1000)));
    let mut sent_bytes = 0;
    loop {
        let mut batch = vec![message.clone(); 8];
        let sending = transport.send(&mut batch);
        tokio::pin!(sending);
        match tokio::time::timeout(Duration::from_millis(300), &mut sending).await {
            Ok(Ok(())) => sent_bytes += 8 * message.len_bytes(),
            Ok(Err(closed)) => {
                let _ = reports.send(Report::Ended(closed)).await;
                return;
            }
            Err(_) => {
                let _ = reports.send(Report::Stuck { sent_bytes }).await;
                kill.notified().await;
                return;
            }
        }
    }
}

/// Reads what the kernels hold, up to the reset.
async fn check_reset(mut socket: Socket) {
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(_))) => {}
            Some(Err(Error::Io(error))) => {
                assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
                return;
            }
            other => panic!("a reset expected, got {other:?}"),
        }
    }
}

async fn check_flooded_websocket_is_cut(path: &'static str, query: &str) {
    let mut host = Host::flood(path).await;
    let socket = host.server.websocket(query).await.expect("a connection");
    let sent_bytes = host.stuck_after().await;
    // Our buffers are the smaller part: the kernels' (both ends are here) are what loopback grants.
    assert!(sent_bytes < 16 * 1024 * 1024, "{sent_bytes}");
    host.kill.notify_one();
    check_reset(socket).await;
}

#[tokio::test]
async fn a_raw_websocket_is_cut_while_it_does_not_read() {
    check_flooded_websocket_is_cut("/ws", "").await;
}

#[tokio::test]
async fn an_engine_websocket_is_cut_while_it_does_not_read() {
    check_flooded_websocket_is_cut("/socket.io/", "EIO=4&transport=websocket").await;
}

#[tokio::test]
async fn an_upgraded_session_is_cut_while_it_does_not_read() {
    let mut host = Host::flood("/socket.io/").await;
    let session = host.server.open().await;
    let mut socket = session.probe().await;
    socket.send("5").await;
    assert!(
        host.stuck_after().await > LIMIT_BYTES,
        "the backlog moved to the WebSocket"
    );
    host.kill.notify_one();
    check_reset(socket).await;
}

#[tokio::test]
async fn a_polling_session_is_cut_while_it_does_not_poll() {
    let mut host = Host::flood("/socket.io/").await;
    let session = host.server.open().await;
    let sent_bytes = host.stuck_after().await;
    assert!(sent_bytes < LIMIT_BYTES + 8 * 1024, "{sent_bytes}");
    let (status, body) = session.poll().await;
    assert_eq!(status, 200);
    assert!(
        body.len() <= 128 * 1024,
        "one answer is {} bytes",
        body.len()
    );
    host.kill.notify_one();
    // The kill is another task's; until it ran, polls fetch what waits.
    while session.poll().await.0 == 200 {}
    assert_eq!(session.post("4late").await.0, 400);
}

#[tokio::test]
async fn a_close_tells_code_and_reason() {
    for (path, query) in [("/ws", ""), ("/socket.io/", "EIO=4&transport=websocket")] {
        let host = Host::start(path, Play::Close, options()).await;
        let mut socket = host.server.websocket(query).await.expect("a connection");
        socket.send("4x").await;
        let closed = loop {
            match socket.next().await {
                Some(Ok(Message::Close(frame))) => break frame.expect("a code"),
                Some(Ok(_)) => {}
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(
            (u16::from(closed.code), closed.reason.as_str()),
            (4004, "slow_consumer")
        );
    }
}

#[tokio::test]
async fn a_close_reaches_who_polls() {
    let host = Host::start("/socket.io/", Play::Close, options()).await;
    let session = host.server.open().await;
    assert_eq!(session.post("4x").await.0, 200);
    assert_eq!(session.poll().await, (200, "1".to_owned()));
    assert_eq!(session.poll().await.0, 400);
}

#[tokio::test]
async fn a_client_that_says_nothing_is_given_up() {
    let beat = Duration::from_millis(100);
    let hasty = TransportOptions {
        ping_interval: beat,
        ping_timeout: beat,
        ..options()
    };
    for (path, query) in [("/ws", ""), ("/socket.io/", "EIO=4&transport=websocket")] {
        let mut host = Host::start(path, Play::Listen, hasty.clone()).await;
        // Who does not read does not answer pings.
        let _socket = host.server.websocket(query).await.expect("a connection");
        assert_eq!(
            host.report().await,
            Report::Ended(Closed::HeartbeatTimeout),
            "{path}"
        );
    }
    let mut host = Host::start("/socket.io/", Play::Listen, hasty).await;
    let _session = host.server.open().await;
    assert_eq!(
        host.report().await,
        Report::Ended(Closed::HeartbeatTimeout),
        "polling"
    );
}

#[tokio::test]
async fn what_the_client_did_wrong_is_told_apart() {
    let mut host = Host::start(
        "/ws",
        Play::Listen,
        TransportOptions {
            max_frame_bytes: 10,
            ..options()
        },
    )
    .await;
    let mut socket = host.server.websocket("").await.expect("a connection");
    socket.send("01234567890").await;
    assert_eq!(socket.ended().await, Some(1009));
    let expected = Closed::TooLarge {
        size_bytes: 11,
        limit_bytes: 10,
    };
    assert_eq!(host.report().await, Report::Ended(expected));
    let socket = host.server.websocket("").await.expect("a connection");
    drop(socket);
    assert_eq!(host.report().await, Report::Ended(Closed::Gone));
}

#[tokio::test]
async fn sessions_that_poll_are_limited() {
    let host = Host::start(
        "/socket.io/",
        Play::Listen,
        TransportOptions {
            max_polling_sessions: 2,
            ..options()
        },
    )
    .await;
    let open = "EIO=4&transport=polling";
    let first = host.server.open().await;
    let _second = host.server.open().await;
    assert_eq!(host.server.get(open).await.0, 503);
    assert_eq!(first.post("1").await.0, 200);
    // The session's task ends it a moment later.
    soon(async { while host.server.get(open).await.0 != 200 {} }).await;
}

//! A WebSocket as both kinds of session use it: cancel-safe reading, batched writing, a closing handshake with a limit.
//!
//! Rule: unless the peer said goodbye or has heard ours, dropping the socket resets the connection.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code};
use futures_util::{Sink, SinkExt, Stream};
use tokio::time::timeout;

use super::heartbeat::{Beat, Heartbeat};
use super::{Closed, Payload, Peer, TransportOptions};

/// The read buffer is the greater part of an idle connection (133 kB with the default, 7 kB with this).
const READ_BUFFER_BYTES: usize = 2048;

/// Frames gather up to this size before they are written. Chosen: a batch of a few chat messages, one segment or three.
const WRITE_BUFFER_BYTES: usize = 4096;

/// How long a peer may take to answer our goodbye. Chosen, not standard.
const CLOSE_LIMIT: Duration = Duration::from_secs(2);

/// What a close frame's reason may take: RFC 6455 §5.5 allows 125 bytes, two hold the code.
const MAX_REASON_BYTES: usize = 123;

/// Sets the limits before the connection is upgraded.
pub(super) fn limit(upgrade: WebSocketUpgrade, options: &TransportOptions) -> WebSocketUpgrade {
    upgrade
        .read_buffer_size(READ_BUFFER_BYTES)
        // No `max_write_buffer_size`: `feed` waits while the stream takes nothing, so at most one message is added to
        // these bytes, and a limit would only end sessions for an answer that is large.
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_message_size(options.max_frame_bytes)
        .max_frame_size(options.max_frame_bytes)
}

/// What the peer sent, or the heartbeat's demand.
#[derive(Debug)]
pub(super) enum Incoming {
    Text(Utf8Bytes),
    Binary(axum::body::Bytes),
    /// A ping or a pong, which the WebSocket has dealt with.
    Sign,
    /// Time to ask for a sign of life.
    Ask,
}

/// One WebSocket. Hold it boxed: a session's future moves its transport about, and each place that it may be in would
/// take this much of every idle connection (measured: 13 kB instead of 8).
#[derive(Debug)]
pub(super) struct Socket {
    inner: WebSocket,
    peer: Peer,
    heartbeat: Heartbeat,
    /// Something was queued and is not known to be written.
    unflushed: bool,
    /// The peer's goodbye, while ours is on its way.
    goodbye: Option<Closed>,
}

impl Socket {
    pub(super) fn new(inner: WebSocket, peer: Peer, options: &TransportOptions) -> Self {
        Self::with_heartbeat(inner, peer, Heartbeat::new(options))
    }

    /// Takes over a heartbeat: who asked the client last matters to the client's own patience.
    pub(super) fn with_heartbeat(inner: WebSocket, peer: Peer, heartbeat: Heartbeat) -> Self {
        peer.reset_on_drop();
        Self {
            inner,
            peer,
            heartbeat,
            unflushed: false,
            goodbye: None,
        }
    }

    /// Waits for a message or for the heartbeat. Cancel-safe.
    pub(super) async fn recv(&mut self) -> Result<Incoming, Closed> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Result<Incoming, Closed>> {
        if self.unflushed
            && let Poll::Ready(flushed) = self.sink().poll_flush(cx)
        {
            flushed.map_err(Closed::from_axum)?;
            self.unflushed = false;
        }
        // Messages before the clock: an answer that lies in the kernel's buffer counts, however late we read it.
        if let Poll::Ready(incoming) = self.poll_message(cx) {
            return Poll::Ready(incoming);
        }
        match ready!(self.heartbeat.poll(cx)) {
            Beat::Ask => Poll::Ready(Ok(Incoming::Ask)),
            Beat::Dead => Poll::Ready(Err(Closed::HeartbeatTimeout)),
        }
    }

    fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Result<Incoming, Closed>> {
        loop {
            let message = match ready!(Pin::new(&mut self.inner).poll_next(cx)) {
                Some(message) => message.map_err(Closed::from_axum)?,
                None => return Poll::Ready(Err(self.goodbye.take().unwrap_or(Closed::Gone))),
            };
            self.heartbeat.heard();
            match message {
                Message::Text(text) => return Poll::Ready(Ok(Incoming::Text(text))),
                Message::Binary(bytes) => return Poll::Ready(Ok(Incoming::Binary(bytes))),
                Message::Ping(_) | Message::Pong(_) => return Poll::Ready(Ok(Incoming::Sign)),
                // Reading on writes the answer; the stream ends when that is done.
                Message::Close(frame) => self.note_goodbye(frame),
            }
        }
    }

    fn note_goodbye(&mut self, frame: Option<CloseFrame>) {
        self.peer.linger_on_drop();
        let code = frame.map_or(close_code::STATUS, |frame| frame.code);
        self.goodbye = Some(Closed::ByPeer { code });
    }

    /// The peer said goodbye in a way of its own.
    pub(super) fn note_farewell(&mut self) {
        self.peer.linger_on_drop();
    }

    /// Queues a small message of the transport's own; the next `recv` or `send` writes it.
    pub(super) fn queue(&mut self, message: Message) -> Result<(), Closed> {
        // Without `poll_ready`, so that it need not wait: the write buffer takes what the stream does not.
        self.sink().start_send(message).map_err(Closed::from_axum)?;
        self.unflushed = true;
        Ok(())
    }

    /// Writes the batch and flushes once.
    pub(super) async fn send(&mut self, batch: &mut Vec<Payload>) -> Result<(), Closed> {
        let sending = timeout(self.heartbeat.patience(), async {
            for payload in batch.drain(..) {
                self.inner.feed(message(payload)).await?;
            }
            self.inner.flush().await
        });
        match sending.await {
            Ok(sent) => sent.map_err(Closed::from_axum),
            // While we send we do not read, so the heartbeat stands still: this takes its place.
            Err(_) => Err(Closed::HeartbeatTimeout),
        }?;
        self.unflushed = false;
        Ok(())
    }

    /// Says goodbye and waits for the answer, both within a limit.
    pub(super) async fn close(mut self: Box<Self>, code: u16, reason: &str) {
        let reason = Utf8Bytes::from(&reason[..reason.floor_char_boundary(MAX_REASON_BYTES)]);
        let goodbye = Message::Close(Some(CloseFrame { code, reason }));
        let closing = timeout(CLOSE_LIMIT, async {
            self.inner.send(goodbye).await.map_err(Closed::from_axum)?;
            loop {
                poll_fn(|cx| self.poll_message(cx)).await?;
            }
        });
        let ended: Result<Result<std::convert::Infallible, Closed>, _> = closing.await;
        match ended {
            // Already noted where the peer answered.
            Ok(Err(Closed::ByPeer { .. })) => {}
            // After a framing error nothing can be read, but the goodbye was written.
            Ok(Err(_)) => self.peer.linger_on_drop(),
            Err(_) => {}
        }
    }

    fn sink(&mut self) -> Pin<&mut WebSocket> {
        Pin::new(&mut self.inner)
    }
}

/// Frames a payload.
pub(super) fn message(payload: Payload) -> Message {
    match payload {
        Payload::Text(text) => Message::Text(text),
        Payload::Binary(bytes) => Message::Binary(bytes),
    }
}

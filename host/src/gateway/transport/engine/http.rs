//! The requests of a session that polls: the GET that opens it, GETs that fetch, POSTs that bring.
//!
//! Rule: a request whose client goes away in the middle ends the session (packets may be lost, and a session loses none),
//! so each is guarded from its first look at the session to its answer.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::ws::Utf8Bytes;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use bytes::BytesMut;
use futures_util::StreamExt;
use tokio::time::{Instant, timeout};

use super::handshake::{Refusal, Upgrades, open_packet};
use super::packet::CLOSE;
use super::polling::EnginePolling;
use super::session::{Registry, Session};
use super::state::{Deposit, State, Taken};
use crate::gateway::transport::{Closed, TransportOptions};

/// How long a poll waits for an upgrade that has begun. The reference server releases it as late.
const PROBE_PAUSE: Duration = Duration::from_millis(100);

/// How long a POST that said goodbye keeps the session for a poll that was sent at the same time. Chosen, not standard.
const FAREWELL: Duration = Duration::from_millis(100);

/// Opens a session; whoever runs it gets the transport, its client the answer.
pub(in crate::gateway::transport) fn open(
    registry: &Arc<Registry>,
    options: &Arc<TransportOptions>,
) -> Result<(EnginePolling, Response), Refusal> {
    let session = registry.open()?;
    let answer = text(open_packet(&session.sid, Upgrades::ToWebSocket, options));
    Ok((EnginePolling::new(session, Arc::clone(options)), answer))
}

/// Answers with what waits, as soon as something does.
pub(in crate::gateway::transport) async fn poll(
    session: Arc<Session>,
) -> Result<Response, Refusal> {
    let started = session.decide(|state| state.start_poll(Instant::now()));
    session.for_task.notify_one();
    if let Err(refusal) = started {
        // It may have ended another poll.
        session.for_poll.notify_one();
        return Err(refusal);
    }
    let guard = Guard {
        session: &session,
        abort: Some(State::abort_poll),
    };
    let taken = loop {
        match session.decide(State::take) {
            Taken::Body(body) => break Ok(text(body)),
            Taken::Gone => break Err(Refusal::UnknownSid),
            Taken::Wait => session.for_poll.notified().await,
            Taken::WaitBriefly => {
                if timeout(PROBE_PAUSE, session.for_poll.notified())
                    .await
                    .is_err()
                {
                    session.decide(State::release_poll);
                }
            }
        }
    };
    guard.finish(State::finish_poll);
    taken
}

/// Takes what the client brings.
pub(in crate::gateway::transport) async fn post(
    session: Arc<Session>,
    body: Body,
    options: &TransportOptions,
) -> Result<Response, Refusal> {
    let started = session.decide(|state| state.start_post(Instant::now()));
    session.for_task.notify_one();
    if let Err(refusal) = started {
        session.for_poll.notify_one();
        return Err(refusal);
    }
    let guard = Guard {
        session: &session,
        abort: Some(State::abort_post),
    };
    let posted = match read(body, options).await {
        Ok(body) => deposit(&session, &body).await,
        // Dropping the guard ends the session.
        Err(Closed::Gone) => return Err(Refusal::BadRequest),
        Err(closed) => {
            let is_too_large = matches!(closed, Closed::TooLarge { .. });
            session.decide(|state| state.fail(closed));
            Err(if is_too_large {
                Refusal::TooLarge
            } else {
                Refusal::BadRequest
            })
        }
    };
    session.for_poll.notify_one();
    guard.finish(State::finish_post);
    posted.map(|()| text("ok".to_owned()))
}

async fn read(body: Body, options: &TransportOptions) -> Result<Utf8Bytes, Closed> {
    let read = timeout(
        options.patience(),
        read_bytes(body, options.max_frame_bytes),
    )
    .await;
    let bytes = read.map_err(|_| Closed::HeartbeatTimeout)??;
    Utf8Bytes::try_from(bytes.freeze()).map_err(|_| Closed::InvalidUtf8)
}

async fn read_bytes(body: Body, limit_bytes: usize) -> Result<BytesMut, Closed> {
    let mut chunks = body.into_data_stream();
    let mut bytes = BytesMut::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Closed::Gone)?;
        let size_bytes = bytes.len() + chunk.len();
        if size_bytes > limit_bytes {
            return Err(Closed::TooLarge {
                size_bytes,
                limit_bytes,
            });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Waits until the body before it is read, which is what holds back a client that posts faster than it is served.
async fn deposit(session: &Session, body: &Utf8Bytes) -> Result<(), Refusal> {
    while session.decide(|state| state.deposit(body))? == Deposit::Full {
        session.for_post.notified().await;
    }
    session.for_task.notify_one();
    if body
        .split(super::packet::SEPARATOR)
        .any(|packet| packet == CLOSE)
    {
        let _ = timeout(FAREWELL, session.closed()).await;
    }
    Ok(())
}

/// Ends the session if the request is dropped before its answer.
struct Guard<'a> {
    session: &'a Session,
    abort: Option<fn(&mut State)>,
}

impl Guard<'_> {
    fn finish(mut self, finish: fn(&mut State)) {
        self.abort = None;
        self.session.decide(finish);
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if let Some(abort) = self.abort {
            self.session.decide(abort);
        }
        self.session.for_task.notify_one();
        self.session.for_end.notify_one();
    }
}

fn text(body: String) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/plain; charset=UTF-8"),
        (CACHE_CONTROL, "no-store"),
    ];
    (headers, body).into_response()
}

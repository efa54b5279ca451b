//! One live socket, whichever transport and language it speaks.
//!
//! Rule: events of a socket are handled in the order in which they came. Messages and receipts are queued in that order and
//! acknowledged as they are committed; any other event waits until what came before it is done.
//!
//! Not here: framing (`transport`, `socketio`), what events mean (`chat`, `calls`, `accounts`).

mod calling;
mod codec;
mod event;
#[cfg(fuzzing)]
pub(super) mod fuzzing;
mod in_flight;
mod rate;
mod run;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio_util::{
    sync::CancellationToken,
    task::{TaskTracker, task_tracker::TaskTrackerToken},
};

use crate::{
    accounts::Accounts,
    calls::Calls,
    chat::Chat,
    delivery::{CloseReason, Delivery},
    gateway::{
        limits::Rate,
        socketio::{Connection, ConnectionOptions, MAIN},
        transport::{Peer, Transport},
    },
    metrics::{self, Metrics, TransportLabel},
    model::SessionId,
};
pub(super) use calling::{
    CallRef, CallUser, RtcAnswer, RtcLayer, RtcMute, RtcPublish, RtcPublished, RtcSources,
};
use codec::Codec;
pub use event::CLIENT_EVENTS;
pub(super) use event::{
    DeleteMessage, MessageStatusUpdate, ReceiptAck, RegisterUser, Registered, SendGroup,
    SendPrivate, TypingEvent,
};
use run::{End, Session};

/// What one session may use.
#[derive(Clone, Copy, Debug)]
pub struct SessionLimits {
    /// How fast it may talk.
    pub rate: Rate,
    /// How long it may take until it says who it is.
    pub register_timeout: Duration,
    /// Messages and receipts that may wait for their acks; beyond it the next frame waits.
    pub in_flight: usize,
    /// Binary attachments of one Socket.IO packet.
    pub attachment_bytes: usize,
    /// Live sockets altogether.
    pub sessions: usize,
}

/// What sessions work with.
#[derive(Clone, Debug)]
pub struct SessionParts {
    /// People.
    pub accounts: Arc<Accounts>,
    /// Rooms and messages.
    pub chat: Arc<Chat>,
    /// Calls.
    pub calls: Arc<Calls>,
    /// Who is online.
    pub delivery: Arc<Delivery>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
}

/// What every session uses.
#[derive(Debug)]
pub struct Sessions {
    accounts: Arc<Accounts>,
    chat: Arc<Chat>,
    calls: Arc<Calls>,
    delivery: Arc<Delivery>,
    metrics: Arc<Metrics>,
    limits: SessionLimits,
    live: TaskTracker,
    stopping: CancellationToken,
}

impl Sessions {
    /// No session is open yet.
    #[must_use]
    pub fn new(parts: SessionParts, limits: SessionLimits) -> Arc<Self> {
        let SessionParts {
            accounts,
            chat,
            calls,
            delivery,
            metrics,
        } = parts;
        Arc::new(Self {
            accounts,
            chat,
            calls,
            delivery,
            metrics,
            limits,
            live: TaskTracker::new(),
            stopping: CancellationToken::new(),
        })
    }

    /// Ends the sockets that have not said who they are and takes no new ones, and waits until all others are closed:
    /// close those through `Delivery`.
    pub async fn wait_closed(&self) {
        self.stopping.cancel();
        self.live.close();
        self.live.wait().await;
    }

    /// Serves one socket until it ends.
    pub async fn run(self: Arc<Self>, transport: Transport, _peer: Peer) {
        let Some(_place) = Place::take(&self, &transport) else {
            // RFC 6455's registry: 1013, try again later.
            transport.close(1013, "overloaded").await;
            return;
        };
        let codec = match transport {
            Transport::Raw(_) => Codec::Plain,
            _ => Codec::SocketIo(Box::new(Connection::new(
                ConnectionOptions {
                    namespaces: &[MAIN],
                    connect_timeout: self.limits.register_timeout,
                    max_attachment_bytes: self.limits.attachment_bytes,
                },
                Instant::now(),
            ))),
        };
        let session_id = SessionId::generate();
        let mut session = Session::new(&self, session_id, transport, codec);
        let end = session.run().await;
        if let Some(device) = session.device() {
            match end {
                End::ByServer(
                    CloseReason::Revoked
                    | CloseReason::AccountSuspended
                    | CloseReason::AccountRejected,
                ) => self.calls.device_logged_out(device).await,
                _ => self.calls.device_went(device).await,
            }
        }
        if matches!(end, End::Cut | End::ByServer(CloseReason::SlowConsumer)) {
            self.metrics.slow_consumers.inc();
        }
        let transport = session.into_transport();
        match end {
            End::Closed(closed) => {
                if let Some(code) = closed.close_code() {
                    transport.close(code, &closed.to_string()).await;
                }
            }
            End::ByClient => transport.close(1000, "").await,
            End::ByServer(reason) => {
                let (code, name) = close_code(reason);
                transport.close(code, name).await;
            }
            // Dropping the transport resets the connection.
            End::Cut => {}
        }
    }
}

/// The codes of `docs/protocol.md`.
fn close_code(reason: CloseReason) -> (u16, &'static str) {
    match reason {
        CloseReason::TokenExpired => (4001, "token_expired"),
        CloseReason::Revoked => (4002, "revoked"),
        CloseReason::AccountSuspended => (4003, "account_suspended"),
        CloseReason::AccountRejected => (4003, "account_rejected"),
        CloseReason::SlowConsumer => (4004, "slow_consumer"),
        CloseReason::Draining => (4005, "draining"),
        CloseReason::RegisterTimeout => (4006, "register_timeout"),
        CloseReason::Flood => (4007, "flood"),
        CloseReason::BadFrame => (4008, "bad_frame"),
    }
}

/// One of the live sockets that are allowed; dropping it gives it back.
struct Place {
    sessions: Arc<Sessions>,
    label: TransportLabel,
    _token: TaskTrackerToken,
}

impl Place {
    fn take(sessions: &Arc<Sessions>, transport: &Transport) -> Option<Self> {
        let kind = match transport {
            Transport::Raw(_) => metrics::Transport::Ws,
            Transport::EngineWs(_) => metrics::Transport::SocketIo,
            Transport::EnginePolling(_) => metrics::Transport::SocketIoPolling,
        };
        let label = TransportLabel { transport: kind };
        sessions.metrics.sessions.get_or_create(&label).inc();
        let place = Self {
            sessions: Arc::clone(sessions),
            label,
            _token: sessions.live.token(),
        };
        (sessions.live.len() <= sessions.limits.sessions).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.sessions
            .metrics
            .sessions
            .get_or_create(&self.label)
            .dec();
    }
}

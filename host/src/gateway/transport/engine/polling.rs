//! The session's side of polling: what its task receives and sends.
//!
//! Rule: the task never waits for a request to come; it waits for a bell or its heartbeat.

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::packet::CLOSE;
use super::session::Session;
use super::state::{Next, Pushed};
use super::ws::EngineWs;
use crate::gateway::transport::heartbeat::{Beat, Heartbeat};
use crate::gateway::transport::socket::Socket;
use crate::gateway::transport::{Closed, Payload, TransportOptions};

/// How long a client may take to fetch its last packets. Chosen, not standard.
const CLOSE_LIMIT: Duration = Duration::from_secs(2);

/// What `recv` found.
#[derive(Debug)]
pub(in crate::gateway::transport) enum Polled {
    /// A message, or none: a packet that only shows life.
    Payload(Option<Payload>),
    /// The session goes on there.
    Upgraded(EngineWs),
}

/// How far `send` came.
#[derive(Debug)]
pub(in crate::gateway::transport) enum Sent {
    All,
    /// The rest of the batch belongs there.
    Upgraded(EngineWs),
}

/// An Engine.IO session over long-polling.
#[derive(Debug)]
pub struct EnginePolling {
    session: Arc<Session>,
    heartbeat: Heartbeat,
    options: Arc<TransportOptions>,
}

impl Drop for EnginePolling {
    fn drop(&mut self) {
        self.session.decide(|state| state.kill());
        self.ring_requests();
    }
}

impl EnginePolling {
    pub(super) fn new(session: Arc<Session>, options: Arc<TransportOptions>) -> Self {
        Self {
            session,
            heartbeat: Heartbeat::new(&options),
            options,
        }
    }

    pub(in crate::gateway::transport) async fn recv(&mut self) -> Result<Polled, Closed> {
        loop {
            match self.session.decide(|state| state.next()) {
                Next::Payload(payload) => {
                    self.session.for_post.notify_one();
                    return Ok(Polled::Payload(Some(payload)));
                }
                Next::Sign => {
                    self.session.for_post.notify_one();
                    return Ok(Polled::Payload(None));
                }
                Next::Upgraded => return self.upgrade().map(Polled::Upgraded),
                Next::Ended(closed) => {
                    self.ring_requests();
                    return Err(closed);
                }
                Next::Wait => self.wait().await?,
            }
        }
    }

    pub(in crate::gateway::transport) async fn send(
        &mut self,
        batch: &mut Vec<Payload>,
    ) -> Result<Sent, Closed> {
        loop {
            let limit_bytes = self.options.max_write_buffer_bytes;
            match self.session.decide(|state| state.push(batch, limit_bytes)) {
                Pushed::All => {
                    self.session.for_poll.notify_one();
                    return Ok(Sent::All);
                }
                Pushed::Some => {
                    self.session.for_poll.notify_one();
                    self.wait().await?;
                }
                Pushed::Upgraded => return self.upgrade().map(Sent::Upgraded),
                Pushed::Ended(closed) => return Err(closed),
            }
        }
    }

    /// Lets the client fetch what waits, and a `close` packet. That packet has no room for code or reason.
    pub(in crate::gateway::transport) async fn close(mut self, code: u16, reason: &str) {
        if self.session.decide(|state| state.is_upgraded())
            && let Ok(ws) = self.upgrade()
        {
            return ws.close(code, reason).await;
        }
        self.session.decide(|state| state.end(Closed::Gone, CLOSE));
        self.ring_requests();
        // Either way dropping `self` ends what is left.
        let _ = timeout(CLOSE_LIMIT, self.session.closed()).await;
    }

    /// Waits until the state may have changed, and keeps the heartbeat. Cancel-safe.
    async fn wait(&mut self) -> Result<(), Closed> {
        let beat = tokio::select! {
            biased;
            () = self.session.for_task.notified() => None,
            beat = poll_fn(|cx| self.heartbeat.poll(cx)) => Some(beat),
        };
        let heard = self.session.decide(|state| state.take_heard());
        match beat {
            // Even if something was heard just now: the client counts on a ping in time.
            Some(Beat::Ask) => {
                let dead_at = self.heartbeat.dead_at();
                self.session.decide(|state| state.push_ping(dead_at));
                self.session.for_poll.notify_one();
            }
            Some(Beat::Dead) if !heard => return Err(Closed::HeartbeatTimeout),
            _ if heard => self.heartbeat.heard(),
            _ => {}
        }
        Ok(())
    }

    fn upgrade(&mut self) -> Result<EngineWs, Closed> {
        // Only one task asks, and only after the hand-over, so there is one; if not, the session is beyond help.
        let (socket, peer) = self.session.take_socket().ok_or(Closed::Gone)?;
        let backlog = self.session.decide(|state| state.take_backlog());
        let heartbeat = std::mem::replace(&mut self.heartbeat, Heartbeat::new(&self.options));
        let socket = Box::new(Socket::with_heartbeat(socket, peer, heartbeat));
        EngineWs::upgraded(socket, Arc::clone(&self.session), backlog)
    }

    fn ring_requests(&self) {
        self.session.for_poll.notify_one();
        self.session.for_post.notify_one();
        self.session.for_end.notify_one();
    }
}

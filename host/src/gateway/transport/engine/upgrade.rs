//! From polling to a WebSocket (Engine.IO v4 §Upgrade): the client probes the WebSocket while it still polls, then
//! says `5`, and everything that still waits goes there.
//!
//! Rule: until that `5` the session polls as before, and a probe that fails leaves no trace.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use tokio::time::timeout;

use super::packet::{PROBE, PROBE_ANSWER, UPGRADE};
use super::session::Session;
use super::state::State;
use crate::gateway::transport::socket::limit;
use crate::gateway::transport::{Peer, TransportOptions};

/// How long a client may take from the WebSocket to its `5`; the reference server's default.
const PROBE_LIMIT: Duration = Duration::from_secs(10);

/// Frames among which each packet of the probe must be; the others can only be pings. Chosen, not standard.
const PROBE_FRAMES: usize = 8;

/// Accepts a WebSocket for a session. One that the session cannot use is closed at once: the reference server accepts
/// it too, and its clients take a refusal for an error and a close for an answer.
pub(in crate::gateway::transport) fn upgrade(
    session: Arc<Session>,
    upgrade: WebSocketUpgrade,
    peer: Peer,
    options: &TransportOptions,
) -> Response {
    // Now, not when the WebSocket is there: a poll that comes meanwhile shall know.
    let probe = Probe::start(session);
    limit(upgrade, options).on_upgrade(async move |mut socket| {
        let Some(probe) = probe else {
            // It is going away; whether it hears that is its affair.
            let _ = timeout(PROBE_LIMIT, socket.send(Message::Close(None))).await;
            return;
        };
        if let Ok(Some(())) = timeout(PROBE_LIMIT, probe.run(&mut socket)).await {
            probe.session.hand_over(socket, peer);
        }
    })
}

/// A probe under way; abandoned when dropped, unless it has led to the hand-over.
struct Probe {
    session: Arc<Session>,
}

impl Probe {
    fn start(session: Arc<Session>) -> Option<Self> {
        let may = session.decide(State::start_probe);
        // Not `then_some`: a probe that never was must not be dropped, which would abandon the other.
        may.then(|| Self { session })
    }

    /// Nothing if the client says anything else.
    async fn run(&self, socket: &mut WebSocket) -> Option<()> {
        expect(socket, PROBE).await?;
        // The client waits for the end of its poll before it says `5`.
        self.session.decide(State::release_poll);
        self.session.for_poll.notify_one();
        socket.send(Message::Text(PROBE_ANSWER.into())).await.ok()?;
        expect(socket, UPGRADE).await
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.session.decide(State::abandon_probe);
        self.session.for_poll.notify_one();
    }
}

async fn expect(socket: &mut WebSocket, packet: &str) -> Option<()> {
    for _ in 0..PROBE_FRAMES {
        match socket.recv().await?.ok()? {
            Message::Text(text) => return (text == packet).then_some(()),
            Message::Ping(_) | Message::Pong(_) => {}
            Message::Binary(_) | Message::Close(_) => return None,
        }
    }
    None
}

//! A polling session as its requests and its task share it, and the registry in which requests find it.
//!
//! Rule: the lock is held for one decision of [`State`] and never across an await; who waits is woken by one of four bells.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use axum::extract::ws::WebSocket;
use tokio::sync::Notify;

use super::handshake::Refusal;
use super::sid::Sid;
use super::state::State;
use crate::gateway::transport::Peer;

/// The sessions that poll or have upgraded from polling.
#[derive(Debug)]
pub(in crate::gateway::transport) struct Registry {
    /// Weak: a session is there as long as its task or a request holds it.
    sessions: Mutex<HashMap<Sid, Weak<Session>>>,
    capacity: usize,
}

impl Registry {
    pub(in crate::gateway::transport) fn new(capacity: usize) -> Arc<Self> {
        Arc::new(Self {
            sessions: Mutex::default(),
            capacity,
        })
    }

    /// Starts a session.
    pub(super) fn open(self: &Arc<Self>) -> Result<Arc<Session>, Refusal> {
        let mut sessions = lock(&self.sessions);
        if sessions.len() >= self.capacity {
            return Err(Refusal::Full);
        }
        let session = Arc::new(Session::new(Arc::clone(self)));
        sessions.insert(session.sid.clone(), Arc::downgrade(&session));
        Ok(session)
    }

    /// Finds a session that has not ended.
    pub(in crate::gateway::transport) fn find(&self, sid: &Sid) -> Result<Arc<Session>, Refusal> {
        lock(&self.sessions)
            .get(sid)
            .and_then(Weak::upgrade)
            .ok_or(Refusal::UnknownSid)
    }
}

/// The WebSocket of a session that has upgraded, until its task takes it.
type NewSocket = Option<(WebSocket, Peer)>;

/// One session.
#[derive(Debug)]
pub(in crate::gateway::transport) struct Session {
    pub(super) sid: Sid,
    registry: Arc<Registry>,
    state: Mutex<(State, NewSocket)>,
    /// Rings for the session's task.
    pub(super) for_task: Notify,
    /// Rings for the GET; there is one at a time.
    pub(super) for_poll: Notify,
    /// Rings for the POST; there is one at a time.
    pub(super) for_post: Notify,
    /// Rings for who waits until the last packets are fetched.
    pub(super) for_end: Notify,
}

impl Drop for Session {
    fn drop(&mut self) {
        lock(&self.registry.sessions).remove(&self.sid);
    }
}

impl Session {
    fn new(registry: Arc<Registry>) -> Self {
        Self {
            sid: Sid::random(),
            registry,
            state: Mutex::new((State::new(), None)),
            for_task: Notify::new(),
            for_poll: Notify::new(),
            for_post: Notify::new(),
            for_end: Notify::new(),
        }
    }

    /// Lets the state decide. Who changed something for others rings their bells; who only looked must not, or two that
    /// wait for each other would spin.
    pub(super) fn decide<T>(&self, decide: impl FnOnce(&mut State) -> T) -> T {
        decide(&mut lock(&self.state).0)
    }

    /// Hands the WebSocket over to the session's task, unless the session has ended meanwhile.
    pub(super) fn hand_over(&self, socket: WebSocket, peer: Peer) {
        {
            let mut state = lock(&self.state);
            if state.0.finish_probe() {
                state.1 = Some((socket, peer));
            }
        }
        self.for_task.notify_one();
        self.for_poll.notify_one();
    }

    /// Takes the WebSocket of an upgraded session; there is one, once.
    pub(super) fn take_socket(&self) -> NewSocket {
        lock(&self.state).1.take()
    }

    /// Waits until polls have fetched everything.
    pub(super) async fn closed(&self) {
        while !self.decide(|state| state.is_closed()) {
            self.for_end.notified().await;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every decision leaves the state whole, even one that panics.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

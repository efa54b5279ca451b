//! What a socket received: pushes in their order, answers by id, and its end.
//!
//! Rule: pushes are kept in the order in which they came; a test takes them out by name or looks at all of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use serde_json::Value;
use tokio::sync::{Notify, oneshot};

use crate::deadline::within;

/// An event that the server sent unasked.
#[derive(Clone, Debug, PartialEq)]
pub struct Push {
    /// Its name.
    pub event: String,
    /// Its data.
    pub data: Value,
}

/// How a socket ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// The code of the WebSocket's close frame; polling has none.
    pub code: Option<u16>,
    /// The close frame's reason, or what the client program called it.
    pub reason: String,
}

#[derive(Debug, Default)]
struct State {
    pushes: Vec<Push>,
    waiting: HashMap<u64, oneshot::Sender<Value>>,
    closed: Option<Closed>,
}

/// An answer that is under way.
#[derive(Debug)]
pub(super) struct Pending {
    receiver: oneshot::Receiver<Value>,
    inbox: Inbox,
}

impl Pending {
    /// Waits for it; the socket's end before that is an error.
    pub(super) async fn answer(self) -> Result<Value> {
        match self.receiver.await {
            Ok(answer) => Ok(answer),
            Err(_) => anyhow::bail!(
                "the socket ended before the answer: {:?}",
                self.inbox.closed_now()
            ),
        }
    }
}

/// Shared by the reader of a socket and the test that uses it.
#[derive(Clone, Debug, Default)]
pub struct Inbox {
    state: Arc<Mutex<State>>,
    news: Arc<Notify>,
}

impl Inbox {
    /// Takes out the first push of this name whose data satisfy the test, waiting for it if need be.
    pub async fn take_where(&self, event: &str, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
        let found = self.wait_for(|state| {
            let at = state
                .pushes
                .iter()
                .position(|push| push.event == event && wanted(&push.data))?;
            Some(state.pushes.remove(at).data)
        });
        let closed = self.wait_for(|state| state.closed.clone());
        let outcome = within(event, async {
            tokio::select! {
                biased;
                data = found => Ok(data),
                closed = closed => Err(closed),
            }
        });
        match outcome
            .await
            .map_err(|error| error.context(self.summary()))?
        {
            Ok(data) => Ok(data),
            Err(closed) => anyhow::bail!(
                "the socket closed ({closed:?}) before {event} came; {}",
                self.summary()
            ),
        }
    }

    /// Takes out the first push of this name.
    pub async fn take(&self, event: &str) -> Result<Value> {
        self.take_where(event, |_| true).await
    }

    /// Every push that was not taken, in order.
    #[must_use]
    pub fn pushes(&self) -> Vec<Push> {
        self.lock().pushes.clone()
    }

    /// Takes out every push, in order.
    #[must_use]
    pub fn drain(&self) -> Vec<Push> {
        std::mem::take(&mut self.lock().pushes)
    }

    /// How many pushes of this name were not taken.
    #[must_use]
    pub fn count(&self, event: &str) -> usize {
        self.lock()
            .pushes
            .iter()
            .filter(|push| push.event == event)
            .count()
    }

    /// The socket's end, waiting for it.
    pub async fn closed(&self) -> Result<Closed> {
        within(
            "the socket to be closed",
            self.wait_for(|state| state.closed.clone()),
        )
        .await
    }

    /// The socket's end, if it came.
    #[must_use]
    pub fn closed_now(&self) -> Option<Closed> {
        self.lock().closed.clone()
    }

    pub(super) fn push(&self, event: &str, data: Value) {
        self.lock().pushes.push(Push {
            event: event.to_owned(),
            data,
        });
        self.news.notify_waiters();
    }

    pub(super) fn expect_answer(&self, id: u64) -> Pending {
        let (answer, receiver) = oneshot::channel();
        let mut state = self.lock();
        if state.closed.is_none() {
            state.waiting.insert(id, answer);
        }
        drop(state);
        Pending {
            receiver,
            inbox: self.clone(),
        }
    }

    pub(super) fn answer(&self, id: u64, answer: Value) {
        let waiting = self.lock().waiting.remove(&id);
        if let Some(waiting) = waiting {
            // Whoever asked may have stopped waiting; then nobody needs the answer.
            let _ = waiting.send(answer);
        }
    }

    /// The end: answers that are still awaited never come.
    pub(super) fn close(&self, closed: Closed) {
        let mut state = self.lock();
        state.closed.get_or_insert(closed);
        state.waiting.clear();
        drop(state);
        self.news.notify_waiters();
    }

    async fn wait_for<T>(&self, mut look: impl FnMut(&mut State) -> Option<T>) -> T {
        loop {
            let news = self.news.notified();
            tokio::pin!(news);
            news.as_mut().enable();
            if let Some(found) = look(&mut self.lock()) {
                return found;
            }
            news.await;
        }
    }

    fn summary(&self) -> String {
        let pushes = self.pushes();
        let names: Vec<&str> = pushes.iter().map(|push| push.event.as_str()).collect();
        format!("not taken so far: {names:?}")
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

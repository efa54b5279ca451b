//! Somebody who writes all the time, and how long each answer took.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use natter_tests::client::Client;
use natter_tests::deadline::within;
use natter_tests::rest::Answer;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What is written first.
pub(super) const HARMLESS: &str = "hello";

/// Where somebody writes to.
pub(super) enum Target {
    Person(String),
    Group(String),
}

/// A message, and what became of it.
pub(super) struct Sent {
    pub(super) body: String,
    pub(super) at: Instant,
    pub(super) took: Duration,
    pub(super) answer: Answer,
}

impl Sent {
    /// The ack's.
    pub(super) fn status(&self) -> Result<&str> {
        let ack = self
            .answer
            .as_ref()
            .map_err(|refusal| anyhow::anyhow!("refused: {}", refusal.error))?;
        ack["status"].as_str().context("no status")
    }
}

/// Somebody who writes all the time, whatever becomes of it.
pub(super) struct Traffic {
    body: watch::Sender<String>,
    stop: watch::Sender<bool>,
    writing: JoinHandle<Result<Vec<Sent>>>,
}

impl Traffic {
    pub(super) fn start(client: Client, target: Target, pause: Duration) -> Self {
        let (body, says) = watch::channel(HARMLESS.to_owned());
        let (stop, stopped) = watch::channel(false);
        let writing = tokio::spawn(write(Arc::new(client), target, pause, (says, stopped)));
        Self {
            body,
            stop,
            writing,
        }
    }

    /// What is written from now on.
    pub(super) fn says(&self, body: &str) {
        self.body.send_replace(body.to_owned());
    }

    /// What was written, in the order of the answers.
    pub(super) async fn stop(self) -> Result<Vec<Sent>> {
        self.stop.send_replace(true);
        within("the last answers", self.writing).await??
    }
}

async fn write(
    client: Arc<Client>,
    target: Target,
    pause: Duration,
    (says, stopped): (watch::Receiver<String>, watch::Receiver<bool>),
) -> Result<Vec<Sent>> {
    let target = Arc::new(target);
    let mut pace = tokio::time::interval(pause);
    let (mut sent, mut under_way) = (Vec::new(), FuturesUnordered::new());
    loop {
        tokio::select! {
            _ = pace.tick(), if !*stopped.borrow() => {
                let (client, target, body) = (Arc::clone(&client), Arc::clone(&target), says.borrow().clone());
                under_way.push(async move {
                    let at = Instant::now();
                    let answer = match &*target {
                        Target::Person(to) => client.send_private(to, &body).await,
                        Target::Group(room_id) => client.send_group(room_id, &body).await,
                    };
                    anyhow::Ok(Sent { answer: answer?, took: at.elapsed(), body, at })
                });
            }
            Some(answered) = under_way.next() => sent.push(answered?),
            else => return Ok(sent),
        }
    }
}

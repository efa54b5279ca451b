//! Writers at work, until the server is gone or they are told to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use futures_util::StreamExt as _;
use futures_util::future::try_join_all;
use futures_util::stream::FuturesUnordered;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tokio::task::JoinHandle;
use tokio::time::Interval;

use super::{Ack, Crowd, Sent};
use crate::client::{Client, Closed, Push};
use crate::deadline::{eventually, within};
use crate::rest::Answer;
use crate::server::Server;

/// Messages that a writer has under way at a time: enough to fill batches, so that a crash hits some in each state.
const IN_FLIGHT: usize = 16;

/// What a round must have acked before it is cut: without any, nothing could be lost.
const LEAST_ACKED: usize = 50;

/// Everybody connects and writes until the server is gone or [`Load::stop`] is called.
pub async fn write_until_cut(crowd: &Arc<Crowd>, server: &Server, seed: u64) -> Result<Load> {
    write(crowd, server, seed, None).await
}

/// The same, but so many messages a second by all of them together. Where the server is late, what was missed is sent at once.
pub async fn write_at_rate(
    crowd: &Arc<Crowd>,
    server: &Server,
    seed: u64,
    per_second: u32,
) -> Result<Load> {
    let writers = u32::try_from(crowd.people.len())?;
    let pause = Duration::from_secs(1) * writers / per_second;
    write(crowd, server, seed, Some(pause)).await
}

async fn write(
    crowd: &Arc<Crowd>,
    server: &Server,
    seed: u64,
    pause: Option<Duration>,
) -> Result<Load> {
    let connecting = crowd.people.iter().map(|person| person.connect_ws(server));
    let clients = try_join_all(connecting).await?;
    let acked = Arc::new(AtomicUsize::new(0));
    let stop = Arc::new(AtomicBool::new(false));
    let writers = clients.into_iter().enumerate().map(|(index, client)| {
        let generator =
            StdRng::seed_from_u64(seed.wrapping_mul(1_000_003).wrapping_add(index as u64));
        let writer = Writer {
            crowd: Arc::clone(crowd),
            index,
            client,
            acked: Arc::clone(&acked),
            stop: Arc::clone(&stop),
            pace: pause.map(tokio::time::interval),
        };
        tokio::spawn(writer.write(generator))
    });
    Ok(Load {
        writers: writers.collect(),
        acked,
        stop,
    })
}

/// Writers at work.
#[derive(Debug)]
pub struct Load {
    writers: Vec<JoinHandle<Result<Finished>>>,
    acked: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
}

/// What writers sent and heard.
#[derive(Debug, Default)]
pub struct Finished {
    /// Every message, acked or not.
    pub sent: Vec<Sent>,
    /// For each writer: what was pushed to it, in order.
    pub heard: Vec<Vec<Push>>,
    /// For each writer that was not told to stop: how its socket ended.
    pub ends: Vec<Closed>,
}

impl Load {
    /// Waits for the moment to cut: `lifetime` has passed, and so much is acked that a loss would show. All writers must
    /// still be at work then, so that it is the cut that ends them.
    pub async fn ripen(&self, lifetime: Duration) -> Result<()> {
        let began_at = Instant::now();
        eventually("the writers' acks", async || {
            let at_work = self.writers.iter().all(|writer| !writer.is_finished());
            ensure!(at_work, "a writer ended before the server was cut");
            let is_ripe = self.acked.load(Ordering::Relaxed) >= LEAST_ACKED;
            Ok((is_ripe && began_at.elapsed() >= lifetime).then_some(()))
        })
        .await
    }

    /// What all writers sent and heard. They end when the server is gone: with this close code, or without one if it was
    /// killed; another one means that the server ended a socket by itself.
    pub async fn finish(self, close_code: Option<u16>) -> Result<Finished> {
        let all = self.join().await?;
        let other = all.ends.iter().find(|end| end.code != close_code);
        ensure!(other.is_none(), "a writer ended otherwise: {other:?}");
        let acked = all.acked();
        ensure!(acked >= LEAST_ACKED, "only {acked} messages were acked");
        Ok(all)
    }

    /// Tells the writers to wait for their last answers only.
    pub async fn stop(self) -> Result<Finished> {
        self.stop.store(true, Ordering::Relaxed);
        self.join().await
    }

    async fn join(self) -> Result<Finished> {
        let finished = try_join_all(self.writers);
        let parts = within("the writers to notice the end", finished).await??;
        let mut all = Finished::default();
        for part in parts {
            let part = part?;
            all.sent.extend(part.sent);
            all.heard.extend(part.heard);
            all.ends.extend(part.ends);
        }
        Ok(all)
    }
}

impl Finished {
    /// How many messages were acked.
    #[must_use]
    pub fn acked(&self) -> usize {
        self.sent.iter().filter(|sent| sent.ack.is_some()).count()
    }
}

/// One of the crowd at work.
struct Writer {
    crowd: Arc<Crowd>,
    index: usize,
    client: Client,
    acked: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    /// Between two messages; without it one follows the other at once.
    pace: Option<Interval>,
}

impl Writer {
    async fn write(mut self, mut generator: StdRng) -> Result<Finished> {
        let mut sent: Vec<Sent> = Vec::new();
        let mut under_way = FuturesUnordered::new();
        loop {
            let may_send = under_way.len() < IN_FLIGHT && !self.is_over();
            let (at, answer) = tokio::select! {
                biased;
                () = its_turn(&mut self.pace), if may_send => {
                    let next = self.crowd.next_message(self.index, &mut generator);
                    let started = self.client.start(next.event, next.data.clone()).await;
                    let at = sent.len();
                    sent.push(next);
                    // A write that fails may have reached the server all the same: it stays in the log, without an ack.
                    if let Ok(answer) = started {
                        under_way.push(async move { (at, answered(answer).await) });
                    }
                    continue;
                }
                Some(answered) = under_way.next() => answered,
                else => break,
            };
            match answer {
                Ok((Ok(data), _)) => {
                    sent[at].ack = Some(Ack::read(&data)?);
                    self.acked.fetch_add(1, Ordering::Relaxed);
                }
                // Not stored, or not known to be: both are retried.
                Ok((Err(refusal), after)) if refusal.error["retryable"] == true => {
                    sent[at].refused_after = Some(after);
                }
                Ok((Err(refusal), _)) => anyhow::bail!("refused: {}", refusal.error),
                Err(_) => {}
            }
        }
        let ends = match self.is_told() {
            true => Vec::new(),
            false => vec![self.client.inbox().closed().await?],
        };
        let heard = vec![self.client.inbox().drain()];
        Ok(Finished { sent, heard, ends })
    }

    fn is_told(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn is_over(&self) -> bool {
        self.is_told() || self.client.inbox().closed_now().is_some()
    }
}

/// Waits until the next message is due.
async fn its_turn(pace: &mut Option<Interval>) {
    if let Some(pace) = pace {
        pace.tick().await;
    }
}

/// The answer and how long it took; after a refusal, once the wait is over that the server asked for.
async fn answered(answer: impl Future<Output = Result<Answer>>) -> Result<(Answer, Duration)> {
    let asked_at = Instant::now();
    let answer = answer.await?;
    let after = asked_at.elapsed();
    if let Err(refusal) = &answer {
        let wait_ms = refusal.error["retry_after_ms"].as_u64().unwrap_or(0);
        tokio::time::sleep(Duration::from_millis(wait_ms)).await;
    }
    Ok((answer, after))
}

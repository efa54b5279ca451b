//! Writers who send as fast as the server acknowledges, and a log of what was acknowledged.
//!
//! Rule: a message counts as acked only when its answer was read from the socket; what was sent without an answer is kept
//! too, and is retried later under the same client id.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use futures_util::StreamExt as _;
use futures_util::future::try_join_all;
use futures_util::stream::FuturesUnordered;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};

use crate::client::{Client, Closed, Push};
use crate::deadline::{eventually, within};
use crate::fields::{number, text};
use crate::people::Person;
use crate::rest::{Answer, Outcome as _};
use crate::server::Server;

/// Messages that a writer has under way at a time: enough to fill batches, so that a crash hits some in each state.
const IN_FLIGHT: usize = 16;

/// Where a message went, and what the server said.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Index of the writer in the crowd.
    pub writer: usize,
    /// The event, ready to be sent again.
    pub event: &'static str,
    /// Its data; `body` equals `client_msg_id`, so that history shows which message is which.
    pub data: Value,
    /// Room, seq and message id of the acknowledgement.
    pub ack: Option<Ack>,
}

/// What an acknowledgement promised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ack {
    /// The room.
    pub room_id: String,
    /// Its place there.
    pub seq: i64,
    /// Its id.
    pub message_id: String,
}

impl Ack {
    fn read(data: &Value) -> Result<Self> {
        anyhow::ensure!(data["status"] == "sent", "not sent: {data}");
        Ok(Self {
            room_id: text(data, "room_id")?,
            seq: number(data, "seq")?,
            message_id: text(data, "message_id")?,
        })
    }
}

impl Sent {
    /// The client's id, which is the body as well.
    #[must_use]
    pub fn client_msg_id(&self) -> &str {
        self.data["client_msg_id"].as_str().unwrap_or_default()
    }
}

/// Six people: one group of all, and three pairs.
#[derive(Debug)]
pub struct Crowd {
    /// The people.
    pub people: Vec<Person>,
    /// The group.
    pub group: String,
}

impl Crowd {
    /// Registers them and makes the group.
    pub async fn gather(server: &Server) -> Result<Self> {
        let people = Person::register_all(server, ["ann", "bob", "cem", "dea", "eli", "fay"])
            .await?
            .to_vec();
        let others: Vec<&Person> = people.iter().skip(1).collect();
        let group = people[0].create_group("load", &others).await?;
        Ok(Self { people, group })
    }

    /// The same people on a server that was started anew; they take fresh tokens, since a long test outlives one.
    pub async fn at(&self, server: &Server) -> Result<Self> {
        let people = try_join_all(self.people.iter().map(|person| person.refresh(server))).await?;
        Ok(Self {
            people,
            group: self.group.clone(),
        })
    }

    /// Who sees a message.
    #[must_use]
    pub fn audience(&self, sent: &Sent) -> Vec<&Person> {
        match sent.event {
            "send_group_message" => self.people.iter().collect(),
            _ => vec![&self.people[sent.writer], &self.people[peer(sent.writer)]],
        }
    }

    fn next_message(&self, writer: usize, generator: &mut StdRng) -> Sent {
        let client_msg_id = format!("{writer}-{:016x}", generator.random::<u64>());
        let mut data = json!({ "client_msg_id": client_msg_id, "body": client_msg_id });
        if generator.random_bool(0.5) {
            data["room_id"] = self.group.clone().into();
            return Sent {
                writer,
                event: "send_group_message",
                data,
                ack: None,
            };
        }
        data["to"] = self.people[peer(writer)].user_id.clone().into();
        Sent {
            writer,
            event: "send_private_message",
            data,
            ack: None,
        }
    }
}

/// The other one of a writer's pair: 0 and 1, 2 and 3, 4 and 5.
fn peer(writer: usize) -> usize {
    writer ^ 1
}

/// Everybody connects, writes until the server is gone, and tells what was sent.
pub async fn write_until_cut(crowd: &Arc<Crowd>, server: &Server, seed: u64) -> Result<Load> {
    let connecting = crowd.people.iter().map(|person| person.connect_ws(server));
    let clients = try_join_all(connecting).await?;
    let acked = Arc::new(AtomicUsize::new(0));
    let writers = clients.into_iter().enumerate().map(|(index, client)| {
        let generator =
            StdRng::seed_from_u64(seed.wrapping_mul(1_000_003).wrapping_add(index as u64));
        let writer = Writer {
            crowd: Arc::clone(crowd),
            index,
            client,
            acked: Arc::clone(&acked),
        };
        tokio::spawn(writer.write(generator))
    });
    Ok(Load {
        writers: writers.collect(),
        acked,
    })
}

/// Writers at work.
#[derive(Debug)]
pub struct Load {
    writers: Vec<tokio::task::JoinHandle<Result<Finished>>>,
    acked: Arc<AtomicUsize>,
}

/// What writers sent and heard.
#[derive(Debug, Default)]
pub struct Finished {
    /// Every message, acked or not.
    pub sent: Vec<Sent>,
    /// For each writer: what was pushed to it, in order.
    pub heard: Vec<Vec<Push>>,
    /// For each writer: how its socket ended.
    pub ends: Vec<Closed>,
}

impl Finished {
    /// A server that is cut says nothing: a close code would mean that it ended a socket by itself.
    ///
    /// # Errors
    /// It did.
    pub fn check_cut(&self) -> Result<()> {
        for (writer, end) in self.ends.iter().enumerate() {
            ensure!(
                end.code.is_none(),
                "writer {writer} was closed by the server: {end:?}"
            );
        }
        Ok(())
    }
}

impl Load {
    /// Waits for the moment to cut: `lifetime` has passed and enough messages are acked that their loss would show. All
    /// writers must still be at work then, so that it is the cut that ends them.
    pub async fn ripen(&self, lifetime: Duration, least_acked: usize) -> Result<()> {
        let began_at = Instant::now();
        eventually("the writers' acks", async || {
            for writer in &self.writers {
                ensure!(
                    !writer.is_finished(),
                    "a writer ended before the server was cut"
                );
            }
            let acked = self.acked.load(Ordering::Relaxed);
            Ok((began_at.elapsed() >= lifetime && acked >= least_acked).then_some(()))
        })
        .await
    }

    /// What all writers sent and heard; they end when the server is gone.
    pub async fn finish(self) -> Result<Finished> {
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

/// One of the crowd at work.
struct Writer {
    crowd: Arc<Crowd>,
    index: usize,
    client: Client,
    acked: Arc<AtomicUsize>,
}

impl Writer {
    async fn write(self, mut generator: StdRng) -> Result<Finished> {
        let mut sent: Vec<Sent> = Vec::new();
        let mut under_way = FuturesUnordered::new();
        loop {
            while under_way.len() < IN_FLIGHT && self.client.inbox().closed_now().is_none() {
                let next = self.crowd.next_message(self.index, &mut generator);
                let started = self.client.start(next.event, next.data.clone()).await;
                let at = sent.len();
                sent.push(next);
                // A write that fails may have reached the server all the same: it stays in the log, without an ack.
                let Ok(answer) = started else { break };
                under_way.push(async move { (at, answer.await) });
            }
            let Some((at, answer)) = under_way.next().await else {
                break;
            };
            match answer {
                Ok(Ok(data)) => {
                    sent[at].ack = Some(Ack::read(&data)?);
                    self.acked.fetch_add(1, Ordering::Relaxed);
                }
                // Not stored, or not known to be: both are retried.
                Ok(Err(refusal)) if refusal.error["retryable"] == true => {}
                Ok(Err(refusal)) => anyhow::bail!("refused: {}", refusal.error),
                Err(_) => {}
            }
        }
        let ends = vec![self.client.inbox().closed().await?];
        let heard = vec![self.client.inbox().drain()];
        Ok(Finished { sent, heard, ends })
    }
}

/// Sends what got no answer again, under the same ids; afterwards everything is acked. How many were stored already.
pub async fn retry_unacked(crowd: &Crowd, server: &Server, log: &mut [Sent]) -> Result<usize> {
    let mut already_stored = 0;
    for (writer, person) in crowd.people.iter().enumerate() {
        let client = person.connect_ws(server).await?;
        let unacked = log
            .iter_mut()
            .filter(|sent| sent.writer == writer && sent.ack.is_none());
        for sent in unacked {
            let data = retry(&client, sent).await?.granted()?;
            already_stored += usize::from(data["deduplicated"].as_bool().context("deduplicated")?);
            sent.ack = Some(Ack::read(&data)?);
        }
        client.disconnect().await?;
    }
    Ok(already_stored)
}

async fn retry(client: &Client, sent: &Sent) -> Result<Answer> {
    client.emit(sent.event, sent.data.clone()).await
}

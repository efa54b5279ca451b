//! Writers who send as fast as the server acknowledges, and a log of what was acknowledged.
//!
//! Rule: a message counts as acked only when its answer was read from the socket; what was sent without an answer is kept
//! too, and is retried later under the same client id.

mod writers;

use std::time::Duration;

use anyhow::{Context, Result};
use futures_util::future::try_join_all;
use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use crate::client::Client;
use crate::fields::{number, text};
use crate::people::Person;
use crate::rest::{Answer, Outcome as _};
use crate::server::Server;
pub use writers::{Finished, Load, write_at_rate, write_until_cut};

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
    /// How long the server took to say that it cannot now.
    pub refused_after: Option<Duration>,
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
                refused_after: None,
            };
        }
        data["to"] = self.people[peer(writer)].user_id.clone().into();
        Sent {
            writer,
            event: "send_private_message",
            data,
            ack: None,
            refused_after: None,
        }
    }
}

/// The other one of a writer's pair: 0 and 1, 2 and 3, 4 and 5.
fn peer(writer: usize) -> usize {
    writer ^ 1
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

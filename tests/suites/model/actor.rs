//! One person of a run: a client that comes and goes, its copy of the rooms, what it sent.

use anyhow::{Context as _, Result};
use natter_tests::client::Client;
use natter_tests::people::Person;
use natter_tests::replica::Replica;
use natter_tests::server::Server;
use serde_json::Value;

/// A message that was acknowledged, ready to be sent again.
#[derive(Clone, Debug)]
pub(super) struct Acked {
    pub(super) event: &'static str,
    pub(super) data: Value,
    pub(super) ack: Value,
}

#[derive(Debug)]
pub(super) struct Actor {
    pub(super) person: Person,
    pub(super) replica: Replica,
    pub(super) sent: Vec<Acked>,
    client: Option<Client>,
}

impl Actor {
    pub(super) fn new(person: Person) -> Self {
        Self {
            replica: Replica::empty(&person),
            person,
            sent: Vec::new(),
            client: None,
        }
    }

    pub(super) fn is_online(&self) -> bool {
        self.client.is_some()
    }

    pub(super) fn client(&self) -> Result<&Client> {
        self.client.as_ref().context("the person is offline")
    }

    /// Connects and syncs from the old cursors; pushes that came meanwhile are taken after that.
    pub(super) async fn connect(&mut self, server: &Server, limit: i64) -> Result<()> {
        self.client = Some(self.person.connect_ws(server).await?);
        self.sync(limit).await
    }

    /// Goes; a client that crashes has not looked at its last pushes.
    pub(super) async fn disconnect(&mut self, crashes: bool) -> Result<()> {
        if !crashes {
            self.absorb().await?;
        }
        let client = self.client.take().context("the person is offline")?;
        client.disconnect().await
    }

    pub(super) async fn sync(&mut self, limit: i64) -> Result<()> {
        let client = self.client.as_ref().context("the person is offline")?;
        self.replica.catch_up(client, limit).await?;
        self.absorb().await
    }

    /// Takes what was pushed so far.
    pub(super) async fn absorb(&mut self) -> Result<()> {
        let pushes = self.client()?.inbox().drain();
        self.replica.absorb(pushes).await
    }

    pub(super) async fn remember(
        &mut self,
        event: &'static str,
        data: Value,
        ack: Value,
    ) -> Result<()> {
        self.replica
            .take_ack(&ack, data["body"].as_str().context("body")?)
            .await?;
        self.sent.push(Acked { event, data, ack });
        Ok(())
    }
}

//! People of a test: accounts made through REST, and their sockets.
//!
//! Rule: names are made up per person, so that tests which share a server never meet each other's accounts.

use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::client::{Client, Drivers, Transport};
use crate::fields::{number, text};
use crate::rest::{Outcome as _, Rest};
use crate::server::{Server, Site};

/// Everybody's password.
pub const PASSWORD: &str = "correct horse battery staple";

static NEXT_PERSON: AtomicU32 = AtomicU32::new(1);

/// An account with a token.
#[derive(Clone, Debug)]
pub struct Person {
    /// Account id.
    pub user_id: String,
    /// Login name.
    pub username: String,
    /// The device that registered.
    pub device_id: String,
    /// Access token of that device.
    pub token: String,
    /// Refresh token of that device.
    pub refresh_token: String,
    /// REST with that token.
    pub rest: Rest,
}

impl Person {
    /// Makes the first admin with the one-time token.
    pub async fn first_admin(site: &Site, server: &Server) -> Result<Self> {
        let username = made_up_name("admin");
        let body =
            json!({ "token": site.setup_token()?, "username": username, "password": PASSWORD });
        Self::read(
            &server.rest(),
            server.rest().post("/api/v1/setup", body).await?.granted()?,
        )
    }

    /// Registers somebody; with `registration.mode = "open"` they are active at once.
    pub async fn register(server: &Server, name: &str) -> Result<Self> {
        let body = json!({ "username": made_up_name(name), "password": PASSWORD });
        Self::read(
            &server.rest(),
            server
                .rest()
                .post("/api/v1/auth/register", body)
                .await?
                .granted()?,
        )
    }

    /// Registers several.
    pub async fn register_all<const N: usize>(
        server: &Server,
        names: [&str; N],
    ) -> Result<[Self; N]> {
        let people =
            futures_util::future::try_join_all(names.map(|name| Self::register(server, name)))
                .await?;
        people.try_into().ok().context("as many people as names")
    }

    /// The same account on another device: another login.
    pub async fn log_in(&self, server: &Server) -> Result<Self> {
        let body = json!({ "username": self.username, "password": PASSWORD });
        Self::read(
            &server.rest(),
            server
                .rest()
                .post("/api/v1/auth/login", body)
                .await?
                .granted()?,
        )
    }

    /// The same device with fresh tokens.
    pub async fn refresh(&self, server: &Server) -> Result<Self> {
        let body = json!({ "refresh_token": self.refresh_token });
        Self::read(
            &server.rest(),
            server
                .rest()
                .post("/api/v1/auth/refresh", body)
                .await?
                .granted()?,
        )
    }

    /// Opens a socket and registers it.
    pub async fn connect(
        &self,
        drivers: &Drivers,
        server: &Server,
        transport: Transport,
    ) -> Result<Client> {
        let client = Client::connect(drivers, server, transport, None).await?;
        let registered = client
            .emit("register_user", json!({ "token": self.token }))
            .await?
            .granted()?;
        anyhow::ensure!(
            registered["user"]["user_id"] == self.user_id,
            "registered as somebody else: {registered}"
        );
        Ok(client)
    }

    /// Opens a plain WebSocket and registers it.
    pub async fn connect_ws(&self, server: &Server) -> Result<Client> {
        self.connect(&Drivers::none(), server, Transport::PlainWebSocket)
            .await
    }

    /// Makes a group that this person owns; the room's id.
    pub async fn create_group(&self, name: &str, others: &[&Person]) -> Result<String> {
        let member_ids: Vec<&str> = others
            .iter()
            .map(|person| person.user_id.as_str())
            .collect();
        let body = json!({ "name": name, "member_ids": member_ids });
        let room = self.rest.post("/api/v1/rooms", body).await?.granted()?;
        text(&room, "room_id")
    }

    /// A room as in this person's room list.
    pub async fn room(&self, room_id: &str) -> Result<Value> {
        let mut answer = self
            .rest
            .get(&format!("/api/v1/rooms/{room_id}"))
            .await?
            .granted()?;
        Ok(answer["room"].take())
    }

    /// Every message above `after` that this person may see, oldest first, a page at a time.
    pub async fn history_after(&self, room_id: &str, mut after: i64) -> Result<Vec<Value>> {
        let mut messages = Vec::new();
        loop {
            let path = format!("/api/v1/rooms/{room_id}/messages?after={after}&limit=200");
            let mut page = self.rest.get(&path).await?.granted()?;
            let more = page["has_more"].as_bool().context("has_more")?;
            messages.append(page["messages"].as_array_mut().context("messages")?);
            after = match messages.last() {
                Some(message) => number(message, "seq")?,
                None => after,
            };
            if !more {
                return Ok(messages);
            }
        }
    }

    fn read(rest: &Rest, tokens: Value) -> Result<Self> {
        let token = text(&tokens, "access_token")?;
        Ok(Self {
            user_id: text(&tokens["user"], "user_id")?,
            username: text(&tokens["user"], "username")?,
            device_id: text(&tokens, "device_id")?,
            rest: rest.with_token(&token),
            refresh_token: text(&tokens, "refresh_token")?,
            token,
        })
    }
}

/// A fresh id for one message, as a client would make it up.
#[must_use]
pub fn new_client_msg_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

fn made_up_name(name: &str) -> String {
    format!("{name}-{}", NEXT_PERSON.fetch_add(1, Ordering::Relaxed))
}

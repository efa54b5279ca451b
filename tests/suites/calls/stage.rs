//! Where calls are played: a server, people with sockets of one client program, and what they say of calls.

use anyhow::{Result, ensure};
use futures_util::future::try_join_all;
use natter_tests::client::{Client, Drivers, Transport};
use natter_tests::fields::{expect, text};
use natter_tests::people::{Person, new_client_msg_id};
use natter_tests::rest::{Answer, Outcome as _};
use natter_tests::server::{Server, Settings, Site};
use serde_json::{Value, json};

/// A server of a test's own.
pub(super) struct Stage {
    pub(super) site: Site,
    pub(super) server: Server,
    pub(super) drivers: Drivers,
    pub(super) transport: Transport,
}

/// Somebody with a socket.
pub(super) struct Talker {
    pub(super) person: Person,
    pub(super) socket: Client,
}

impl Stage {
    pub(super) async fn open(settings: &Settings, transport: Transport) -> Result<Self> {
        let site = Site::create(settings)?;
        let server = site.start().await?;
        Ok(Self {
            site,
            server,
            drivers: Drivers::none(),
            transport,
        })
    }

    /// Plain WebSockets, and everything at its default.
    pub(super) async fn plain() -> Result<Self> {
        Self::open(&Settings::open(), Transport::PlainWebSocket).await
    }

    pub(super) async fn talkers<const N: usize>(&self, names: [&str; N]) -> Result<[Talker; N]> {
        let people = Person::register_all(&self.server, names).await?;
        let talkers = try_join_all(people.into_iter().map(|it| self.talker(it))).await?;
        talkers
            .try_into()
            .map_err(|_| anyhow::anyhow!("as many talkers as names"))
    }

    pub(super) async fn talker(&self, person: Person) -> Result<Talker> {
        let socket = person
            .connect(&self.drivers, &self.server, self.transport)
            .await?;
        Ok(Talker { person, socket })
    }
}

impl Talker {
    pub(super) fn id(&self) -> &str {
        &self.person.user_id
    }

    /// Calls one person.
    pub(super) async fn call(&self, to: &Self) -> Result<Value> {
        let data =
            json!({ "to": to.id(), "media": "audio", "client_call_id": new_client_msg_id() });
        self.socket.emit("call_user", data).await?.granted()
    }

    /// Calls a group.
    pub(super) async fn call_room(&self, room_id: &str) -> Result<Value> {
        let data =
            json!({ "room_id": room_id, "media": "video", "client_call_id": new_client_msg_id() });
        self.socket.emit("call_user", data).await?.granted()
    }

    /// Says something about a call.
    pub(super) async fn say(&self, event: &str, call_id: &str) -> Result<Answer> {
        self.socket.emit(event, json!({ "call_id": call_id })).await
    }

    /// The same, and it must be taken.
    pub(super) async fn says(&self, event: &str, call_id: &str, state: &str) -> Result<()> {
        let ack = self.say(event, call_id).await?.granted()?;
        expect(&ack, "call_id", call_id)?;
        expect(&ack, "state", state)
    }

    /// Hears an event of a call.
    pub(super) async fn hears(&self, event: &str, call_id: &str) -> Result<Value> {
        let is_it = |data: &Value| data["call_id"] == call_id;
        self.socket.inbox().take_where(event, is_it).await
    }

    /// Hears that it is over.
    pub(super) async fn hears_end(&self, call_id: &str, reason: &str) -> Result<()> {
        expect(&self.hears("call_ended", call_id).await?, "reason", reason)
    }

    /// Hears the phone.
    pub(super) async fn is_rung_by(&self, caller: &Self, call_id: &str) -> Result<Value> {
        let incoming = self.hears("incoming_call", call_id).await?;
        expect(&incoming, "from", caller.id())?;
        Ok(incoming)
    }

    /// The call as REST shows it.
    pub(super) async fn looks_up(&self, call_id: &str) -> Result<Value> {
        let path = format!("/api/v1/calls/{call_id}");
        self.person.rest.get(&path).await?.granted()
    }

    /// The message of a missed call.
    pub(super) async fn reads_of_missed(&self, event: &str, call_id: &str) -> Result<Value> {
        let is_it = |data: &Value| data["message_id"] == call_id;
        let message = self.socket.inbox().take_where(event, is_it).await?;
        expect(&message, "kind", "call")?;
        Ok(message)
    }
}

/// The id of a call that rings.
pub(super) fn ringing(ack: &Value) -> Result<String> {
    expect(ack, "state", "ringing")?;
    ensure!(ack.get("reason").is_none(), "{ack}");
    text(ack, "expires_at")?;
    text(ack, "call_id")
}

/// One person's part in a call.
pub(super) fn part<'a>(call: &'a Value, of: &Talker) -> Result<&'a Value> {
    let people = natter_tests::fields::list(call, "participants")?;
    let found = people.iter().find(|it| it["user_id"] == of.id());
    found.ok_or_else(|| anyhow::anyhow!("{} is not in {call}", of.person.username))
}

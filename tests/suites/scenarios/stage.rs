//! Where scenarios play: one server in the default registration mode, its admin, and the client program of one transport.

use std::time::Duration;

use anyhow::{Result, ensure};
use futures_util::future::try_join_all;
use natter_tests::client::{Client, Closed, Drivers, Transport};
use natter_tests::fields::{expect, number, text};
use natter_tests::people::Person;
use natter_tests::rest::{Answer, Outcome as _};
use natter_tests::server::{Server, Settings, Site, Storage};
use serde_json::{Value, json};

/// How soon the socket of who may no longer be here is closed, as `docs/protocol.md` promises.
pub(super) const CUT_WITHIN: Duration = Duration::from_secs(5);

/// Shared by the scenarios of one transport; they use people of their own.
pub(super) struct Stage {
    pub(super) server: Server,
    pub(super) drivers: Drivers,
    pub(super) transport: Transport,
    pub(super) admin: Person,
    _site: Site,
}

impl Stage {
    pub(super) async fn open(transport: Transport, storage: Storage) -> Result<Self> {
        let site = Site::create_on(storage, &Settings::of_mode("approval").unhurried())?;
        let server = site.start().await?;
        let admin = Person::first_admin(&site, &server).await?;
        Ok(Self {
            server,
            drivers: Drivers::none(),
            transport,
            admin,
            _site: site,
        })
    }

    /// The server must have survived everything, and must end when asked to.
    pub(super) async fn close(&mut self) -> Result<()> {
        self.server.check_health().await
    }

    /// A person who waits for approval.
    pub(super) async fn newcomer(&self, name: &str) -> Result<Person> {
        Person::register(&self.server, name).await
    }

    /// An admin's word about somebody: approve, reject, suspend or reinstate.
    pub(super) async fn decide(
        &self,
        person: &Person,
        action: &str,
        reason: Option<&str>,
    ) -> Result<Answer> {
        let path = format!("/api/v1/admin/users/{}/{action}", person.user_id);
        let body = reason.map_or(json!({}), |reason| json!({ "reason": reason }));
        self.admin.rest.post(&path, body).await
    }

    /// Approved people.
    pub(super) async fn people<const N: usize>(&self, names: [&str; N]) -> Result<[Person; N]> {
        let people = Person::register_all(&self.server, names).await?;
        for person in &people {
            self.decide(person, "approve", None).await?.granted()?;
        }
        Ok(people)
    }

    /// The server closed the socket, and the client program says why if it can.
    pub(super) fn check_closed(&self, closed: &Closed, code: u16, reason: &str) -> Result<()> {
        self.transport.check_closed(closed, code, reason)
    }

    /// A registered socket of this stage's transport.
    pub(super) async fn connect(&self, person: &Person) -> Result<Client> {
        person
            .connect(&self.drivers, &self.server, self.transport)
            .await
    }

    /// One registered socket each.
    pub(super) async fn connect_all<const N: usize>(
        &self,
        people: &[Person; N],
    ) -> Result<[Client; N]> {
        let clients = try_join_all(people.iter().map(|person| self.connect(person))).await?;
        clients
            .try_into()
            .map_err(|_| anyhow::anyhow!("as many sockets as people"))
    }
}

/// The push is the message that was acknowledged by `sent`.
pub(super) fn check_message(push: &Value, sent: &Value, sender: &Person, body: &str) -> Result<()> {
    for field in ["message_id", "room_id", "seq", "rev", "created_at"] {
        expect(push, field, sent[field].clone())?;
    }
    expect(push, "sender_id", sender.user_id.as_str())?;
    expect(push, "kind", "text")?;
    expect(push, "body", body)
}

/// An acknowledgement of a new message; its room and seq.
pub(super) fn check_sent(sent: &Value) -> Result<(String, i64)> {
    expect(sent, "status", "sent")?;
    expect(sent, "deduplicated", false)?;
    ensure!(
        number(sent, "rev")? >= number(sent, "seq")?,
        "a message raises rev at least as often as seq: {sent}"
    );
    ensure!(
        text(sent, "created_at")?.ends_with('Z'),
        "times are UTC: {sent}"
    );
    Ok((text(sent, "room_id")?, number(sent, "seq")?))
}

/// Asks for what changed.
pub(super) async fn sync(
    client: &Client,
    user_rev: i64,
    rooms: &[(&str, i64)],
    limit: i64,
) -> Result<Value> {
    let rooms: Vec<Value> = rooms
        .iter()
        .map(|(room_id, rev)| json!({ "room_id": room_id, "rev": rev }))
        .collect();
    client
        .emit(
            "sync",
            json!({ "user_rev": user_rev, "rooms": rooms, "limit": limit }),
        )
        .await?
        .granted()
}

/// The part of a sync's answer about one room.
pub(super) fn room_part<'a>(answer: &'a Value, room_id: &str) -> Result<&'a Value> {
    let rooms = natter_tests::fields::list(answer, "rooms")?;
    let is_it = |part: &&Value| part["room_id"] == room_id || part["room"]["room_id"] == room_id;
    rooms
        .iter()
        .find(is_it)
        .ok_or_else(|| anyhow::anyhow!("nothing about {room_id} in {answer}"))
}

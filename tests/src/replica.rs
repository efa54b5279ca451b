//! A client's copy of its rooms, kept up by pushes and `sync` as `docs/protocol.md` tells clients to do it.
//!
//! Rule: the copy knows nothing but what the server told this one person. Acks of one's own messages fill in messages, but
//! do not move the cursor, since an ack may overtake the pushes of others.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::client::{Client, Push};
use crate::fields::{list, number, text};
use crate::people::Person;
use crate::rest::Outcome as _;

/// A message: its id, its author, its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The message's id.
    pub message_id: String,
    /// Its author.
    pub sender_id: String,
    /// Its text.
    pub body: String,
}

/// One room as the client has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoomCopy {
    /// The cursor: every change up to it is here.
    pub rev: i64,
    /// The newest push; unlike `rev` it says nothing of what was asked for.
    pub pushed_rev: i64,
    /// A group's name.
    pub name: Option<String>,
    /// Messages by seq.
    pub messages: BTreeMap<i64, Entry>,
    /// Who belongs to it, with their role.
    pub members: BTreeMap<String, String>,
    /// Watermarks as the last sync gave them: delivered and read per member.
    pub watermarks: BTreeMap<String, (i64, i64)>,
}

/// One person's client.
#[derive(Clone, Debug)]
pub struct Replica {
    person: Person,
    user_rev: i64,
    rooms: BTreeMap<String, RoomCopy>,
}

impl Replica {
    /// A client that knows nothing yet.
    #[must_use]
    pub fn empty(person: &Person) -> Self {
        Self {
            person: person.clone(),
            user_rev: 0,
            rooms: BTreeMap::new(),
        }
    }

    /// A client that has these rooms up to a rev, but kept none of their content.
    #[must_use]
    pub fn knowing_rooms_since(person: &Person, rooms: &[(&str, i64)]) -> Self {
        let room = |rev| RoomCopy {
            rev,
            ..RoomCopy::default()
        };
        let rooms = rooms
            .iter()
            .map(|(room_id, rev)| ((*room_id).to_owned(), room(*rev)))
            .collect();
        Self {
            rooms,
            ..Self::empty(person)
        }
    }

    /// The rooms that it has.
    #[must_use]
    pub fn rooms(&self) -> &BTreeMap<String, RoomCopy> {
        &self.rooms
    }

    /// Whose client it is.
    #[must_use]
    pub fn person(&self) -> &Person {
        &self.person
    }

    /// Asks `sync` until nothing is missing.
    pub async fn catch_up(&mut self, client: &Client, limit: i64) -> Result<()> {
        loop {
            let known: Vec<Value> = self
                .rooms
                .iter()
                .map(|(room_id, room)| json!({ "room_id": room_id, "rev": room.rev }))
                .collect();
            let request = json!({ "user_rev": self.user_rev, "rooms": known, "limit": limit });
            let answer = client.emit("sync", request).await?.granted()?;
            self.user_rev = number(&answer, "user_rev")?;
            let mut has_more = false;
            for part in list(&answer, "rooms")? {
                has_more |= self
                    .take_part(part, limit)
                    .await
                    .with_context(|| part.to_string())?;
            }
            if !has_more {
                return Ok(());
            }
        }
    }

    /// Takes what was pushed, in order. Pushes of a known room must come by rising rev.
    pub async fn absorb(&mut self, pushes: Vec<Push>) -> Result<()> {
        for Push { event, data } in pushes {
            let Some(rev) = data["rev"].as_i64() else {
                continue;
            };
            let room_id = text(&data, "room_id")?;
            self.take_push(&room_id, rev, &event, &data)
                .await
                .with_context(|| format!("{event} {data}"))?;
        }
        Ok(())
    }

    /// Takes the acknowledgement of a message of one's own.
    pub async fn take_ack(&mut self, ack: &Value, body: &str) -> Result<()> {
        let room_id = text(ack, "room_id")?;
        let Some(room) = self.rooms.get_mut(&room_id) else {
            return self.fetch(&room_id).await;
        };
        let sender_id = self.person.user_id.clone();
        let entry = Entry {
            message_id: text(ack, "message_id")?,
            sender_id,
            body: body.to_owned(),
        };
        room.messages.insert(number(ack, "seq")?, entry);
        Ok(())
    }

    async fn take_push(
        &mut self,
        room_id: &str,
        rev: i64,
        event: &str,
        data: &Value,
    ) -> Result<()> {
        if !self.rooms.contains_key(room_id) {
            if event == "member_updated" && data["state"] == "left" {
                return Ok(());
            }
            return self.fetch(room_id).await;
        }
        let room = self.rooms.entry(room_id.to_owned()).or_default();
        let earlier = room.pushed_rev;
        ensure!(
            earlier < rev,
            "pushed with rev {rev} after a push with rev {earlier}"
        );
        room.pushed_rev = rev;
        // What a sync or the history told already is old.
        if rev <= room.rev {
            return Ok(());
        }
        room.rev = rev;
        match event {
            "receive_private_message" | "receive_group_message" => room.take_message(data)?,
            "member_updated" => {
                room.take_member(data)?;
                if data["state"] == "left" && data["user_id"] == self.person.user_id {
                    self.rooms.remove(room_id);
                }
            }
            "room_updated" => room.name = data["name"].as_str().map(str::to_owned),
            _ => bail!("a push with a rev that is none of ours"),
        }
        Ok(())
    }

    async fn take_part(&mut self, part: &Value, limit: i64) -> Result<bool> {
        match part["state"].as_str() {
            Some("gone") => {
                self.rooms.remove(&text(part, "room_id")?);
                Ok(false)
            }
            Some("reset") => self
                .fetch(&text(&part["room"], "room_id")?)
                .await
                .map(|()| false),
            Some("changes") => {
                let room = self.rooms.entry(text(part, "room_id")?).or_default();
                let changes = list(part, "changes")?;
                ensure!(
                    i64::try_from(changes.len())? <= limit,
                    "{} changes, limit {limit}",
                    changes.len()
                );
                let mut rev = room.rev;
                for change in changes {
                    ensure!(
                        rev < number(change, "rev")?,
                        "changes do not rise from rev {rev}: {change}"
                    );
                    rev = number(change, "rev")?;
                    room.take_change(change)?;
                }
                let told = number(part, "rev")?;
                ensure!(
                    told >= rev,
                    "the answer's rev {told} is below its last change's {rev}"
                );
                room.rev = told;
                room.take_watermarks(&part["watermarks"])?;
                Ok(part["has_more"].as_bool().context("has_more")?)
            }
            _ => bail!("a room in no known state"),
        }
    }

    /// Reads a room anew: itself, its members, its history.
    async fn fetch(&mut self, room_id: &str) -> Result<()> {
        let answer = self
            .person
            .rest
            .get(&format!("/api/v1/rooms/{room_id}"))
            .await?;
        let Ok(answer) = answer else {
            // Lost again in the meantime: the next sync says so.
            self.rooms.remove(room_id);
            return Ok(());
        };
        let summary = &answer["room"];
        let name = summary["name"].as_str().map(str::to_owned);
        let mut room = RoomCopy {
            rev: number(summary, "rev")?,
            name,
            ..RoomCopy::default()
        };
        for member in list(&answer, "members")? {
            room.take_member(member)?;
        }
        for message in self.person.history_after(room_id, 0).await? {
            room.take_message(&message)?;
        }
        room.take_watermarks(&summary["watermarks"])?;
        self.rooms.insert(room_id.to_owned(), room);
        Ok(())
    }
}

impl RoomCopy {
    fn take_change(&mut self, change: &Value) -> Result<()> {
        match change["type"].as_str() {
            Some("message") => self.take_message(change)?,
            Some("member") => self.take_member(change)?,
            Some("room") => self.name = change["room"]["name"].as_str().map(str::to_owned),
            _ => bail!("a change of no known type: {change}"),
        }
        Ok(())
    }

    fn take_message(&mut self, data: &Value) -> Result<()> {
        let entry = Entry {
            message_id: text(data, "message_id")?,
            sender_id: text(data, "sender_id")?,
            body: text(data, "body")?,
        };
        self.messages.insert(number(data, "seq")?, entry);
        Ok(())
    }

    fn take_member(&mut self, data: &Value) -> Result<()> {
        let user_id = text(data, "user_id")?;
        match data["state"].as_str() {
            Some("joined") => self.members.insert(user_id, text(data, "role")?),
            Some("left") => self.members.remove(&user_id),
            _ => bail!("a member in no known state: {data}"),
        };
        Ok(())
    }

    fn take_watermarks(&mut self, watermarks: &Value) -> Result<()> {
        self.watermarks.clear();
        // Large rooms do not list their members' watermarks.
        for mark in watermarks["members"].as_array().into_iter().flatten() {
            let marks = (number(mark, "delivered_seq")?, number(mark, "read_seq")?);
            self.watermarks.insert(text(mark, "user_id")?, marks);
        }
        Ok(())
    }
}

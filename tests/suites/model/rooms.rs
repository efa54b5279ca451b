//! The model: rooms as lists, people as numbers.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use natter_tests::people::Person;
use natter_tests::replica::{Entry, Replica, RoomCopy};

/// A person's place in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) role: &'static str,
    pub(super) visible_from: i64,
    pub(super) delivered: i64,
    pub(super) read: i64,
}

/// A room: its log, its present members by number.
#[derive(Clone, Debug)]
pub(super) struct Room {
    pub(super) room_id: String,
    pub(super) name: Option<String>,
    pub(super) log: Vec<Entry>,
    pub(super) members: BTreeMap<usize, Member>,
}

impl Room {
    pub(super) fn new(room_id: String, name: Option<String>) -> Self {
        Self {
            room_id,
            name,
            log: Vec::new(),
            members: BTreeMap::new(),
        }
    }

    pub(super) fn last_seq(&self) -> i64 {
        i64::try_from(self.log.len()).unwrap_or(i64::MAX)
    }

    pub(super) fn is_group(&self) -> bool {
        self.name.is_some()
    }

    pub(super) fn owner(&self) -> Option<usize> {
        self.members
            .iter()
            .find(|(_, member)| member.role == "owner")
            .map(|(person, _)| *person)
    }

    /// Receipts start at the join.
    pub(super) fn join(&mut self, person: usize, role: &'static str, sees_all: bool) {
        let last = self.last_seq();
        let visible_from = if sees_all { 1 } else { last + 1 };
        self.members.insert(
            person,
            Member {
                role,
                visible_from,
                delivered: last,
                read: last,
            },
        );
    }

    /// Stores a message at a place, which must be the next one.
    pub(super) fn append(&mut self, seq: i64, entry: Entry) -> Result<()> {
        ensure!(
            seq == self.last_seq() + 1,
            "acked as {seq} after {} messages: {entry:?}",
            self.log.len()
        );
        self.log.push(entry);
        Ok(())
    }

    /// A receipt; what the reader's watermarks are afterwards.
    pub(super) fn receive(
        &mut self,
        person: usize,
        up_to_seq: i64,
        status: &str,
    ) -> Option<(i64, i64)> {
        let member = self.members.get_mut(&person)?;
        member.delivered = member.delivered.max(up_to_seq);
        if status == "read" {
            member.read = member.read.max(up_to_seq);
        }
        Some((member.delivered, member.read))
    }

    /// Others' messages above the read watermark.
    pub(super) fn unread(&self, person: usize, user_id: &str) -> i64 {
        let Some(member) = self.members.get(&person) else {
            return 0;
        };
        let first = member.visible_from.max(member.read + 1);
        let unread = (1..)
            .zip(&self.log)
            .filter(|(seq, entry)| *seq >= first && entry.sender_id != user_id);
        i64::try_from(unread.count()).unwrap_or(i64::MAX)
    }

    /// What a member's client must have of it.
    fn as_seen_by(&self, member: &Member, people: &[Person]) -> RoomCopy {
        let messages = (1..)
            .zip(self.log.iter().cloned())
            .filter(|(seq, _)| *seq >= member.visible_from)
            .collect();
        let user_id = |person: &usize| people[*person].user_id.clone();
        RoomCopy {
            rev: 0,
            pushed_rev: 0,
            name: self.name.clone(),
            messages,
            members: self
                .members
                .iter()
                .map(|(person, member)| (user_id(person), member.role.to_owned()))
                .collect(),
            watermarks: self
                .members
                .iter()
                .map(|(it, member)| (user_id(it), (member.delivered, member.read)))
                .collect(),
        }
    }
}

/// Whether watermarks are compared too: they come by `sync` only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Watermarks {
    Compared,
    Ignored,
}

/// The first way in which a client differs from the model.
pub(super) fn difference(
    rooms: &[Room],
    people: &[Person],
    person: usize,
    replica: &Replica,
    watermarks: Watermarks,
) -> Option<String> {
    let expected: BTreeMap<&str, RoomCopy> = rooms
        .iter()
        .filter_map(|room| {
            Some((
                room.room_id.as_str(),
                room.as_seen_by(room.members.get(&person)?, people),
            ))
        })
        .collect();
    if !expected
        .keys()
        .copied()
        .eq(replica.rooms().keys().map(String::as_str))
    {
        return Some(format!(
            "person {person} has the rooms {:?}, expected {:?}",
            replica.rooms().keys(),
            expected.keys()
        ));
    }
    replica.rooms().iter().find_map(|(room_id, copy)| {
        let mut copy = RoomCopy {
            rev: 0,
            pushed_rev: 0,
            ..copy.clone()
        };
        let mut expected = expected[room_id.as_str()].clone();
        if watermarks == Watermarks::Ignored {
            copy.watermarks.clear();
            expected.watermarks.clear();
        }
        (copy != expected)
            .then(|| format!("person {person} has {room_id} as\n{copy:?}\nexpected\n{expected:?}"))
    })
}

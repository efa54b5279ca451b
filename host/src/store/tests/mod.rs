//! Each query by itself, on both databases.
//!
//! Rule: every public function that runs a query is called here; a test below reads the sources and says which is not.
#![expect(clippy::unwrap_used, reason = "tests")]

mod audit;
mod bans;
mod blocks;
mod calls;
mod devices;
mod held;
mod links;
mod log;
mod messages;
mod mutes;
mod own_data;
mod people;
mod plugins;
mod privacy;
mod receipts;
mod registrations;
mod reports;
mod rooms;

use uuid::Uuid;

use super::{
    testing::{Kind, TestDatabase, on_both_databases},
    *,
};
use crate::model::{
    AccountStatus, DeviceId, MemberRole, Message, MessageId, MessageKind, RoomId, RoomKind,
    Timestamp, UserId, UserRole,
};

/// An open store with a database of its own.
struct Shop {
    store: Store,
    _database: TestDatabase,
}

impl std::ops::Deref for Shop {
    type Target = Store;
    fn deref(&self) -> &Store {
        &self.store
    }
}

impl Shop {
    async fn open(on: Kind) -> Self {
        let database = TestDatabase::create(on).await;
        Self {
            store: database.open().await,
            _database: database,
        }
    }

    /// An active person.
    async fn person(&self, name: &str) -> UserId {
        let user = new_user(name, 0);
        let device = new_device(user.user_id, name);
        self.create_user(&user, &device).await.unwrap();
        user.user_id
    }

    async fn people<const N: usize>(&self, names: [&str; N]) -> [UserId; N] {
        let mut people = Vec::new();
        for name in names {
            people.push(self.person(name).await);
        }
        people.try_into().unwrap()
    }

    /// A group of these people, the first one being its owner; nothing was said in it.
    async fn group(&self, people: &[UserId]) -> RoomId {
        let room_id = RoomId::generate();
        let mut tx = self.begin().await.unwrap();
        let made = tx.insert_room(&new_room(room_id, people[0], None)).await;
        assert!(made.unwrap());
        let members: Vec<_> = people.iter().map(|it| member(room_id, *it)).collect();
        tx.put_members(&members).await.unwrap();
        tx.commit().await.unwrap();
        room_id
    }

    /// Says these texts in a room, as the writer does.
    async fn say(&self, room_id: RoomId, from: UserId, bodies: &[&str]) -> Vec<Message> {
        let room = self.room(room_id).await.unwrap().unwrap().room;
        let (step, messages) = step(room_id, (room.last_seq, room.rev), from, bodies);
        let batch = LogBatch {
            steps: vec![step],
            messages,
            ..LogBatch::default()
        };
        let refused = self.log_writer().write(&batch).await.unwrap();
        assert!(refused.is_empty());
        let rows = batch.messages;
        rows.into_iter().map(|row| row.message).collect()
    }
}

/// A room's next messages, when it stands at this seq and rev.
fn step(
    room_id: RoomId,
    (seq, rev): (i64, i64),
    from: UserId,
    bodies: &[&str],
) -> (RoomStep, Vec<NewMessageRow>) {
    let row = |(nth, body): (i64, &&str)| new_message(room_id, from, (seq + nth, rev + nth), body);
    let step = RoomStep {
        room_id,
        seq,
        rev,
        count: i64::try_from(bodies.len()).unwrap(),
    };
    (step, (1..).zip(bodies).map(row).collect())
}

fn new_user(name: &str, created_at: i64) -> NewUser {
    NewUser {
        user_id: UserId::generate(),
        username: name.to_owned(),
        display_name: name.to_owned(),
        password_hash: format!("hash of {name}"),
        status: AccountStatus::Active,
        role: UserRole::Member,
        created_at: Timestamp(created_at),
    }
}

/// Its token's halves are named after it, and end at 1000.
fn new_device(user_id: UserId, name: &str) -> NewDevice {
    NewDevice {
        device_id: DeviceId::generate(),
        user_id,
        name: name.to_owned(),
        created_at: Timestamp(0),
        refresh_token: NewRefreshToken {
            family_hash: format!("family of {name}"),
            token_hash: format!("first of {name}"),
            expires_at: Timestamp(1000),
        },
    }
}

fn new_room(room_id: RoomId, created_by: UserId, direct_key: Option<String>) -> NewRoom {
    let kind = match direct_key {
        Some(_) => RoomKind::Direct,
        None => RoomKind::Group,
    };
    NewRoom {
        room_id,
        kind,
        name: (kind == RoomKind::Group).then(|| "Tea ☕".to_owned()),
        direct_key,
        created_by,
        created_at: Timestamp(0),
        first_rev: 0,
    }
}

fn member(room_id: RoomId, user_id: UserId) -> MemberRow {
    MemberRow {
        room_id,
        user_id,
        role: MemberRole::Member,
        joined_at: Timestamp(0),
        joined_user_rev: 1,
        visible_from_seq: 1,
        left_seq: None,
        rev: 0,
        delivered_seq: 0,
        read_seq: 0,
        hidden: false,
    }
}

/// Its client's id is its body.
fn new_message(
    room_id: RoomId,
    sender_id: UserId,
    (seq, rev): (i64, i64),
    body: &str,
) -> NewMessageRow {
    let message = Message {
        message_id: MessageId::generate(),
        room_id,
        seq,
        rev,
        sender_id,
        kind: MessageKind::Text,
        body: body.to_owned(),
        reply_to: None,
        created_at: Timestamp(seq),
        deleted_at: None,
        deleted_by: None,
    };
    NewMessageRow {
        only_sender: false,
        message,
        client_msg_id: body.to_owned(),
        request_hash: Uuid::nil(),
    }
}

fn bodies(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|it| it.body.as_str()).collect()
}

/// The files of a folder below the package, by name.
fn files(folder: &str) -> Vec<(String, String)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let files = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let files = files.filter(|it| it.file_type().unwrap().is_file());
    files
        .map(|it| {
            let name = it.file_name().into_string().unwrap();
            (name, std::fs::read_to_string(it.path()).unwrap())
        })
        .collect()
}

/// SQLite takes a missing bind for null and PostgreSQL has other types: only running a query shows that it is right.
#[test]
fn every_query_is_called_in_these_tests() {
    let read = |folder| -> String { files(folder).into_iter().map(|it| it.1).collect() };
    let (queries, tests) = (read("src/store"), read("src/store/tests"));
    let names = queries.lines().filter_map(|line| {
        let (name, _) = line
            .strip_prefix("    pub async fn ")?
            .split_once(['(', '<'])?;
        Some(name)
    });
    let uncalled: Vec<_> = names
        .clone()
        .filter(|name| !tests.contains(&format!(".{name}(")) && !["open", "migrate"].contains(name))
        .collect();
    assert!(names.count() > 30, "the queries were not found");
    assert!(uncalled.is_empty(), "not called: {uncalled:?}");
}

/// `on!` gives PostgreSQL a limited time; a query that goes past it may wait for ever.
#[test]
fn only_the_macro_tells_the_databases_apart() {
    let past: Vec<_> = files("src/store")
        .into_iter()
        .filter(|(name, text)| name != "db.rs" && text.contains("On::"))
        .map(|(name, _)| name)
        .collect();
    assert!(past.is_empty(), "use on! in {past:?}");
}

//! A bare SQLite writer: the rows of a batch, one transaction, nothing else. What it reaches is what the disk and SQLite
//! allow; a server adds sockets, JSON, and the questions that a writer must ask.
//!
//! Rule: same file, same schema, same pragmas, same batches as the server had in this run.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use rusqlite::{Connection, TransactionBehavior, params};

/// What each batch holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Batch {
    pub(crate) messages: usize,
    pub(crate) receipts: bool,
}

/// Fills a room with old messages.
pub(crate) fn add_history(file: &Path, room: &str, count: i64) -> Result<()> {
    let mut connection = open(file)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let room = uuid::Uuid::parse_str(room)?;
    let room = room.as_bytes().as_slice();
    let members = members(&transaction, room)?;
    {
        let mut insert = transaction.prepare(INSERT)?;
        for seq in 1..=count {
            let sender = &members[usize::try_from(seq)? % members.len()];
            put(&mut insert, room, seq, sender, &format!("old-{seq}"))?;
        }
    }
    transaction.execute(
        "update rooms set last_seq = ?1, last_rev = ?1 + 1000 where id = ?2",
        params![count, room],
    )?;
    transaction.commit()?;
    connection.execute_batch("analyze")?;
    Ok(())
}

/// Writes such batches for so long, and answers how many messages a second.
pub(crate) fn messages_per_second(file: &Path, batch: Batch, time: Duration) -> Result<f64> {
    let mut connection = open(file)?;
    let mut rooms = direct_rooms(&connection)?;
    ensure!(!rooms.is_empty(), "nobody has written to anybody");
    let started = Instant::now();
    let mut written = 0;
    while started.elapsed() < time {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        {
            let mut advance = transaction.prepare_cached(ADVANCE)?;
            let mut insert = transaction.prepare_cached(INSERT)?;
            let mut raise = transaction.prepare_cached(RAISE)?;
            let mut status = transaction.prepare_cached(STATUS)?;
            for _ in 0..batch.messages {
                let at = written % rooms.len();
                let room = &mut rooms[at];
                let seq: i64 = advance.query_row([&room.id], |row| row.get(0))?;
                put(
                    &mut insert,
                    &room.id,
                    seq,
                    &room.members[0],
                    &format!("bare-{written}-{seq}"),
                )?;
                written += 1;
                if batch.receipts {
                    let reader = &room.members[1];
                    raise.execute(params![seq, room.id, reader])?;
                    for kind in [1, 2] {
                        status.execute(params![room.id, reader, kind, seq, now_ms()])?;
                    }
                }
            }
        }
        transaction.commit()?;
    }
    Ok(written as f64 / started.elapsed().as_secs_f64())
}

const ADVANCE: &str = "update rooms set last_seq = last_seq + 1, last_rev = last_rev + 1 where id = ?1 returning last_seq";
const INSERT: &str =
    "insert into messages (id, room_id, seq, rev, sender_id, kind, body, reply_to, created_at,
    client_msg_id, request_hash, only_sender) values (?1, ?2, ?3, ?3 + 1000, ?4, 0, ?5, null, ?6, ?7, ?8, false)";
const RAISE: &str =
    "update room_members set delivered_seq = ?1, read_seq = ?1 where room_id = ?2 and user_id = ?3";
const STATUS: &str = "insert into message_status (room_id, user_id, status, from_seq, to_seq, at)
    values (?1, ?2, ?3, ?4, ?4, ?5) on conflict do nothing";

struct Room {
    id: Vec<u8>,
    members: Vec<Vec<u8>>,
}

fn open(file: &Path) -> Result<Connection> {
    let connection = Connection::open(file)?;
    connection.execute_batch(
        "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma busy_timeout = 5000;
        pragma temp_store = memory; pragma wal_autocheckpoint = 4000; pragma cache_size = -32768;",
    )?;
    connection.set_prepared_statement_cache_capacity(8);
    Ok(connection)
}

fn put(
    insert: &mut rusqlite::Statement<'_>,
    room: &[u8],
    seq: i64,
    sender: &[u8],
    client_msg_id: &str,
) -> Result<()> {
    let body = "b".repeat(100);
    let (id, hash) = (uuid::Uuid::now_v7(), uuid::Uuid::from_u128(rand::random()));
    insert.execute(params![
        id.as_bytes().as_slice(),
        room,
        seq,
        sender,
        body,
        now_ms(),
        client_msg_id,
        hash.as_bytes().as_slice()
    ])?;
    Ok(())
}

fn direct_rooms(connection: &Connection) -> Result<Vec<Room>> {
    let mut statement = connection.prepare("select id from rooms where kind = 0")?;
    let ids: Vec<Vec<u8>> = statement
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let rooms = ids.into_iter().map(|id| {
        let members = members(connection, &id)?;
        ensure!(
            members.len() == 2,
            "a direct room has {} members",
            members.len()
        );
        Ok(Room { id, members })
    });
    rooms.collect()
}

fn members(connection: &Connection, room: &[u8]) -> Result<Vec<Vec<u8>>> {
    let mut statement =
        connection.prepare("select user_id from room_members where room_id = ?1")?;
    let members = statement.query_map([room], |row| row.get(0))?;
    Ok(members.collect::<rusqlite::Result<_>>()?)
}

fn now_ms() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0, |it| i64::try_from(it.as_millis()).unwrap_or_default())
}

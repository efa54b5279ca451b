//! Several statements in one exchange with SQLite's thread, from `begin` to `commit`.
//!
//! SQLite takes no arrays, so the texts have a place for each value, and parsing them costs more than running them. Batches
//! are therefore filled up with nulls to a power of two: a few texts serve them all, and stay prepared.

use sqlx::{AssertSqlSafe, Row as _, Sqlite, SqliteConnection, query, sqlite::SqliteArguments};

use super::{LogBatch, NewMessageRow, RoomStep, StatusRow};
use crate::model::{RoomId, Watermark};

type Query<'q> = sqlx::query::Query<'q, Sqlite, SqliteArguments>;

/// Writes a batch in a transaction of its own. After a failure the connection may be within that transaction: close it.
pub(super) async fn write_and_commit(
    connection: &mut SqliteConnection,
    batch: &LogBatch,
) -> Result<Vec<RoomId>, sqlx::Error> {
    let text = format!("begin immediate; {} commit;", Shape::of(batch).text());
    write_as(connection, text, batch).await
}

/// Writes a batch within a transaction.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    batch: &LogBatch,
) -> Result<Vec<RoomId>, sqlx::Error> {
    write_as(connection, Shape::of(batch).text(), batch).await
}

async fn write_as(
    connection: &mut SqliteConnection,
    text: String,
    batch: &LogBatch,
) -> Result<Vec<RoomId>, sqlx::Error> {
    let query = Shape::of(batch).bind(query(AssertSqlSafe(text)), batch);
    // Only the statement that advances rooms returns rows.
    let advanced = query.fetch_all(&mut *connection).await?;
    if advanced.len() == batch.steps.len() {
        return Ok(Vec::new());
    }
    let advanced: Result<Vec<RoomId>, _> = advanced.iter().map(|row| row.try_get(0)).collect();
    let advanced = advanced?;
    let steps = batch.steps.iter().map(|it| it.room_id);
    Ok(steps.filter(|it| !advanced.contains(it)).collect())
}

/// What a text has places for.
#[derive(Clone, Copy, Debug)]
struct Shape {
    /// Rows of each kind, but twice as many ranges: a receipt may be both.
    rows: usize,
    messages: bool,
    receipts: bool,
}

impl Shape {
    fn of(batch: &LogBatch) -> Self {
        let ranges = batch.ranges.len().div_ceil(2);
        let rows = batch.messages.len().max(batch.marks.len()).max(ranges);
        Self {
            rows: rows.next_power_of_two(),
            messages: !batch.messages.is_empty(),
            receipts: !batch.marks.is_empty(),
        }
    }

    fn text(self) -> String {
        let mut text = String::new();
        if self.messages {
            text += &format!(
                "with step(id, seq, rev, count) as ({}), message(room_id, sender_id, client_msg_id) as ({}),
                barred(room_id) as (
                    select m.room_id from message m left join users u on u.id = m.sender_id
                    where m.room_id is not null and coalesce(u.status, 0) <> 1
                    union all
                    select m.room_id from message m
                    join messages e on e.sender_id = m.sender_id and e.client_msg_id = m.client_msg_id
                    union all
                    select m.room_id from message m
                    join held_messages h on h.sender_id = m.sender_id and h.client_msg_id = m.client_msg_id
                    where h.status <> 1
                ) update rooms set last_seq = step.seq + step.count, last_rev = step.rev + step.count from step
                where rooms.id = step.id and rooms.last_seq = step.seq and rooms.last_rev = step.rev
                    and step.id not in (select room_id from barred)
                returning rooms.id; ",
                values(self.rows, 4),
                values(self.rows, 3),
            );
            // A room that did not advance has not come as far as its messages.
            text += &format!(
                "with message(id, room_id, seq, rev, sender_id, kind, body, reply_to, created_at, client_msg_id,
                    request_hash, only_sender) as ({})
                insert into messages (id, room_id, seq, rev, sender_id, kind, body, reply_to, created_at, client_msg_id,
                    request_hash, only_sender)
                select m.* from message m join rooms r on r.id = m.room_id where r.last_seq >= m.seq; ",
                values(self.rows, 12),
            );
        }
        if self.receipts {
            text += &format!(
                "with mark(room_id, user_id, delivered_seq, read_seq) as ({})
                update room_members set delivered_seq = max(room_members.delivered_seq, mark.delivered_seq),
                    read_seq = max(room_members.read_seq, mark.read_seq)
                from mark where room_members.room_id = mark.room_id and room_members.user_id = mark.user_id;
                with range(room_id, user_id, status, from_seq, to_seq, at) as ({})
                insert into message_status (room_id, user_id, status, from_seq, to_seq, at)
                select * from range where room_id is not null
                on conflict (room_id, user_id, status, to_seq) do nothing; ",
                values(self.rows, 4),
                values(2 * self.rows, 6),
            );
        }
        text
    }

    fn bind<'q>(self, mut query: Query<'q>, batch: &'q LogBatch) -> Query<'q> {
        if self.messages {
            query = each(query, &batch.steps, self.rows * 4, bind_step);
            query = each(query, &batch.messages, self.rows * 3, bind_key);
            query = each(query, &batch.messages, self.rows * 12, bind_message);
        }
        if self.receipts {
            query = each(query, &batch.marks, self.rows * 4, bind_mark);
            query = each(query, &batch.ranges, self.rows * 12, bind_range);
        }
        query
    }
}

/// `values (?, …), …`
fn values(rows: usize, columns: usize) -> String {
    let row = format!("({})", vec!["?"; columns].join(","));
    format!("values {}", vec![row; rows].join(","))
}

/// Binds all rows, and nulls up to this number of values.
fn each<'q, R>(
    mut query: Query<'q>,
    rows: &'q [R],
    places: usize,
    bind: fn(Query<'q>, &'q R) -> (Query<'q>, usize),
) -> Query<'q> {
    let mut bound = 0;
    for row in rows {
        let (next, count) = bind(query, row);
        query = next;
        bound += count;
    }
    for _ in bound..places {
        query = query.bind(None::<i64>);
    }
    query
}

fn bind_step<'q>(query: Query<'q>, it: &'q RoomStep) -> (Query<'q>, usize) {
    let query = query.bind(it.room_id).bind(it.seq).bind(it.rev);
    (query.bind(it.count), 4)
}

fn bind_key<'q>(query: Query<'q>, it: &'q NewMessageRow) -> (Query<'q>, usize) {
    let query = query.bind(it.message.room_id).bind(it.message.sender_id);
    (query.bind(&it.client_msg_id), 3)
}

fn bind_message<'q>(query: Query<'q>, it: &'q NewMessageRow) -> (Query<'q>, usize) {
    let message = &it.message;
    let query = query
        .bind(message.message_id)
        .bind(message.room_id)
        .bind(message.seq)
        .bind(message.rev)
        .bind(message.sender_id)
        .bind(message.kind)
        .bind(&message.body)
        .bind(message.reply_to)
        .bind(message.created_at)
        .bind(&it.client_msg_id)
        .bind(it.request_hash)
        .bind(it.only_sender);
    (query, 12)
}

fn bind_mark<'q>(query: Query<'q>, it: &'q (RoomId, Watermark)) -> (Query<'q>, usize) {
    let (room_id, mark) = it;
    let query = query.bind(*room_id).bind(mark.user_id);
    (query.bind(mark.delivered_seq).bind(mark.read_seq), 4)
}

fn bind_range<'q>(query: Query<'q>, it: &'q StatusRow) -> (Query<'q>, usize) {
    let query = query.bind(it.room_id).bind(it.user_id).bind(it.status);
    let query = query.bind(it.from_seq).bind(it.to_seq).bind(it.at);
    (query, 6)
}

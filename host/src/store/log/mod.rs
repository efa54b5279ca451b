//! The hot write: messages and receipts of many rooms at once.
//!
//! Rule: one exchange with the database decides and writes. The writer knows each room's newest place and has given out the
//! next ones; a room only advances if it still stands there, if every sender's account is active, and if none of its
//! messages was stored or held before. Of a room that does not advance no message is written, and the writer is told.
//!
//! Each database has its own text: PostgreSQL does all in one statement, a transaction by itself, and takes arrays, so that
//! it plans once for every size; SQLite knows neither, but runs several statements in one exchange.

mod postgres;
mod sqlite;

use std::time::{Duration, Instant};

use sqlx::{PgPool, SqlitePool, pool::PoolConnection};
use uuid::Uuid;

use super::{
    Store, StoreError, WriteTx,
    db::{On, answers, on},
};
use crate::model::{Message, ReceiptStatus, RoomId, Timestamp, UserId, Watermark};

/// A connection that was not used for so long is asked whether it is still there. Chosen, not standard: often enough that a
/// restart of the database is noticed before a message is risked, and never between batches of a busy server.
const IDLE: Duration = Duration::from_secs(1);

/// What one exchange writes.
#[derive(Clone, Debug, Default)]
pub struct LogBatch {
    /// Where the rooms of `messages` stand, and how far they go.
    pub steps: Vec<RoomStep>,
    /// Messages with the places that their rooms' steps cover.
    pub messages: Vec<NewMessageRow>,
    /// Watermarks to be raised; they never fall, whatever is given.
    pub marks: Vec<(RoomId, Watermark)>,
    /// The ranges by which they rose; of one that is there already the first time stands.
    pub ranges: Vec<StatusRow>,
}

/// A room's way from its newest message to the newest of a batch; each message is a visible change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoomStep {
    /// The room.
    pub room_id: RoomId,
    /// Its newest message before.
    pub seq: i64,
    /// Its newest visible change before.
    pub rev: i64,
    /// The batch's messages.
    pub count: i64,
}

/// A message to be stored.
#[derive(Clone, Debug)]
pub struct NewMessageRow {
    /// As members will see it.
    pub message: Message,
    /// The sender's own id of it.
    pub client_msg_id: String,
    /// Hash of the client's request.
    pub request_hash: Uuid,
    /// Nobody but the sender is ever to see it.
    pub only_sender: bool,
}

/// A watermark that rose: it now covers `from_seq..=to_seq` more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusRow {
    /// The room.
    pub room_id: RoomId,
    /// Whose watermark.
    pub user_id: UserId,
    /// Delivered or read.
    pub status: ReceiptStatus,
    /// First message covered.
    pub from_seq: i64,
    /// Last message covered.
    pub to_seq: i64,
    /// When.
    pub at: Timestamp,
}

/// A writer's way to the database. On PostgreSQL it keeps one connection; on SQLite all share the one that writes.
#[derive(Debug)]
pub struct LogWriter {
    on: On<SqlitePool, (PgPool, Option<Kept>)>,
}

#[derive(Debug)]
struct Kept {
    connection: PoolConnection<sqlx::Postgres>,
    used_at: Instant,
}

impl Store {
    /// A writer of messages and receipts.
    #[must_use]
    pub fn log_writer(&self) -> LogWriter {
        let on = match &self.db.write {
            On::Sqlite(pool) => On::Sqlite(pool.clone()),
            On::Postgres(pool) => On::Postgres((pool.clone(), None)),
        };
        LogWriter { on }
    }
}

impl LogWriter {
    /// Writes a batch and commits it. Answers the rooms that did not advance.
    ///
    /// # Errors
    /// The database failed; unless the connection broke before its answer came, nothing was written.
    pub async fn write(&mut self, batch: &LogBatch) -> Result<Vec<RoomId>, StoreError> {
        Ok(on!(&mut self.on,
            sqlite pool => write_sqlite(pool, batch).await,
            postgres it => write_postgres(it, batch).await,
        )?)
    }
}

async fn write_sqlite(pool: &SqlitePool, batch: &LogBatch) -> Result<Vec<RoomId>, sqlx::Error> {
    let mut connection = OneUse(Some(pool.acquire().await?));
    let refused = sqlite::write_and_commit(connection.get()?, batch).await?;
    connection.use_again();
    Ok(refused)
}

async fn write_postgres(
    (pool, kept): &mut (PgPool, Option<Kept>),
    batch: &LogBatch,
) -> Result<Vec<RoomId>, sqlx::Error> {
    let awake = match kept.take() {
        Some(kept) => kept.awake().await,
        None => None,
    };
    let connection = match awake {
        Some(connection) => connection,
        None => pool.acquire().await?,
    };
    let mut connection = OneUse(Some(connection));
    let refused = postgres::write(connection.get()?, batch).await?;
    *kept = connection.use_again().map(|connection| Kept {
        connection,
        used_at: Instant::now(),
    });
    Ok(refused)
}

/// A connection that is closed unless it is said to be good after its use: one that failed, or whose answer nobody waited
/// for, may be in the middle of something.
struct OneUse<D: sqlx::Database>(Option<PoolConnection<D>>);

impl<D: sqlx::Database> OneUse<D> {
    fn get(&mut self) -> Result<&mut D::Connection, sqlx::Error> {
        self.0.as_deref_mut().ok_or(sqlx::Error::PoolClosed)
    }

    fn use_again(mut self) -> Option<PoolConnection<D>> {
        self.0.take()
    }
}

impl<D: sqlx::Database> Drop for OneUse<D> {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            drop(connection.detach());
        }
    }
}

impl Kept {
    /// The connection, unless it fell asleep and does not wake up.
    async fn awake(self) -> Option<PoolConnection<sqlx::Postgres>> {
        if self.used_at.elapsed() <= IDLE {
            return Some(self.connection);
        }
        let mut connection = OneUse(Some(self.connection));
        answers(connection.get().ok()?).await.ok()?;
        connection.use_again()
    }
}

impl WriteTx {
    /// Writes a batch as a part of this transaction. Answers the rooms that did not advance.
    ///
    /// # Errors
    /// The database failed.
    pub async fn write_log(&mut self, batch: &LogBatch) -> Result<Vec<RoomId>, StoreError> {
        Ok(on!(&mut self.0,
            sqlite tx => sqlite::write(tx, batch).await,
            postgres tx => postgres::write(tx, batch).await,
        )?)
    }
}

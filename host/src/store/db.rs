//! The two databases behind one set of texts.
//!
//! Rule: every query is one text that both understand; `on!` expands the body that runs it for each. Only opening
//! the pools and beginning a write differ.
//!
//! PostgreSQL is another machine, perhaps: nothing waits for it without an end. Whoever gives up leaves nothing behind
//! that blocks others: our side closes the connection, PostgreSQL's side ends a transaction that nobody continues.

use std::{path::Path, str::FromStr, time::Duration};

use sqlx::{
    Connection as _, PgConnection, PgPool, PgTransaction, SqlitePool, SqliteTransaction,
    migrate::{Migrate, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions},
    query,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::StoreError;
use crate::private_files;

/// The SQLite form or the PostgreSQL form of one thing.
#[derive(Clone, Debug)]
pub(super) enum On<S, P> {
    /// SQLite's.
    Sqlite(S),
    /// PostgreSQL's.
    Postgres(P),
}

impl<S, P> On<S, P> {
    /// For people.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }
}

pub(super) type Pool = On<SqlitePool, PgPool>;
pub(super) type Tx = On<SqliteTransaction<'static>, PgTransaction<'static>>;

/// Expands one body for both databases, or one for each. PostgreSQL has [`QUERY_TIMEOUT`] for its own, so no query goes
/// past this macro.
macro_rules! on {
    ($which:expr, $it:ident => $body:expr) => {
        $crate::store::db::on!($which, sqlite $it => $body, postgres $it => $body)
    };
    ($which:expr, sqlite $lite:ident => $lites:expr, postgres $pg:ident => $pgs:expr $(,)?) => {
        match $which {
            $crate::store::db::On::Sqlite($lite) => $lites,
            $crate::store::db::On::Postgres($pg) => {
                $crate::store::db::in_time(async { $pgs }).await
            }
        }
    };
}
pub(super) use on;

/// How long PostgreSQL may take for one query, the connection included. Chosen, not standard: clients should hear
/// within about that time that they must try again.
const QUERY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a query waits for a connection, free or new. Chosen, not standard: longer than a restart of PostgreSQL
/// that nobody need notice.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a connection that comes back to its pool may take to answer, before it is closed.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(1);
/// Connections for writing on PostgreSQL besides those of the rooms' writers, which each keep one: for accounts, and for
/// what the writers do in transactions. Chosen, not standard.
const OTHER_WRITE_CONNECTIONS: u32 = 4;
/// What each of our connections asks of PostgreSQL. Its limit is shorter than [`QUERY_TIMEOUT`], so that mostly we hear that
/// a statement was cut rather than wonder. The timeouts free the locks of connections that broke without
/// PostgreSQL's noticing. Notices of `if not exists` are no news.
const POSTGRES_SESSION: [(&str, &str); 3] = [
    ("statement_timeout", "4s"),
    ("idle_in_transaction_session_timeout", "10s"),
    ("client_min_messages", "warning"),
];

static COMMON: Migrator = sqlx::migrate!("../migrations/common");
/// What only one of the databases understands; its numbers go on between the common ones.
static SQLITE: Migrator = sqlx::migrate!("../migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("../migrations/postgres");

/// How safe a commit is on SQLite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// `synchronous=FULL`: what was acknowledged survives a power cut. The default.
    Full,
    /// `synchronous=NORMAL`: survives a crash of the process, not a power cut.
    Normal,
}

/// Where the database is and how to use it.
#[derive(Clone, Debug)]
pub struct DbOptions {
    /// `sqlite://path/to/file` or `postgres://…`.
    pub url: String,
    /// Connections for reading. On PostgreSQL they are apart from those for writing, so that many readers keep no writer
    /// waiting.
    pub read_connections: u32,
    /// Writers of rooms. PostgreSQL only.
    pub writers: u32,
    /// SQLite only.
    pub durability: Durability,
}

/// What bringing the schema up to date did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SchemaChange {
    /// The version before; 0 for an empty database.
    pub from: i64,
    /// The version now.
    pub to: i64,
}

/// The pools. On SQLite `write` has one connection: writers of this process queue and never meet SQLITE_BUSY.
#[derive(Clone, Debug)]
pub(super) struct Db {
    pub(super) read: Pool,
    pub(super) write: Pool,
}

impl Db {
    pub(super) async fn open(options: &DbOptions) -> Result<Self, StoreError> {
        if options.url.starts_with("postgres") {
            let write =
                postgres_pool(&options.url, options.writers + OTHER_WRITE_CONNECTIONS).await?;
            let read = postgres_pool(&options.url, options.read_connections).await?;
            return Ok(Self {
                read: On::Postgres(read),
                write: On::Postgres(write),
            });
        }
        let write = sqlite_pool(options, 1, WRITER_CACHE).await?;
        let read = sqlite_pool(options, options.read_connections, READER_CACHE).await?;
        Ok(Self {
            read: On::Sqlite(read),
            write: On::Sqlite(write),
        })
    }

    /// Applies what is missing. A database that a newer Natter migrated is refused.
    pub(super) async fn migrate(&self) -> Result<SchemaChange, StoreError> {
        let migrations = match &self.write {
            On::Sqlite(_) => with_common(&SQLITE),
            On::Postgres(_) => with_common(&POSTGRES),
        };
        let to = newest(&migrations);
        let from = match &self.write {
            On::Sqlite(pool) => {
                let mut connection = pool.acquire().await?;
                let from = present_version(&mut *connection, &migrations).await?;
                migrations.run(&mut *connection).await?;
                from
            }
            On::Postgres(pool) => {
                // A migration may take its time, so its connection does not go back among the others. What it locks is
                // free again when it ends, however that is.
                let mut connection = pool.acquire().await?.detach();
                query("set statement_timeout = 0")
                    .execute(&mut connection)
                    .await?;
                connection.lock().await?;
                let from = present_version(&mut connection, &migrations).await?;
                migrations.run(&mut connection).await?;
                connection.close().await?;
                from
            }
        };
        Ok(SchemaChange { from, to })
    }

    /// Begins a transaction that will write. On SQLite it takes the write lock at once: a deferred transaction that
    /// upgrades later would fail rather than wait.
    pub(super) async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(match &self.write {
            On::Sqlite(pool) => On::Sqlite(pool.begin_with("begin immediate").await?),
            On::Postgres(pool) => On::Postgres(in_time(pool.begin()).await?),
        })
    }

    /// Waits for running queries and closes all connections.
    pub(super) async fn close(&self) {
        for pool in [&self.read, &self.write] {
            match pool {
                On::Sqlite(pool) => pool.close().await,
                // A connection that hangs is cut with the process.
                On::Postgres(pool) => drop(tokio::time::timeout(QUERY_TIMEOUT, pool.close()).await),
            }
        }
    }
}

/// The outcome of a piece of work, if it has one within [`QUERY_TIMEOUT`].
pub(super) async fn in_time<T>(
    work: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    tokio::time::timeout(QUERY_TIMEOUT, work)
        .await
        .unwrap_or_else(|_| Err(timed_out("PostgreSQL did not answer in time")))
}

fn timed_out(what: &str) -> sqlx::Error {
    sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, what))
}

/// The common migrations and those of one database, in the order of their numbers.
fn with_common(own: &Migrator) -> Migrator {
    let mut all: Vec<_> = COMMON.iter().chain(own.iter()).cloned().collect();
    all.sort_by_key(|migration| migration.version);
    Migrator::with_migrations(all)
}

/// The newest migration that we know.
fn newest(migrations: &Migrator) -> i64 {
    let versions = migrations.iter().map(|migration| migration.version);
    versions.max().unwrap_or(0)
}

/// The newest migration that the database has, 0 if none; refused if it is newer than ours.
async fn present_version(
    connection: &mut impl Migrate,
    migrations: &Migrator,
) -> Result<i64, StoreError> {
    let table = &migrations.table_name;
    connection.ensure_migrations_table(table).await?;
    let applied = connection.list_applied_migrations(table).await?;
    let found = applied.iter().map(|migration| migration.version).max();
    let known = newest(migrations);
    match found.unwrap_or(0) {
        found if found > known => Err(StoreError::NewerSchema { found, known }),
        found => Ok(found),
    }
}

/// One column of rows, for `unnest`: PostgreSQL takes arrays, so a batch of any size is one text that it plans once.
/// SQLite has no arrays; its texts grow with the batch.
pub(super) fn column<R, T>(rows: impl IntoIterator<Item = R>, of: impl FnMut(R) -> T) -> Vec<T> {
    rows.into_iter().map(of).collect()
}

/// Commits.
pub(super) async fn commit(tx: Tx) -> Result<(), StoreError> {
    on!(tx, tx => tx.commit().await)?;
    Ok(())
}

/// SQLite moves this many pages of 4 KiB from its log into the database at a time. Ids are spread over the indexes, so the
/// same pages change again and again; with the default of 1,000 they are moved more often. Chosen, not standard.
const WAL_PAGES: &str = "4000";
/// What the writing connection keeps in memory, in KiB (hence the sign): the inner pages of the indexes, and those that
/// change. Readers keep SQLite's 2 MiB. Chosen, not standard.
const WRITER_CACHE: &str = "-32768";
const READER_CACHE: &str = "-2000";

async fn sqlite_pool(
    options: &DbOptions,
    connections: u32,
    cache_size: &'static str,
) -> Result<SqlitePool, StoreError> {
    let file = options.url.trim_start_matches("sqlite://");
    if let Some(folder) = Path::new(file).parent() {
        std::fs::create_dir_all(folder).map_err(sqlx::Error::Io)?;
    }
    // SQLite gives the files beside it the same mode.
    let path = file.split_once('?').map_or(file, |(path, _)| path);
    private_files::claim(Path::new(path)).map_err(sqlx::Error::Io)?;
    let synchronous = match options.durability {
        Durability::Full => SqliteSynchronous::Full,
        Durability::Normal => SqliteSynchronous::Normal,
    };
    let connect = SqliteConnectOptions::from_str(&format!("sqlite://{file}"))?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        // A statement of many rows keeps what would undo it in a temporary file, unless told to use memory.
        .pragma("temp_store", "memory")
        // What was deleted is overwritten, and does not stay in free pages. The log keeps it until it wraps around.
        .pragma("secure_delete", "on")
        .pragma("wal_autocheckpoint", WAL_PAGES)
        .pragma("cache_size", cache_size);
    Ok(SqlitePoolOptions::new()
        .max_connections(connections)
        // A file does not go away between two queries as a server does.
        .test_before_acquire(false)
        .connect_with(connect)
        .await?)
}

async fn postgres_pool(url: &str, connections: u32) -> Result<PgPool, StoreError> {
    let connect = PgConnectOptions::from_str(url)?.options(POSTGRES_SESSION);
    Ok(PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .after_release(|connection, _| {
            Box::pin(async move { answers(connection).await.map(|()| true) })
        })
        .connect_with(connect)
        .await?)
}

/// Whether a connection still answers. The pool asks that too, but waits for ever.
pub(super) async fn answers(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    tokio::time::timeout(RELEASE_TIMEOUT, connection.ping())
        .await
        .unwrap_or_else(|_| Err(timed_out("a connection hangs")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::{Kind, TestDatabase, on_both_databases};

    on_both_databases![a_database_that_a_newer_natter_migrated_is_refused];

    async fn a_database_that_a_newer_natter_migrated_is_refused(on: Kind) {
        let database = TestDatabase::create(on).await;
        let db = Db::open(&database.options()).await.expect("it opens");
        let first = db
            .migrate()
            .await
            .expect("an empty database takes the schema");
        assert_eq!(first.from, 0);
        let again = db.migrate().await.expect("nothing is left to do");
        assert_eq!((again.from, again.to), (first.to, first.to));

        let newer = "insert into _sqlx_migrations (version, description, success, checksum, execution_time) \
                     values (999999, 'from the future', true, $1, 0)";
        on!(&db.write, pool => query(newer).bind(vec![0_u8]).execute(pool).await.map(drop))
            .expect("it is a table");
        let refused = db.migrate().await;
        assert!(
            matches!(refused, Err(StoreError::NewerSchema { found: 999_999, known }) if known == first.to),
            "{refused:?}"
        );
    }

    /// SQLite's file belongs to one process.
    #[tokio::test]
    async fn of_two_that_start_at_once_on_postgres_one_migrates() {
        let database = TestDatabase::create(Kind::Postgres).await;
        let options = database.options();
        let (one, other) = tokio::join!(Db::open(&options), Db::open(&options));
        let (one, other) = (one.expect("it opens"), other.expect("it opens"));
        let (one, other) = tokio::join!(one.migrate(), other.migrate());
        let (one, other) = (one.expect("it migrates"), other.expect("it waits"));
        assert_eq!(one.from.min(other.from), 0);
        assert_eq!(one.to, other.to);
    }
}

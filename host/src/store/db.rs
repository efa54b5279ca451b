//! The two databases behind one set of texts.
//!
//! Rule: every query is one text that both understand; `on!` expands the body that runs it for each. Only opening
//! the pools and beginning a write differ.

use std::{path::Path, str::FromStr, time::Duration};

use sqlx::{
    PgPool, PgTransaction, SqlitePool, SqliteTransaction,
    migrate::{Migrate, Migrator},
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::StoreError;

/// The SQLite form or the PostgreSQL form of one thing.
#[derive(Clone, Debug)]
pub(super) enum On<S, P> {
    /// SQLite's.
    Sqlite(S),
    /// PostgreSQL's.
    Postgres(P),
}

pub(super) type Pool = On<SqlitePool, PgPool>;
pub(super) type Tx = On<SqliteTransaction<'static>, PgTransaction<'static>>;

/// Expands one body for both databases.
macro_rules! on {
    ($which:expr, $it:ident => $body:expr) => {
        match $which {
            $crate::store::db::On::Sqlite($it) => $body,
            $crate::store::db::On::Postgres($it) => $body,
        }
    };
}
pub(super) use on;

static MIGRATIONS: Migrator = sqlx::migrate!("../migrations/common");

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
    /// Connections for reading.
    pub read_connections: u32,
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
            let pool = PgPoolOptions::new()
                .max_connections(options.read_connections)
                .acquire_timeout(Duration::from_secs(5))
                .connect(&options.url)
                .await?;
            return Ok(Self {
                read: On::Postgres(pool.clone()),
                write: On::Postgres(pool),
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
        on!(&self.write, pool => {
            let mut connection = pool.acquire().await?;
            let from = schema_version(&mut *connection).await?;
            let to = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0);
            if from > to {
                return Err(StoreError::NewerSchema { found: from, known: to });
            }
            MIGRATIONS.run(&mut *connection).await?;
            Ok(SchemaChange { from, to })
        })
    }

    /// Begins a transaction that will write. On SQLite it takes the write lock at once: a deferred transaction that
    /// upgrades later would fail rather than wait.
    pub(super) async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(match &self.write {
            On::Sqlite(pool) => On::Sqlite(pool.begin_with("begin immediate").await?),
            On::Postgres(pool) => On::Postgres(pool.begin().await?),
        })
    }

    /// Waits for running queries and closes all connections.
    pub(super) async fn close(&self) {
        on!(&self.read, pool => pool.close().await);
        on!(&self.write, pool => pool.close().await);
    }
}

/// The newest migration that the database has, 0 if none.
async fn schema_version(connection: &mut impl Migrate) -> Result<i64, StoreError> {
    let table = &MIGRATIONS.table_name;
    connection.ensure_migrations_table(table).await?;
    let applied = connection.list_applied_migrations(table).await?;
    Ok(applied
        .iter()
        .map(|migration| migration.version)
        .max()
        .unwrap_or(0))
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
        .pragma("wal_autocheckpoint", WAL_PAGES)
        .pragma("cache_size", cache_size);
    Ok(SqlitePoolOptions::new()
        .max_connections(connections)
        // A file does not go away between two queries as a server does.
        .test_before_acquire(false)
        .connect_with(connect)
        .await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(folder: &Path) -> DbOptions {
        DbOptions {
            url: format!("sqlite://{}", folder.join("natter.db").display()),
            read_connections: 1,
            durability: Durability::Full,
        }
    }

    #[tokio::test]
    async fn a_database_that_a_newer_natter_migrated_is_refused() {
        let folder = tempfile::tempdir().expect("the temporary folder can be written");
        let db = Db::open(&options(folder.path())).await.expect("it opens");
        let first = db
            .migrate()
            .await
            .expect("an empty database takes the schema");
        assert_eq!(first.from, 0);
        let again = db.migrate().await.expect("nothing is left to do");
        assert_eq!((again.from, again.to), (first.to, first.to));

        let newer = "insert into _sqlx_migrations (version, description, success, checksum, execution_time) \
                     values (999999, 'from the future', true, x'00', 0)";
        on!(&db.write, pool => sqlx::query(newer).execute(pool).await.map(drop))
            .expect("it is a table");
        let refused = db.migrate().await;
        assert!(
            matches!(refused, Err(StoreError::NewerSchema { found: 999_999, known }) if known == first.to),
            "{refused:?}"
        );
    }
}

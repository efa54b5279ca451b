//! What can go wrong with the database, and the one place where a broken constraint gets its name.

use sqlx::error::ErrorKind;

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A unique constraint was broken; `constraint` is its name, `{table}_{columns}_key`, on either database.
    #[error("unique constraint {constraint} is broken")]
    Conflict {
        /// The constraint's name.
        constraint: String,
    },
    /// A row refers to one that does not exist.
    #[error("a row refers to one that does not exist")]
    MissingReference,
    /// The database is away or busy: the same call may succeed later.
    #[error("the database is not available: {0}")]
    Unavailable(#[source] sqlx::Error),
    /// A newer Natter has migrated the database; this one would not understand it.
    #[error(
        "the database has schema version {found}, this Natter knows up to {known}: use a newer Natter, or a backup"
    )]
    NewerSchema {
        /// The database's version.
        found: i64,
        /// The newest that we know.
        known: i64,
    },
    /// The schema cannot be brought up to date.
    #[error("migration failed: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// Anything else; a defect of ours.
    #[error("query failed: {0}")]
    Query(#[source] sqlx::Error),
}

impl StoreError {
    /// Whether the database is away or busy, so that the same call may succeed later.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(inner) => match inner.kind() {
                ErrorKind::UniqueViolation => Self::Conflict {
                    constraint: constraint_name(inner.as_ref()),
                },
                ErrorKind::ForeignKeyViolation => Self::MissingReference,
                _ => Self::Query(error),
            },
            sqlx::Error::Io(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::Tls(_) => Self::Unavailable(error),
            _ => Self::Query(error),
        }
    }
}

/// PostgreSQL names the constraint; SQLite says `UNIQUE constraint failed: t.a, t.b`, from which the same name is made.
fn constraint_name(error: &dyn sqlx::error::DatabaseError) -> String {
    if let Some(name) = error.constraint() {
        return name.to_owned();
    }
    let message = error.message();
    let columns = message
        .split_once("failed: ")
        .map_or(message, |(_, columns)| columns);
    let mut name = String::new();
    for (index, column) in columns.split(", ").enumerate() {
        let (table, column) = column.split_once('.').unwrap_or(("", column));
        if index == 0 {
            name.push_str(table);
        }
        name.push('_');
        name.push_str(column);
    }
    name + "_key"
}

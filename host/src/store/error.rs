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
    /// Another transaction was in the way, and this one was undone: the same call may succeed at once.
    #[error("another transaction was in the way: {0}")]
    Contended(#[source] sqlx::Error),
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

    /// Whether the database's answer was lost, so that what it was asked for may have been done.
    #[must_use]
    pub fn has_no_answer(&self) -> bool {
        match self {
            Self::Unavailable(sqlx::Error::Database(inner)) => {
                inner.code().is_some_and(|code| code.starts_with("57P"))
            }
            Self::Unavailable(error) => !matches!(
                error,
                sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::BeginFailed
            ),
            _ => false,
        }
    }

    /// Whether this unique constraint was broken.
    #[must_use]
    pub fn is_conflict_on(&self, name: &str) -> bool {
        matches!(self, Self::Conflict { constraint } if constraint == name)
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
                _ if inner.code().is_some_and(|code| CONTENDED.contains(&&*code)) => {
                    Self::Contended(error)
                }
                _ if inner.code().is_some_and(|code| may_pass(&code)) => Self::Unavailable(error),
                _ => Self::Query(error),
            },
            // A connection that broke in the middle of something.
            sqlx::Error::Io(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::BeginFailed
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::Tls(_) => Self::Unavailable(error),
            _ => Self::Query(error),
        }
    }
}

/// PostgreSQL's serialization failure and deadlock.
const CONTENDED: [&str; 2] = ["40001", "40P01"];

/// Whether a code of PostgreSQL or SQLite tells of a state that passes, rather than of the query.
fn may_pass(code: &str) -> bool {
    /// Exact codes: read-only (a standby that is about to take over), lock not available, statement cut by its timeout,
    /// transaction cut by its timeout.
    const POSTGRES: &[&str] = &["25006", "55P03", "57014", "25P03"];
    /// Whole classes: connection exception, insufficient resources (memory, disk, connections), operator
    /// intervention (shutdown, crash, starting up).
    const POSTGRES_CLASSES: &[&str] = &["08", "53", "57P"];
    /// Busy, locked, disk full.
    const SQLITE: &[i32] = &[5, 6, 13];
    if code.len() == 5 {
        let in_class = |class: &&str| code.starts_with(class);
        return POSTGRES.contains(&code) || POSTGRES_CLASSES.iter().any(in_class);
    }
    // The low byte of an extended code is the primary one.
    code.parse::<i32>()
        .is_ok_and(|code| SQLITE.contains(&(code & 0xff)))
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

#[cfg(test)]
mod tests {
    use super::may_pass;

    #[test]
    fn what_passes_is_told_from_what_is_wrong() {
        for code in [
            "08006", "25006", "25P03", "53100", "53300", "55P03", "57014", "57P01", "57P02",
            "57P03", "5", "6", "13", "261", "517",
        ] {
            assert!(may_pass(code), "{code}");
        }
        for code in [
            "23505", "42601", "42P01", "57000", "22021", "1", "19", "2067", "",
        ] {
            assert!(!may_pass(code), "{code}");
        }
    }
}

//! Databases for tests: a fresh one of either kind, gone with the value that stands for it.
//!
//! Rule: what a test needs and the machine lacks is a failure that says how to get it.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use uuid::Uuid;

use super::{DbOptions, Durability, Store};

/// The server on which tests make their databases, by its URL.
const SERVER: &str = "NATTER_TEST_POSTGRES";

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// Runs each behaviour, an `async fn name(on: Kind)`, as the tests `sqlite::name` and `postgres::name`. One that is left
/// out is dead code, of which the compiler tells.
macro_rules! on_both_databases {
    ($($behaviour:ident),* $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test]
                async fn $behaviour() {
                    super::$behaviour($crate::store::testing::Kind::Sqlite).await;
                }
            )*
        }
        mod postgres {
            $(
                #[tokio::test]
                async fn $behaviour() {
                    super::$behaviour($crate::store::testing::Kind::Postgres).await;
                }
            )*
        }
    };
}
pub(crate) use on_both_databases;

/// An empty database of a test's own.
#[derive(Debug)]
pub(crate) enum TestDatabase {
    Sqlite(tempfile::TempDir),
    Postgres { server: String, name: String },
}

impl TestDatabase {
    pub(crate) async fn create(kind: Kind) -> Self {
        match kind {
            Kind::Sqlite => {
                Self::Sqlite(tempfile::tempdir().expect("the temporary folder can be written"))
            }
            Kind::Postgres => {
                let server = std::env::var(SERVER).unwrap_or_else(|_| panic!(
                    "{SERVER} is not set. `cargo xtask test --only unit` starts a PostgreSQL and sets it; or give the \
                     URL of a server where databases may be made"
                ));
                let name = format!("natter_test_{}", Uuid::now_v7().simple());
                execute(&server, format!("create database {name}")).await;
                Self::Postgres { server, name }
            }
        }
    }

    pub(crate) fn options(&self) -> DbOptions {
        let url = match self {
            Self::Sqlite(folder) => {
                format!("sqlite://{}", folder.path().join("natter.db").display())
            }
            Self::Postgres { server, name } => {
                let (server, _) = server.rsplit_once('/').expect("the URL names a database");
                format!("{server}/{name}")
            }
        };
        DbOptions {
            url,
            read_connections: 2,
            writers: 1,
            durability: Durability::Full,
        }
    }

    pub(crate) async fn open(&self) -> Store {
        Store::open(&self.options())
            .await
            .expect("an empty database opens")
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Self::Postgres { server, name } = self else {
            return;
        };
        let (server, name) = (std::mem::take(server), std::mem::take(name));
        // A test's runtime may be on its way out: this has its own.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime starts");
            runtime.block_on(execute(
                &server,
                format!("drop database {name} with (force)"),
            ));
        });
        if dropping.join().is_err() {
            eprintln!("a test's database was not dropped");
        }
    }
}

async fn execute(server: &str, sql: String) {
    let mut connection = PgConnection::connect(server)
        .await
        .expect("the PostgreSQL of NATTER_TEST_POSTGRES answers");
    sqlx::query(AssertSqlSafe(sql))
        .execute(&mut connection)
        .await
        .expect("NATTER_TEST_POSTGRES lets us make databases");
}

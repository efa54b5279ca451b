//! Everything that is kept: the only module that knows SQL.
//!
//! Rule: one query per function, named by intent; every text runs on SQLite and on PostgreSQL.
//!
//! Not here: what an operation means (`accounts`, `chat`), who hears of it (`delivery`).

mod columns;
mod db;
mod error;

pub use db::{DbOptions, Durability, SchemaChange};
pub use error::StoreError;

use db::Db;

/// The database.
#[derive(Clone, Debug)]
pub struct Store {
    db: Db,
}

impl Store {
    /// Opens the database and brings its schema up to date.
    ///
    /// # Errors
    /// The database cannot be reached, or a newer Natter has migrated it.
    pub async fn open(options: &DbOptions) -> Result<Self, StoreError> {
        let db = Db::open(options).await?;
        db.migrate().await?;
        Ok(Self { db })
    }

    /// Only brings the schema up to date, and says from which version to which.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub async fn migrate(options: &DbOptions) -> Result<SchemaChange, StoreError> {
        let db = Db::open(options).await?;
        let change = db.migrate().await;
        db.close().await;
        change
    }

    /// Waits for running queries and closes.
    pub async fn close(&self) {
        self.db.close().await;
    }

    /// Answers whether the database can be asked at all.
    ///
    /// # Errors
    /// It cannot.
    pub async fn ping(&self) -> Result<(), StoreError> {
        db::on!(&self.db.read, pool => sqlx::query("select 1").execute(pool).await.map(drop))?;
        Ok(())
    }
}

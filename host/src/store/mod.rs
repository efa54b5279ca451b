//! Everything that is kept: the only module that knows SQL.
//!
//! Rule: one query per function, named by intent; every text runs on SQLite and on PostgreSQL.
//!
//! Not here: what an operation means (`accounts`, `chat`), who hears of it (`delivery`).

mod account_status;
mod audit;
mod bans;
mod blocks;
mod calls;
mod columns;
mod db;
mod decisions;
mod devices;
mod earlier;
mod error;
mod held;
mod links;
mod log;
mod messages;
mod mutes;
mod own_data;
mod passwords;
mod plugins;
mod privacy;
mod receipts;
mod registrations;
mod reports;
mod rooms;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod users;

pub use account_status::{FirstAdmin, InviteUse, StatusChange, StatusOutcome};
pub use audit::{AuditCheck, NewAuditEntry};
pub use blocks::KeptBlock;
pub use calls::CallRow;
pub use db::{DbOptions, Durability, SchemaChange};
pub use decisions::FailureRow;
pub use devices::{NewDevice, NewRefreshToken, Rotation, TokenTurn};
pub use earlier::EarlierSend;
pub use error::StoreError;
pub use held::{HELD_DECIDED, HeldDecision, HeldRow};
pub use links::{EmailRow, LinkWay, NewLink, address_key};
pub use log::{LogBatch, LogWriter, NewMessageRow, RoomStep, StatusRow};
pub use messages::{Direction, MessagePlace, Viewer};
pub use own_data::{DeletionOutcome, ReceiptCursor};
pub use passwords::{KeptDevices, NewPassword};
pub use plugins::{KvRow, PluginRow, PluginVersionRow};
pub use registrations::{NewcomerOutcome, RegistrationRow};
pub use reports::ReportVerdict;
pub use rooms::{MemberRow, NewRoom, RoomRow, direct_key};
pub use users::NewUser;

use db::{Db, Tx};

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

    /// The same store, reading over the connections that write: slow readers do not keep a writer waiting. Do not read with
    /// it while a transaction of it is open: on SQLite both want the one connection.
    #[must_use]
    pub fn for_writer(&self) -> Self {
        let write = self.db.write.clone();
        Self {
            db: Db {
                read: write.clone(),
                write,
            },
        }
    }

    /// Begins a transaction that writes. Dropping it undoes it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn begin(&self) -> Result<WriteTx, StoreError> {
        Ok(WriteTx(self.db.begin().await?))
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

    /// The database's name.
    #[must_use]
    pub fn database(&self) -> &'static str {
        self.db.read.name()
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

/// A transaction that writes; its methods stand beside the queries of their topic.
#[derive(Debug)]
pub struct WriteTx(Tx);

impl WriteTx {
    /// Commits: when this answers, the change is on disk.
    ///
    /// # Errors
    /// The database failed; nothing was changed, unless the connection broke while committing.
    pub async fn commit(self) -> Result<(), StoreError> {
        db::commit(self.0).await
    }
}

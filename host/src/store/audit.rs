//! The audit log: written in the transaction of what it tells if the database keeps that, never changed.

use sqlx::{FromRow, query, query_as};
use uuid::Uuid;

use super::{
    Store, StoreError,
    db::{Tx, commit, on},
};
use crate::model::{AuditEntry, Cursor, Timestamp, UserId};

/// A line to add.
#[derive(Clone, Debug)]
pub struct NewAuditEntry {
    /// When.
    pub at: Timestamp,
    /// Who; `None` is the server itself.
    pub actor_id: Option<UserId>,
    /// What was done, one word.
    pub action: &'static str,
    /// To whom.
    pub target_id: Option<UserId>,
    /// Why.
    pub reason: Option<String>,
    /// What else there is to know.
    pub detail: Option<String>,
}

#[derive(FromRow)]
struct AuditRow {
    id: Uuid,
    at: Timestamp,
    actor_id: Option<UserId>,
    action: String,
    target_id: Option<UserId>,
    reason: Option<String>,
    detail: Option<String>,
}

impl Store {
    /// Adds a line about something that the database does not keep.
    ///
    /// # Errors
    /// The database fails.
    pub async fn add_audit_entry(&self, entry: &NewAuditEntry) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        insert(&mut tx, entry).await?;
        commit(tx).await
    }

    /// Lines older than the cursor, newest first.
    ///
    /// # Errors
    /// The database fails.
    pub async fn audit_log(
        &self,
        before: Cursor,
        limit: i64,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        const SQL: &str = "select id, at, actor_id, action, target_id, reason, detail from audit_log \
            where (at, id) < ($1, $2) order by at desc, id desc limit $3";
        let rows: Vec<AuditRow> = on!(&self.db.read, pool => {
            query_as(SQL).bind(before.at).bind(before.id).bind(limit).fetch_all(pool).await
        })?;
        Ok(rows.into_iter().map(AuditEntry::from).collect())
    }
}

/// Adds a line.
pub(super) async fn insert(tx: &mut Tx, entry: &NewAuditEntry) -> Result<(), StoreError> {
    const SQL: &str = "insert into audit_log (id, at, actor_id, action, target_id, reason, detail) \
        values ($1, $2, $3, $4, $5, $6, $7)";
    on!(tx, tx => query(SQL)
        .bind(Uuid::now_v7())
        .bind(entry.at)
        .bind(entry.actor_id)
        .bind(entry.action)
        .bind(entry.target_id)
        .bind(entry.reason.as_deref())
        .bind(entry.detail.as_deref())
        .execute(&mut **tx)
        .await
        .map(drop))?;
    Ok(())
}

impl From<AuditRow> for AuditEntry {
    fn from(row: AuditRow) -> Self {
        Self {
            entry_id: row.id,
            at: row.at,
            actor_id: row.actor_id,
            action: row.action,
            target_id: row.target_id,
            reason: row.reason,
            detail: row.detail,
        }
    }
}

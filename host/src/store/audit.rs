//! The audit log: a chain that is only appended to, in the transaction of what it tells if the database keeps that.
//!
//! Invariant: a row's hash covers its content and the hash of the row before; the head has the newest. [`append`] is the one place
//! that adds rows. It holds the head until its transaction ends, so call it last: who waits for the head then waits for nothing else.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};
use sqlx::{FromRow, query, query_as};
use uuid::Uuid;

use super::{
    Store, StoreError, WriteTx,
    db::{Tx, commit, on},
};
use crate::model::{AuditEntry, AuditHead, Cursor, Timestamp, UserId};

/// What the hash of every row begins with, so that it can be taken for nothing else, and another encoding for none of these.
const ENCODING: &[u8] = b"natter audit 1\0";
/// Rows that a check reads at once.
const PAGE: i64 = 1_000;

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

/// What a check of the chain found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditCheck {
    /// Every row is as it was written, up to this one.
    Whole(AuditHead),
    /// The first row that is not.
    Broken {
        /// Its number.
        seq: i64,
        /// What is wrong with it.
        what: &'static str,
    },
}

#[derive(FromRow)]
struct AuditRow {
    seq: i64,
    id: Uuid,
    at: Timestamp,
    actor_id: Option<UserId>,
    action: String,
    target_id: Option<UserId>,
    reason: Option<String>,
    detail: Option<String>,
    hash: String,
}

impl Store {
    /// Adds a line about something that the database does not keep.
    ///
    /// # Errors
    /// The database fails.
    pub async fn add_audit_entry(&self, entry: &NewAuditEntry) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        append(&mut tx, entry).await?;
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
        const SQL: &str =
            "select * from audit_log where (at, id) < ($1, $2) order by at desc, id desc limit $3";
        let rows: Vec<AuditRow> = on!(&self.db.read, pool => {
            query_as(SQL).bind(before.at).bind(before.id).bind(limit).fetch_all(pool).await
        })?;
        Ok(rows.into_iter().map(AuditEntry::from).collect())
    }

    /// Walks the chain from its first row. With `noted`, a head that somebody wrote down earlier, that row must stand there unchanged.
    /// A server may go on appending meanwhile.
    ///
    /// # Errors
    /// The database fails.
    pub async fn check_audit_log(
        &self,
        noted: Option<&AuditHead>,
    ) -> Result<AuditCheck, StoreError> {
        let mut last = AuditHead::empty();
        loop {
            for row in self.rows_after(last.seq).await? {
                let seq = last.seq + 1;
                let broken = |what| Ok(AuditCheck::Broken { seq, what });
                if row.seq != seq {
                    return broken("it is missing");
                }
                last = row.head_after(&last);
                if row.hash != last.hash {
                    return broken(
                        "its content, or that of a row before it, is not what was written",
                    );
                }
                if noted.is_some_and(|it| it.seq == seq && it.hash != last.hash) {
                    return broken("another row stood here when the head was noted");
                }
            }
            // Read after the rows: whatever was appended meanwhile has moved it on, and is walked in the next round.
            let head = self.audit_head().await?;
            match self.rows_after(last.seq).await?.is_empty() {
                true if head == last => break,
                true => {
                    return Ok(AuditCheck::Broken {
                        seq: head.seq.min(last.seq) + 1,
                        what: "the log does not end where its head says",
                    });
                }
                // A row and the head that knows of it are committed as one: only now must it be known.
                false if self.audit_head().await?.seq <= last.seq => {
                    return Ok(AuditCheck::Broken {
                        seq: last.seq + 1,
                        what: "it lies beyond the head",
                    });
                }
                false => {}
            }
        }
        Ok(match noted {
            Some(noted) if noted.seq > last.seq => AuditCheck::Broken {
                seq: last.seq + 1,
                what: "it is missing: the log was longer when the head was noted",
            },
            _ => AuditCheck::Whole(last),
        })
    }

    /// Where the chain ends.
    ///
    /// # Errors
    /// The database fails.
    pub async fn audit_head(&self) -> Result<AuditHead, StoreError> {
        const SQL: &str = "select seq, hash from audit_head";
        let (seq, hash) = on!(&self.db.read, pool => query_as(SQL).fetch_one(pool).await)?;
        Ok(AuditHead { seq, hash })
    }

    async fn rows_after(&self, seq: i64) -> Result<Vec<AuditRow>, StoreError> {
        const SQL: &str = "select * from audit_log where seq > $1 order by seq limit $2";
        Ok(on!(&self.db.read, pool => query_as(SQL).bind(seq).bind(PAGE).fetch_all(pool).await)?)
    }
}

impl WriteTx {
    /// Adds a line about what this transaction does. Call it last.
    ///
    /// # Errors
    /// The database failed.
    pub async fn append_audit(&mut self, entry: &NewAuditEntry) -> Result<(), StoreError> {
        append(&mut self.0, entry).await
    }
}

/// Adds a line at the end of the chain.
pub(super) async fn append(tx: &mut Tx, entry: &NewAuditEntry) -> Result<(), StoreError> {
    /// On PostgreSQL it is this that puts the transactions which append in an order.
    const TAKE_HEAD: &str = "update audit_head set seq = seq + 1 returning seq - 1, hash";
    const INSERT: &str = "insert into audit_log (seq, id, at, actor_id, action, target_id, reason, detail, hash) \
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    const MOVE_HEAD: &str = "update audit_head set hash = $1";
    let (seq, hash) = on!(tx, tx => query_as(TAKE_HEAD).fetch_one(&mut **tx).await)?;
    let mut row = AuditRow {
        seq: seq + 1,
        id: Uuid::now_v7(),
        at: entry.at,
        actor_id: entry.actor_id,
        action: entry.action.to_owned(),
        target_id: entry.target_id,
        reason: entry.reason.clone(),
        detail: entry.detail.clone(),
        hash: String::new(),
    };
    row.hash = row.head_after(&AuditHead { seq, hash }).hash;
    on!(tx, tx => query(INSERT)
        .bind(row.seq)
        .bind(row.id)
        .bind(row.at)
        .bind(row.actor_id)
        .bind(&row.action)
        .bind(row.target_id)
        .bind(&row.reason)
        .bind(&row.detail)
        .bind(&row.hash)
        .execute(&mut **tx)
        .await
        .map(drop))?;
    on!(tx, tx => query(MOVE_HEAD).bind(&row.hash).execute(&mut **tx).await.map(drop))?;
    Ok(())
}

impl AuditRow {
    /// The head with this row behind `last`. `docs/operations.md` has the encoding.
    fn head_after(&self, last: &AuditHead) -> AuditHead {
        let mut hasher = Sha256::new();
        hasher.update(ENCODING);
        hasher.update(&last.hash);
        hasher.update(self.seq.to_be_bytes());
        hasher.update(self.id.as_bytes());
        hasher.update(self.at.0.to_be_bytes());
        for field in [
            self.actor_id.as_ref().map(|it| it.0.as_bytes().as_slice()),
            Some(self.action.as_bytes()),
            self.target_id.as_ref().map(|it| it.0.as_bytes().as_slice()),
            self.reason.as_deref().map(str::as_bytes),
            self.detail.as_deref().map(str::as_bytes),
        ] {
            // Told apart: no field, and an empty one.
            let length = field.map_or(-1, |it| i64::try_from(it.len()).unwrap_or(i64::MAX));
            hasher.update(length.to_be_bytes());
            hasher.update(field.unwrap_or_default());
        }
        let mut hash = String::with_capacity(64);
        for byte in hasher.finalize() {
            write!(hash, "{byte:02x}").expect("a text can be written to");
        }
        AuditHead {
            seq: self.seq,
            hash,
        }
    }
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

//! Messages that wait for an admin.
//!
//! Invariant: a held message is decided once; its release is in the transaction that gives it its place.

use sqlx::{FromRow, query, query_as, query_scalar};
use uuid::Uuid;

use super::{
    NewAuditEntry, Store, StoreError, WriteTx, audit,
    db::{Tx, commit, on},
};
use crate::model::{
    Cursor, DecisionId, HeldEntry, HeldStatus, MessageId, RoomId, Timestamp, UserId,
};

/// The word for a release of what does not wait any more, among the names of broken constraints.
pub const HELD_DECIDED: &str = "held_messages_status";

/// A message to be kept until an admin decides.
#[derive(Clone, Debug)]
pub struct HeldRow {
    /// What the admin sees.
    pub entry: HeldEntry,
    /// The sender's own id of it.
    pub client_msg_id: String,
    /// Hash of the client's request.
    pub request_hash: Uuid,
}

/// An admin's word on a held message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldDecision {
    /// Which.
    pub message_id: MessageId,
    /// Its sender, for the audit log.
    pub sender_id: UserId,
    /// The admin.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
    /// For the sender.
    pub reason: Option<String>,
}

#[derive(FromRow)]
struct RawHeld {
    id: MessageId,
    sender_id: UserId,
    room_id: Option<RoomId>,
    recipient_id: Option<UserId>,
    client_msg_id: String,
    request_hash: Uuid,
    body: String,
    reply_to: Option<MessageId>,
    created_at: Timestamp,
    decision_id: Option<DecisionId>,
    plugin: String,
    note: String,
    status: HeldStatus,
}

impl Store {
    /// Messages that wait, after the cursor, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn held_messages(
        &self,
        after: Cursor,
        limit: i64,
    ) -> Result<Vec<HeldRow>, StoreError> {
        const SQL: &str = "select * from held_messages where status = 0 and (created_at, id) > ($1, $2) \
            order by created_at, id limit $3";
        let raw: Vec<RawHeld> = on!(&self.db.read, db => query_as(SQL)
            .bind(after.at).bind(after.id).bind(limit).fetch_all(db).await)?;
        Ok(raw.into_iter().map(HeldRow::from).collect())
    }

    /// How many messages wait.
    ///
    /// # Errors
    /// The database failed.
    pub async fn held_count(&self) -> Result<i64, StoreError> {
        const SQL: &str = "select count(*) from held_messages where status = 0";
        Ok(on!(&self.db.read, db => query_scalar(SQL).fetch_one(db).await)?)
    }

    /// Where a message of a room would stand that was accepted at a time and not held: behind this place; 0 is the beginning. What
    /// was held itself does not count: it has an old time and a late place.
    ///
    /// # Errors
    /// The database failed.
    pub async fn place_at(&self, room_id: RoomId, at: Timestamp) -> Result<i64, StoreError> {
        const SQL: &str = "select coalesce((select seq from messages where room_id = $1 and created_at <= $2 \
                and not exists (select 1 from held_messages where held_messages.id = messages.id) \
            order by seq desc limit 1), 0)";
        Ok(on!(&self.db.read, db => query_scalar(SQL).bind(room_id).bind(at).fetch_one(db).await)?)
    }

    /// A message that was held, whatever became of it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn held_message(&self, message_id: MessageId) -> Result<Option<HeldRow>, StoreError> {
        const SQL: &str = "select * from held_messages where id = $1";
        let raw: Option<RawHeld> =
            on!(&self.db.read, db => query_as(SQL).bind(message_id).fetch_optional(db).await)?;
        Ok(raw.map(HeldRow::from))
    }

    /// Keeps a message until an admin decides.
    ///
    /// # Errors
    /// `Conflict` if the sender has held one under the same id.
    pub async fn hold_message(&self, row: &HeldRow) -> Result<(), StoreError> {
        const SQL: &str = "insert into held_messages (id, sender_id, room_id, recipient_id, client_msg_id, request_hash, \
                body, reply_to, created_at, decision_id, plugin, note, status) \
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0)";
        let HeldRow {
            entry,
            client_msg_id,
            request_hash,
        } = row;
        on!(&self.db.write, db => query(SQL)
            .bind(entry.message_id)
            .bind(entry.sender_id)
            .bind(entry.room_id)
            .bind(entry.recipient_id)
            .bind(client_msg_id)
            .bind(*request_hash)
            .bind(&entry.body)
            .bind(entry.reply_to)
            .bind(entry.created_at)
            .bind(entry.decision_id)
            .bind(&entry.plugin)
            .bind(&entry.note)
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Refuses a message that waits, and writes the audit log; false if it does not wait.
    ///
    /// # Errors
    /// The database failed; nothing was changed.
    pub async fn reject_held(&self, decision: &HeldDecision) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        let decided = decide(&mut tx, decision, HeldStatus::Rejected).await?;
        if decided {
            commit(tx).await?;
        }
        Ok(decided)
    }
}

impl WriteTx {
    /// Notes that a message that waits is released, also in the audit log.
    ///
    /// # Errors
    /// `Conflict` with [`HELD_DECIDED`] if it does not wait; the database failed.
    pub async fn release_held(&mut self, decision: &HeldDecision) -> Result<(), StoreError> {
        if decide(&mut self.0, decision, HeldStatus::Released).await? {
            return Ok(());
        }
        Err(StoreError::Conflict {
            constraint: HELD_DECIDED.to_owned(),
        })
    }
}

async fn decide(tx: &mut Tx, decision: &HeldDecision, to: HeldStatus) -> Result<bool, StoreError> {
    // What is released stands among the messages, and what is rejected nobody needs any more.
    const SQL: &str = "update held_messages set status = $2, decided_by = $3, decided_at = $4, reason = $5, body = '' \
        where id = $1 and status = 0";
    let changed = on!(tx, tx => query(SQL)
        .bind(decision.message_id)
        .bind(to)
        .bind(decision.by)
        .bind(decision.at)
        .bind(decision.reason.as_deref())
        .execute(&mut **tx)
        .await
        .map(|done| done.rows_affected()))?;
    if changed == 0 {
        return Ok(false);
    }
    let entry = NewAuditEntry {
        at: decision.at,
        actor_id: Some(decision.by),
        action: match to {
            HeldStatus::Rejected => "reject_message",
            HeldStatus::Released | HeldStatus::Held => "release_message",
        },
        target_id: Some(decision.sender_id),
        reason: decision.reason.clone(),
        detail: Some(format!("message {}", decision.message_id)),
    };
    audit::append(tx, &entry).await?;
    Ok(true)
}

impl From<RawHeld> for HeldRow {
    fn from(raw: RawHeld) -> Self {
        Self {
            entry: HeldEntry {
                message_id: raw.id,
                sender_id: raw.sender_id,
                room_id: raw.room_id,
                recipient_id: raw.recipient_id,
                body: raw.body,
                reply_to: raw.reply_to,
                created_at: raw.created_at,
                plugin: raw.plugin,
                decision_id: raw.decision_id,
                note: raw.note,
                status: raw.status,
            },
            client_msg_id: raw.client_msg_id,
            request_hash: raw.request_hash,
        }
    }
}

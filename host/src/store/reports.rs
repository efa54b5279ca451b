//! Reported messages.
//!
//! Invariant: a report's texts are there as long as it waits, and gone in the transaction that decides it.

use sqlx::{FromRow, query, query_as, query_scalar};
use uuid::Uuid;

use super::{
    NewAuditEntry, Store, StoreError, WriteTx, audit,
    db::{Tx, commit, on},
};
use crate::model::{
    Cursor, MessageId, Report, ReportDecision, ReportedMessage, RoomId, Timestamp, UserId,
};

/// An admin's word on a reported message: it decides all reports of that message that wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportVerdict {
    /// The message.
    pub message_id: MessageId,
    /// Its author, for the audit log.
    pub sender_id: UserId,
    /// The admin.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
    /// What becomes of the reports.
    pub decision: ReportDecision,
    /// Why, for the audit log.
    pub reason: Option<String>,
}

#[derive(FromRow)]
struct RawReport {
    id: Uuid,
    message_id: MessageId,
    room_id: RoomId,
    sender_id: UserId,
    reporter_id: UserId,
    reason: Option<String>,
    created_at: Timestamp,
    decision: ReportDecision,
}

#[derive(FromRow)]
struct RawReported {
    message_id: MessageId,
    seq: i64,
    sender_id: UserId,
    body: String,
    created_at: Timestamp,
}

impl Store {
    /// Keeps a report with the texts that its reporter saw; nothing, and the id of the first, if this person reported the message
    /// before.
    ///
    /// # Errors
    /// The database failed.
    pub async fn add_report(
        &self,
        report: &Report,
        messages: &[ReportedMessage],
    ) -> Result<Option<Uuid>, StoreError> {
        const FIND: &str = "select id from reports where message_id = $1 and reporter_id = $2";
        let mut tx = self.db.begin().await?;
        if !insert(&mut tx, report).await? {
            return Ok(Some(on!(&mut tx, tx => query_scalar(FIND)
                .bind(report.message_id)
                .bind(report.reporter_id)
                .fetch_one(&mut **tx)
                .await)?));
        }
        for message in messages {
            insert_message(&mut tx, report.report_id, message).await?;
        }
        commit(tx).await?;
        Ok(None)
    }

    /// Reports that wait, after the cursor, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn reports(&self, after: Cursor, limit: i64) -> Result<Vec<Report>, StoreError> {
        const SQL: &str = "select * from reports where decision = 0 and (created_at, id) > ($1, $2) \
            order by created_at, id limit $3";
        let raw: Vec<RawReport> = on!(&self.db.read, db => query_as(SQL)
            .bind(after.at).bind(after.id).bind(limit).fetch_all(db).await)?;
        Ok(raw.into_iter().map(Report::from).collect())
    }

    /// What a person reported, decided or not, after the cursor, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn reports_by(
        &self,
        reporter_id: UserId,
        after: Cursor,
        limit: i64,
    ) -> Result<Vec<Report>, StoreError> {
        const SQL: &str = "select * from reports where reporter_id = $1 and (created_at, id) > ($2, $3) \
            order by created_at, id limit $4";
        let raw: Vec<RawReport> = on!(&self.db.read, db => query_as(SQL)
            .bind(reporter_id).bind(after.at).bind(after.id).bind(limit).fetch_all(db).await)?;
        Ok(raw.into_iter().map(Report::from).collect())
    }

    /// How many wait; of one reporter, or all.
    ///
    /// # Errors
    /// The database failed.
    pub async fn report_count(&self, reporter_id: Option<UserId>) -> Result<i64, StoreError> {
        const ALL: &str = "select count(*) from reports where decision = 0";
        const OF_ONE: &str = "select count(*) from reports where decision = 0 and reporter_id = $1";
        Ok(on!(&self.db.read, db => match reporter_id {
            Some(reporter_id) => query_scalar(OF_ONE).bind(reporter_id).fetch_one(db).await,
            None => query_scalar(ALL).fetch_one(db).await,
        })?)
    }

    /// A report, decided or not.
    ///
    /// # Errors
    /// The database failed.
    pub async fn report(&self, report_id: Uuid) -> Result<Option<Report>, StoreError> {
        const SQL: &str = "select * from reports where id = $1";
        let raw: Option<RawReport> =
            on!(&self.db.read, db => query_as(SQL).bind(report_id).fetch_optional(db).await)?;
        Ok(raw.map(Report::from))
    }

    /// What a report's reporter saw, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn reported_messages(
        &self,
        report_id: Uuid,
    ) -> Result<Vec<ReportedMessage>, StoreError> {
        const SQL: &str = "select * from report_messages where report_id = $1 order by seq";
        let raw: Vec<RawReported> =
            on!(&self.db.read, db => query_as(SQL).bind(report_id).fetch_all(db).await)?;
        Ok(raw.into_iter().map(ReportedMessage::from).collect())
    }

    /// Decides the reports of a message that wait, and writes the audit log; false if none waits.
    ///
    /// # Errors
    /// The database failed; nothing was changed.
    pub async fn decide_reports(&self, verdict: &ReportVerdict) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        let decided = decide(&mut tx, verdict).await?;
        if decided {
            note(&mut tx, verdict).await?;
            commit(tx).await?;
        }
        Ok(decided)
    }
}

impl WriteTx {
    /// Decides the reports of a message that is deleted in this transaction, and writes the audit log; false if none waits.
    ///
    /// # Errors
    /// The database failed.
    pub async fn decide_reports_of_deleted(
        &mut self,
        verdict: &ReportVerdict,
    ) -> Result<bool, StoreError> {
        let decided = decide(&mut self.0, verdict).await?;
        if decided {
            note(&mut self.0, verdict).await?;
        }
        Ok(decided)
    }
}

async fn insert(tx: &mut Tx, report: &Report) -> Result<bool, StoreError> {
    const SQL: &str = "insert into reports (id, message_id, room_id, sender_id, reporter_id, reason, created_at, decision) \
        values ($1, $2, $3, $4, $5, $6, $7, 0) on conflict (message_id, reporter_id) do nothing";
    let inserted = on!(tx, tx => query(SQL)
        .bind(report.report_id)
        .bind(report.message_id)
        .bind(report.room_id)
        .bind(report.sender_id)
        .bind(report.reporter_id)
        .bind(report.reason.as_deref())
        .bind(report.created_at)
        .execute(&mut **tx)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(inserted > 0)
}

async fn insert_message(
    tx: &mut Tx,
    report_id: Uuid,
    message: &ReportedMessage,
) -> Result<(), StoreError> {
    const SQL: &str = "insert into report_messages (report_id, seq, message_id, sender_id, body, created_at) \
        values ($1, $2, $3, $4, $5, $6)";
    on!(tx, tx => query(SQL)
        .bind(report_id)
        .bind(message.seq)
        .bind(message.message_id)
        .bind(message.sender_id)
        .bind(&message.body)
        .bind(message.created_at)
        .execute(&mut **tx)
        .await
        .map(drop))?;
    Ok(())
}

async fn decide(tx: &mut Tx, verdict: &ReportVerdict) -> Result<bool, StoreError> {
    const FORGET: &str = "delete from report_messages where report_id in \
        (select id from reports where message_id = $1 and decision = 0)";
    const DECIDE: &str = "update reports set decision = $2, decided_by = $3, decided_at = $4 \
        where message_id = $1 and decision = 0";
    on!(tx, tx => query(FORGET).bind(verdict.message_id).execute(&mut **tx).await.map(drop))?;
    let decided = on!(tx, tx => query(DECIDE)
        .bind(verdict.message_id)
        .bind(verdict.decision)
        .bind(verdict.by)
        .bind(verdict.at)
        .execute(&mut **tx)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(decided > 0)
}

async fn note(tx: &mut Tx, verdict: &ReportVerdict) -> Result<(), StoreError> {
    let entry = NewAuditEntry {
        at: verdict.at,
        actor_id: Some(verdict.by),
        action: match verdict.decision {
            ReportDecision::Deleted => "delete_message",
            ReportDecision::Dismissed | ReportDecision::Waiting => "dismiss_report",
        },
        target_id: Some(verdict.sender_id),
        reason: verdict.reason.clone(),
        detail: Some(format!("message {}", verdict.message_id)),
    };
    audit::append(tx, &entry).await
}

impl From<RawReport> for Report {
    fn from(raw: RawReport) -> Self {
        Self {
            report_id: raw.id,
            message_id: raw.message_id,
            room_id: raw.room_id,
            sender_id: raw.sender_id,
            reporter_id: raw.reporter_id,
            reason: raw.reason,
            created_at: raw.created_at,
            decision: raw.decision,
        }
    }
}

impl From<RawReported> for ReportedMessage {
    fn from(raw: RawReported) -> Self {
        Self {
            message_id: raw.message_id,
            seq: raw.seq,
            sender_id: raw.sender_id,
            body: raw.body,
            created_at: raw.created_at,
        }
    }
}

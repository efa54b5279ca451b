//! What policies decided, without what people wrote.

use sqlx::{FromRow, QueryBuilder, query, query_as};
use uuid::Uuid;

use super::{
    Store, StoreError,
    db::{commit, on},
};
use crate::model::{
    Cursor, DecisionId, MessageId, RoomId, Timestamp, UserId,
    policy::{DecisionRecord, Hook},
};

#[derive(FromRow)]
struct RawDecision {
    decision_id: Uuid,
    at: Timestamp,
    hook: String,
    plugin: String,
    version: String,
    plugin_hash: String,
    verdict: String,
    reason: Option<String>,
    micros: i64,
    user_id: Option<UserId>,
    room_id: Option<RoomId>,
    message_id: Option<MessageId>,
    body_hash: Option<String>,
}

/// Calls of a plugin that failed in one way.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct FailureRow {
    /// At which point.
    pub hook: String,
    /// `trap`, `timeout`, `unusable`, or `breaker_open`: it was not asked for having failed so often.
    pub verdict: String,
    /// The words for it.
    pub reason: String,
    /// How often.
    pub times: i64,
    /// When it happened last.
    pub last_at: Timestamp,
}

impl Store {
    /// In which ways calls of a plugin failed since then, the latest first: at most twenty.
    ///
    /// # Errors
    /// The database failed.
    pub async fn failures(
        &self,
        plugin: &str,
        since: Timestamp,
    ) -> Result<Vec<FailureRow>, StoreError> {
        const SQL: &str = "select hook, verdict, coalesce(reason, '') as reason, count(*) as times, max(at) as last_at \
            from policy_decisions where plugin = $1 and at >= $2 \
            and verdict in ('trap', 'timeout', 'unusable', 'breaker_open') \
            group by hook, verdict, reason order by last_at desc, hook, verdict, reason limit 20";
        Ok(on!(&self.db.read, db => {
            query_as(SQL).bind(plugin).bind(since).fetch_all(db).await
        })?)
    }

    /// Decisions older than the cursor, newest first, of one plugin or of all.
    ///
    /// # Errors
    /// The database failed.
    pub async fn decisions(
        &self,
        plugin: Option<&str>,
        before: Cursor,
        limit: i64,
    ) -> Result<Vec<DecisionRecord>, StoreError> {
        const OF_ALL: &str = "select * from policy_decisions where (at, decision_id) < ($1, $2) \
            order by at desc, decision_id desc, plugin limit $3";
        const OF_ONE: &str = "select * from policy_decisions where (at, decision_id) < ($1, $2) and plugin = $4 \
            order by at desc, decision_id desc, plugin limit $3";
        let sql = if plugin.is_some() { OF_ONE } else { OF_ALL };
        let rows: Vec<RawDecision> = on!(&self.db.read, db => {
            let query = query_as(sql).bind(before.at).bind(before.id).bind(limit);
            match plugin {
                Some(plugin) => query.bind(plugin).fetch_all(db).await,
                None => query.fetch_all(db).await,
            }
        })?;
        Ok(rows.into_iter().map(DecisionRecord::from).collect())
    }

    /// Keeps decisions, all or none.
    ///
    /// # Errors
    /// The database failed; nothing was changed.
    pub async fn insert_decisions(&self, decisions: &[DecisionRecord]) -> Result<(), StoreError> {
        const SQL: &str = "insert into policy_decisions (decision_id, at, hook, plugin, version, plugin_hash, verdict, reason, \
            micros, user_id, room_id, message_id, body_hash) ";
        let mut tx = self.db.begin().await?;
        // Thirteen values a row: a chunk stays far below the number of values that a statement may bind.
        for decisions in decisions.chunks(200) {
            on!(&mut tx, tx => {
                let mut sql = QueryBuilder::new(SQL);
                sql.push_values(decisions, |mut row, it| {
                    row.push_bind(it.decision_id)
                        .push_bind(it.at)
                        .push_bind(it.hook.as_str())
                        .push_bind(&*it.plugin)
                        .push_bind(&it.version)
                        .push_bind(&it.plugin_hash)
                        .push_bind(&it.verdict)
                        .push_bind(it.reason.as_deref())
                        .push_bind(it.micros)
                        .push_bind(it.user_id)
                        .push_bind(it.room_id)
                        .push_bind(it.message_id)
                        .push_bind(it.body_hash.as_deref());
                });
                sql.build().persistent(false).execute(&mut **tx).await.map(drop)
            })?;
        }
        commit(tx).await
    }

    /// Forgets old decisions, and answers how many.
    ///
    /// # Errors
    /// The database failed.
    pub async fn remove_decisions_before(&self, at: Timestamp) -> Result<u64, StoreError> {
        const SQL: &str = "delete from policy_decisions where at < $1";
        Ok(on!(&self.db.write, db => {
            query(SQL).bind(at).execute(db).await.map(|done| done.rows_affected())
        })?)
    }
}

impl From<RawDecision> for DecisionRecord {
    fn from(raw: RawDecision) -> Self {
        Self {
            decision_id: DecisionId(raw.decision_id),
            at: raw.at,
            // Written from `Hook::as_str` only.
            hook: Hook::from_word(&raw.hook).unwrap_or(Hook::Messages),
            plugin: raw.plugin.into(),
            version: raw.version,
            plugin_hash: raw.plugin_hash,
            verdict: raw.verdict,
            reason: raw.reason,
            micros: raw.micros,
            user_id: raw.user_id,
            room_id: raw.room_id,
            message_id: raw.message_id,
            body_hash: raw.body_hash,
        }
    }
}

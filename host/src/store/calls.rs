//! Calls and who took part in them.
//!
//! Invariant: a call that has ended stays as it ended; only what is known of its participants' media may still be added.

use std::collections::HashMap;

use sqlx::{FromRow, QueryBuilder, query};

use super::{
    Store, StoreError,
    db::{Tx, commit, on},
};
use crate::model::{
    Call, CallId, CallParticipant, CallQuality, CallReason, CallState, Cursor, MediaKind,
    ParticipantState, RoomId, RoomKind, Timestamp, UserId,
};

const COLUMNS: &str = "c.id, c.room_id, c.kind, c.media, c.caller_id, c.callee_id, c.client_call_id, c.state, c.created_at, \
    c.connected_at, c.ended_at, c.reason, c.ended_by, c.owes_message, c.hidden_from";

/// A call with what only the server needs of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRow {
    /// What people see.
    pub call: Call,
    /// The caller's own id of it.
    pub client_call_id: String,
    /// The other one, in direct calls.
    pub callee_id: Option<UserId>,
    /// Nobody answered, and the message that says so is not stored yet.
    pub owes_message: bool,
}

#[derive(FromRow)]
struct RawCall {
    id: CallId,
    room_id: Option<RoomId>,
    kind: RoomKind,
    media: MediaKind,
    caller_id: UserId,
    callee_id: Option<UserId>,
    client_call_id: String,
    state: CallState,
    created_at: Timestamp,
    connected_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    reason: Option<CallReason>,
    ended_by: Option<UserId>,
    owes_message: bool,
    hidden_from: Option<UserId>,
}

#[derive(FromRow)]
struct RawParticipant {
    call_id: CallId,
    user_id: UserId,
    state: ParticipantState,
    joined_at: Option<Timestamp>,
    left_at: Option<Timestamp>,
    reason: Option<CallReason>,
    loss_permille: Option<i64>,
    rtt_ms: Option<i64>,
    sent_bps: Option<i64>,
    received_bps: Option<i64>,
}

impl Store {
    /// Keeps calls as they stand, all or none.
    ///
    /// # Errors
    /// The database failed; nothing was changed.
    pub async fn save_calls(&self, rows: &[CallRow]) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        for row in rows {
            save_call(&mut tx, row).await?;
            save_participants(&mut tx, &row.call).await?;
        }
        commit(tx).await
    }

    /// The message of a missed call is stored, in this room; or there will be none.
    ///
    /// # Errors
    /// The database failed; nothing was changed.
    pub async fn settle_call_message(
        &self,
        call_id: CallId,
        room_id: Option<RoomId>,
    ) -> Result<(), StoreError> {
        const SQL: &str =
            "update calls set owes_message = false, room_id = coalesce($2, room_id) where id = $1";
        on!(&self.db.write, db => query(SQL).bind(call_id).bind(room_id).execute(db).await.map(drop))?;
        Ok(())
    }

    /// A call, whoever asks.
    ///
    /// # Errors
    /// The database failed.
    pub async fn call(&self, call_id: CallId) -> Result<Option<CallRow>, StoreError> {
        let sql = format!("select {COLUMNS} from calls c where c.id = ");
        let raw: Vec<RawCall> = on!(&self.db.read, db => {
            let mut sql = QueryBuilder::new(sql);
            sql.push_bind(call_id);
            sql.build_query_as().fetch_all(db).await
        })?;
        Ok(self.with_participants(raw).await?.pop())
    }

    /// The call that a caller started under their own id, the newest if there are several.
    ///
    /// # Errors
    /// The database failed.
    pub async fn call_by_client_id(
        &self,
        caller_id: UserId,
        client_call_id: &str,
    ) -> Result<Option<CallRow>, StoreError> {
        let sql = format!("select {COLUMNS} from calls c where c.caller_id = ");
        let raw: Vec<RawCall> = on!(&self.db.read, db => {
            let mut sql = QueryBuilder::new(sql);
            sql.push_bind(caller_id)
                .push(" and c.client_call_id = ").push_bind(client_call_id)
                .push(" order by c.created_at desc limit 1");
            sql.build_query_as().fetch_all(db).await
        })?;
        Ok(self.with_participants(raw).await?.pop())
    }

    /// Calls before the cursor that were for a person, of one room or all, newest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn calls_of(
        &self,
        user_id: UserId,
        room_id: Option<RoomId>,
        before: Cursor,
        limit: i64,
    ) -> Result<Vec<Call>, StoreError> {
        let sql = format!(
            "select {COLUMNS} from call_participants p join calls c on c.id = p.call_id where p.user_id = "
        );
        let raw: Vec<RawCall> = on!(&self.db.read, db => {
            let mut sql = QueryBuilder::new(sql);
            sql.push_bind(user_id)
                .push(" and (c.hidden_from is null or c.hidden_from <> p.user_id)")
                .push(" and (p.called_at, p.call_id) < (").push_bind(before.at)
                .push(", ").push_bind(before.id).push(")");
            if let Some(room_id) = room_id {
                sql.push(" and c.room_id = ").push_bind(room_id);
            }
            sql.push(" order by p.called_at desc, p.call_id desc limit ").push_bind(limit);
            sql.build_query_as().fetch_all(db).await
        })?;
        let rows = self.with_participants(raw).await?;
        Ok(rows.into_iter().map(|row| row.call).collect())
    }

    /// Calls that have not ended, or whose message is not stored yet, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn unsettled_calls(&self) -> Result<Vec<CallRow>, StoreError> {
        let sql = format!(
            "select {COLUMNS} from calls c where c.state <> 2 or c.owes_message order by c.created_at, c.id"
        );
        let raw: Vec<RawCall> = on!(&self.db.read, db =>
            QueryBuilder::new(sql).build_query_as().fetch_all(db).await)?;
        self.with_participants(raw).await
    }

    async fn with_participants(&self, calls: Vec<RawCall>) -> Result<Vec<CallRow>, StoreError> {
        let mut of_call: HashMap<CallId, Vec<CallParticipant>> = HashMap::new();
        for ids in calls.chunks(500) {
            let raw: Vec<RawParticipant> = on!(&self.db.read, db => {
                let mut sql = QueryBuilder::new(
                    "select call_id, user_id, state, joined_at, left_at, reason, loss_permille, rtt_ms, sent_bps, received_bps \
                     from call_participants where call_id in (",
                );
                let mut list = sql.separated(", ");
                for call in ids {
                    list.push_bind(call.id);
                }
                sql.push(") order by call_id, user_id");
                sql.build_query_as().persistent(false).fetch_all(db).await
            })?;
            for it in raw {
                of_call.entry(it.call_id).or_default().push(it.into());
            }
        }
        let rows = calls.into_iter().map(|raw| {
            let participants = of_call.remove(&raw.id).unwrap_or_default();
            raw.with(participants)
        });
        Ok(rows.collect())
    }
}

async fn save_call(tx: &mut Tx, row: &CallRow) -> Result<(), StoreError> {
    const SQL: &str = "insert into calls (id, room_id, kind, media, caller_id, callee_id, client_call_id, state, created_at, \
            connected_at, ended_at, reason, ended_by, owes_message, hidden_from) \
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
        on conflict (id) do update set state = excluded.state, connected_at = excluded.connected_at, \
            ended_at = excluded.ended_at, reason = excluded.reason, ended_by = excluded.ended_by, \
            owes_message = excluded.owes_message, hidden_from = excluded.hidden_from \
        where calls.state <> 2";
    let CallRow {
        call,
        client_call_id,
        callee_id,
        owes_message,
    } = row;
    on!(tx, tx => query(SQL)
        .bind(call.call_id)
        .bind(call.room_id)
        .bind(call.kind)
        .bind(call.media)
        .bind(call.caller_id)
        .bind(*callee_id)
        .bind(client_call_id)
        .bind(call.state)
        .bind(call.created_at)
        .bind(call.connected_at)
        .bind(call.ended_at)
        .bind(call.reason)
        .bind(call.ended_by)
        .bind(*owes_message)
        .bind(call.hidden_from)
        .execute(&mut **tx)
        .await
        .map(drop))?;
    Ok(())
}

async fn save_participants(tx: &mut Tx, call: &Call) -> Result<(), StoreError> {
    // Eleven values a row: a chunk stays far below the number of values that a statement may bind.
    for participants in call.participants.chunks(1_000) {
        on!(&mut *tx, tx => {
            let mut sql = QueryBuilder::new(
                "insert into call_participants (call_id, user_id, called_at, state, joined_at, left_at, reason, loss_permille, \
                 rtt_ms, sent_bps, received_bps) ",
            );
            sql.push_values(participants, |mut row, it| {
                row.push_bind(call.call_id)
                    .push_bind(it.user_id)
                    .push_bind(call.created_at)
                    .push_bind(it.state)
                    .push_bind(it.joined_at)
                    .push_bind(it.left_at)
                    .push_bind(it.reason)
                    .push_bind(it.quality.map(|it| it.loss_permille))
                    .push_bind(it.quality.and_then(|it| it.rtt_ms))
                    .push_bind(it.quality.map(|it| it.sent_bps))
                    .push_bind(it.quality.map(|it| it.received_bps));
            });
            sql.push(
                " on conflict (call_id, user_id) do update set state = excluded.state, joined_at = excluded.joined_at, \
                 left_at = excluded.left_at, reason = excluded.reason, loss_permille = excluded.loss_permille, \
                 rtt_ms = excluded.rtt_ms, sent_bps = excluded.sent_bps, received_bps = excluded.received_bps",
            );
            sql.build().persistent(false).execute(&mut **tx).await.map(drop)
        })?;
    }
    Ok(())
}

impl RawCall {
    fn with(self, participants: Vec<CallParticipant>) -> CallRow {
        CallRow {
            client_call_id: self.client_call_id,
            callee_id: self.callee_id,
            owes_message: self.owes_message,
            call: Call {
                call_id: self.id,
                room_id: self.room_id,
                kind: self.kind,
                media: self.media,
                caller_id: self.caller_id,
                state: self.state,
                created_at: self.created_at,
                connected_at: self.connected_at,
                ended_at: self.ended_at,
                reason: self.reason,
                ended_by: self.ended_by,
                participants,
                hidden_from: self.hidden_from,
            },
        }
    }
}

impl From<RawParticipant> for CallParticipant {
    fn from(raw: RawParticipant) -> Self {
        let quality = raw.loss_permille.map(|loss_permille| CallQuality {
            loss_permille,
            rtt_ms: raw.rtt_ms,
            sent_bps: raw.sent_bps.unwrap_or(0),
            received_bps: raw.received_bps.unwrap_or(0),
        });
        Self {
            user_id: raw.user_id,
            state: raw.state,
            joined_at: raw.joined_at,
            left_at: raw.left_at,
            reason: raw.reason,
            quality,
        }
    }
}

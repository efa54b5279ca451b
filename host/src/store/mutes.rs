//! Mutes.
//!
//! Invariant: a person has at most one mute for each room, and one for everywhere; a newer one takes its place.

use sqlx::{FromRow, query, query_as};
use uuid::Uuid;

use super::{
    NewAuditEntry, Store, StoreError, audit,
    db::{commit, on},
};
use crate::model::{Cursor, Mute, RoomId, Timestamp, UserId};

#[derive(FromRow)]
struct RawMute {
    id: Uuid,
    user_id: UserId,
    room_id: Uuid,
    until: Timestamp,
    reason: Option<String>,
    muted_by: Option<UserId>,
    plugin: Option<String>,
    created_at: Timestamp,
}

impl Store {
    /// Mutes after the cursor that last beyond `now`, oldest first; of one person, or all.
    ///
    /// # Errors
    /// The database failed.
    pub async fn mutes(
        &self,
        user_id: Option<UserId>,
        now: Timestamp,
        after: Cursor,
        limit: i64,
    ) -> Result<Vec<Mute>, StoreError> {
        const ALL: &str = "select * from mutes where until > $1 and (created_at, id) > ($2, $3) \
            order by created_at, id limit $4";
        const OF_ONE: &str = "select * from mutes where until > $1 and (created_at, id) > ($2, $3) and user_id = $5 \
            order by created_at, id limit $4";
        let sql = if user_id.is_some() { OF_ONE } else { ALL };
        let raw: Vec<RawMute> = on!(&self.db.read, db => {
            let query = query_as(sql).bind(now).bind(after.at).bind(after.id).bind(limit);
            match user_id {
                Some(user_id) => query.bind(user_id).fetch_all(db).await,
                None => query.fetch_all(db).await,
            }
        })?;
        Ok(raw.into_iter().map(Mute::from).collect())
    }

    /// Keeps a mute in the place of the one before, writes the audit log, and deletes what has run out by the mute's beginning.
    ///
    /// # Errors
    /// `MissingReference` if there is no such person; the database failed. Nothing was changed.
    pub async fn put_mute(&self, mute: &Mute, entry: &NewAuditEntry) -> Result<(), StoreError> {
        const TIDY: &str = "delete from mutes where until <= $1";
        const SQL: &str = "insert into mutes (id, user_id, room_id, until, reason, muted_by, plugin, created_at) \
            values ($1, $2, $3, $4, $5, $6, $7, $8) \
            on conflict (user_id, room_id) do update set id = excluded.id, until = excluded.until, reason = excluded.reason, \
                muted_by = excluded.muted_by, plugin = excluded.plugin, created_at = excluded.created_at";
        let mut tx = self.db.begin().await?;
        on!(&mut tx, tx => query(TIDY).bind(mute.created_at).execute(&mut **tx).await.map(drop))?;
        on!(&mut tx, tx => query(SQL)
            .bind(mute.mute_id)
            .bind(mute.user_id)
            .bind(mute.room_id.map_or(Uuid::nil(), |it| it.0))
            .bind(mute.until)
            .bind(mute.reason.as_deref())
            .bind(mute.muted_by)
            .bind(mute.plugin.as_deref())
            .bind(mute.created_at)
            .execute(&mut **tx)
            .await
            .map(drop))?;
        audit::append(&mut tx, entry).await?;
        commit(tx).await
    }

    /// Ends a mute and writes the audit log; false if there is none of this id.
    ///
    /// # Errors
    /// The database failed; nothing was changed.
    pub async fn remove_mute(
        &self,
        mute_id: Uuid,
        entry: &NewAuditEntry,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "delete from mutes where id = $1";
        let mut tx = self.db.begin().await?;
        let removed = on!(&mut tx, tx => query(SQL).bind(mute_id).execute(&mut **tx).await
            .map(|done| done.rows_affected()))?;
        if removed == 0 {
            return Ok(false);
        }
        audit::append(&mut tx, entry).await?;
        commit(tx).await?;
        Ok(true)
    }
}

impl From<RawMute> for Mute {
    fn from(raw: RawMute) -> Self {
        Self {
            mute_id: raw.id,
            user_id: raw.user_id,
            room_id: (!raw.room_id.is_nil()).then_some(RoomId(raw.room_id)),
            until: raw.until,
            reason: raw.reason,
            muted_by: raw.muted_by,
            plugin: raw.plugin,
            created_at: raw.created_at,
        }
    }
}

//! Who may not come back into a group.

use sqlx::{FromRow, QueryBuilder, query, query_as, query_scalar};

use super::{
    Store, StoreError, WriteTx,
    db::{column, on},
};
use crate::model::{RoomBan, RoomId, Timestamp, UserId};

#[derive(FromRow)]
struct RawBan {
    room_id: RoomId,
    user_id: UserId,
    banned_by: UserId,
    reason: Option<String>,
    created_at: Timestamp,
}

impl Store {
    /// A group's bans, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn bans(&self, room_id: RoomId) -> Result<Vec<RoomBan>, StoreError> {
        const SQL: &str = "select * from room_bans where room_id = $1 order by created_at, user_id";
        let raw: Vec<RawBan> =
            on!(&self.db.read, db => query_as(SQL).bind(room_id).fetch_all(db).await)?;
        Ok(raw.into_iter().map(RoomBan::from).collect())
    }
}

impl WriteTx {
    /// Keeps a ban; one that is there already stands.
    ///
    /// # Errors
    /// `MissingReference` if there is no such person; the database failed.
    pub async fn put_ban(&mut self, ban: &RoomBan) -> Result<(), StoreError> {
        const SQL: &str = "insert into room_bans (room_id, user_id, banned_by, reason, created_at) \
            values ($1, $2, $3, $4, $5) on conflict (room_id, user_id) do nothing";
        on!(&mut self.0, tx => query(SQL)
            .bind(ban.room_id)
            .bind(ban.user_id)
            .bind(ban.banned_by)
            .bind(ban.reason.as_deref())
            .bind(ban.created_at)
            .execute(&mut **tx)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Lifts a ban; false if there is none.
    ///
    /// # Errors
    /// The database failed.
    pub async fn remove_ban(
        &mut self,
        room_id: RoomId,
        user_id: UserId,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "delete from room_bans where room_id = $1 and user_id = $2";
        let removed = on!(&mut self.0, tx => query(SQL).bind(room_id).bind(user_id)
            .execute(&mut **tx).await.map(|done| done.rows_affected()))?;
        Ok(removed > 0)
    }

    /// Whether one of these people is banned from the group.
    ///
    /// # Errors
    /// The database failed.
    pub async fn any_banned(
        &mut self,
        room_id: RoomId,
        people: &[UserId],
    ) -> Result<bool, StoreError> {
        if people.is_empty() {
            return Ok(false);
        }
        Ok(on!(&mut self.0,
            sqlite tx => {
                let mut sql =
                    QueryBuilder::new("select exists(select 1 from room_bans where room_id = ");
                sql.push_bind(room_id).push(" and user_id in (");
                let mut ids = sql.separated(", ");
                for id in people {
                    ids.push_bind(*id);
                }
                let query = sql.push("))").build_query_scalar().persistent(false);
                query.fetch_one(&mut **tx).await
            },
            postgres tx => {
                const SQL: &str = "select exists(select 1 from room_bans where room_id = $1 and user_id = any($2))";
                let query = query_scalar(SQL).bind(room_id).bind(column(people, |it| it.0));
                query.fetch_one(&mut **tx).await
            }
        )?)
    }
}

impl From<RawBan> for RoomBan {
    fn from(raw: RawBan) -> Self {
        Self {
            room_id: raw.room_id,
            user_id: raw.user_id,
            banned_by: raw.banned_by,
            reason: raw.reason,
            created_at: raw.created_at,
        }
    }
}

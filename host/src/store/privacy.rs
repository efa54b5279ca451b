//! What people chose about who reaches them.

use sqlx::{FromRow, query, query_as, query_scalar};

use super::{Store, StoreError, db::on};
use crate::model::{Privacy, Reach, UserId};

#[derive(FromRow)]
struct RawPrivacy {
    user_id: UserId,
    who_may_write: Reach,
    who_may_call: Reach,
    hides_reads: bool,
}

impl Store {
    /// Everybody's choices; who chose nothing is left out.
    ///
    /// # Errors
    /// The database failed.
    pub async fn privacies(&self) -> Result<Vec<(UserId, Privacy)>, StoreError> {
        const SQL: &str = "select * from privacy";
        let raw: Vec<RawPrivacy> = on!(&self.db.read, db => query_as(SQL).fetch_all(db).await)?;
        let kept = |raw: RawPrivacy| {
            let privacy = Privacy {
                who_may_write: raw.who_may_write,
                who_may_call: raw.who_may_call,
                read_receipts: !raw.hides_reads,
            };
            (raw.user_id, privacy)
        };
        Ok(raw.into_iter().map(kept).collect())
    }

    /// Keeps a person's choices.
    ///
    /// # Errors
    /// The database failed.
    pub async fn put_privacy(&self, user_id: UserId, privacy: Privacy) -> Result<(), StoreError> {
        const SQL: &str = "insert into privacy (user_id, who_may_write, who_may_call, hides_reads) \
            values ($1, $2, $3, $4) on conflict (user_id) do update set who_may_write = excluded.who_may_write, \
                who_may_call = excluded.who_may_call, hides_reads = excluded.hides_reads";
        on!(&self.db.write, db => query(SQL)
            .bind(user_id)
            .bind(privacy.who_may_write)
            .bind(privacy.who_may_call)
            .bind(!privacy.read_receipts)
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Whether two people are in a group together.
    ///
    /// # Errors
    /// The database failed.
    pub async fn share_a_group(&self, one: UserId, other: UserId) -> Result<bool, StoreError> {
        const SQL: &str = "select exists(select 1 from room_members a
            join room_members b on b.room_id = a.room_id
            join rooms r on r.id = a.room_id
            where a.user_id = $1 and b.user_id = $2 and a.left_seq is null and b.left_seq is null and r.kind = 1)";
        Ok(on!(&self.db.read, db => query_scalar(SQL).bind(one).bind(other).fetch_one(db).await)?)
    }
}

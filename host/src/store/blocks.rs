//! Who wants to hear nothing from whom in private.

use sqlx::{FromRow, query, query_as, query_scalar};

use super::{
    Store, StoreError,
    db::{Tx, commit, on},
};
use crate::model::{Timestamp, UserId};

/// A block, with what the blocked person goes on seeing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromRow)]
pub struct KeptBlock {
    /// Who blocks.
    pub user_id: UserId,
    /// Whom.
    pub blocked_id: UserId,
    /// Since when.
    pub created_at: Timestamp,
    /// What the blocked person sees as delivered in their direct room.
    pub delivered_seq: i64,
    /// The same as read.
    pub read_seq: i64,
}

impl Store {
    /// All blocks, or those of one person, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn blocks(&self, user_id: Option<UserId>) -> Result<Vec<KeptBlock>, StoreError> {
        const ALL: &str = "select * from blocks order by created_at, blocked_id";
        const OF_ONE: &str =
            "select * from blocks where user_id = $1 order by created_at, blocked_id";
        Ok(on!(&self.db.read, db => match user_id {
            Some(user_id) => query_as(OF_ONE).bind(user_id).fetch_all(db).await,
            None => query_as(ALL).fetch_all(db).await,
        })?)
    }

    /// Keeps a block and answers the blocker's own rev after it; nothing changes if it is there already.
    ///
    /// # Errors
    /// `MissingReference` if there is no such person; the database failed.
    pub async fn put_block(&self, block: &KeptBlock) -> Result<Option<i64>, StoreError> {
        const SQL: &str = "insert into blocks (user_id, blocked_id, created_at, delivered_seq, read_seq) \
            values ($1, $2, $3, $4, $5) on conflict (user_id, blocked_id) do nothing";
        let mut tx = self.db.begin().await?;
        let put = on!(&mut tx, tx => query(SQL)
            .bind(block.user_id)
            .bind(block.blocked_id)
            .bind(block.created_at)
            .bind(block.delivered_seq)
            .bind(block.read_seq)
            .execute(&mut **tx)
            .await
            .map(|done| done.rows_affected()))?;
        end(tx, block.user_id, put).await
    }

    /// Ends a block and answers the blocker's own rev after it; nothing changes if there is none.
    ///
    /// # Errors
    /// The database failed.
    pub async fn remove_block(
        &self,
        user_id: UserId,
        blocked_id: UserId,
    ) -> Result<Option<i64>, StoreError> {
        const SQL: &str = "delete from blocks where user_id = $1 and blocked_id = $2";
        let mut tx = self.db.begin().await?;
        let removed = on!(&mut tx, tx => query(SQL).bind(user_id).bind(blocked_id)
            .execute(&mut **tx).await.map(|done| done.rows_affected()))?;
        end(tx, user_id, removed).await
    }
}

async fn end(mut tx: Tx, user_id: UserId, changed: u64) -> Result<Option<i64>, StoreError> {
    const SQL: &str = "update users set rev = rev + 1 where id = $1 returning rev";
    if changed == 0 {
        return Ok(None);
    }
    let rev = on!(&mut tx, tx => query_scalar(SQL).bind(user_id).fetch_one(&mut **tx).await)?;
    commit(tx).await?;
    Ok(Some(rev))
}

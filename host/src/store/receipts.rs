//! Receipts: the watermarks, and who had what when.

use sqlx::query_as;

use super::{Store, StoreError, db::on};
use crate::model::{MessageReceipt, RoomId, Timestamp, UserId};

impl Store {
    /// When each present member received and read the message at `seq`.
    ///
    /// A member's ranges of one status follow each other, so the first that ends at `seq` or later covers it, if any does. What
    /// was read was delivered by then, at the latest: whoever hides what was read hides it after that.
    ///
    /// # Errors
    /// The database failed.
    pub async fn receipts_of(
        &self,
        room_id: RoomId,
        seq: i64,
    ) -> Result<Vec<MessageReceipt>, StoreError> {
        const SQL: &str = "with times(user_id, joined_at, delivered_at, read_at) as (select m.user_id, m.joined_at,
            (select case when s.from_seq <= $2 then s.at end from message_status s
                where s.room_id = m.room_id and s.user_id = m.user_id and s.status = 1 and s.to_seq >= $2
                order by s.to_seq limit 1),
            (select case when s.from_seq <= $2 then s.at end from message_status s
                where s.room_id = m.room_id and s.user_id = m.user_id and s.status = 2 and s.to_seq >= $2
                order by s.to_seq limit 1)
            from room_members m
            where m.room_id = $1 and m.left_seq is null and m.visible_from_seq <= $2
            ) select user_id, coalesce(delivered_at, read_at), read_at from times order by joined_at, user_id";
        let rows: Vec<(UserId, Option<Timestamp>, Option<Timestamp>)> =
            on!(&self.db.read, db => query_as(SQL).bind(room_id).bind(seq).fetch_all(db).await)?;
        let receipt = |(user_id, delivered_at, read_at)| MessageReceipt {
            user_id,
            delivered_at,
            read_at,
        };
        Ok(rows.into_iter().map(receipt).collect())
    }
}

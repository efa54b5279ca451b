//! Receipts: the watermarks, and who had what when.

use sqlx::{QueryBuilder, query_as};

use super::{
    Store, StoreError, WriteTx,
    db::{On, column, on},
};
use crate::model::{MessageReceipt, ReceiptStatus, RoomId, Timestamp, UserId, Watermark};

/// A watermark that rose: it now covers `first..=last` more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusRow {
    /// The room.
    pub room_id: RoomId,
    /// Whose watermark.
    pub user_id: UserId,
    /// Delivered or read.
    pub status: ReceiptStatus,
    /// First message covered.
    pub from_seq: i64,
    /// Last message covered.
    pub to_seq: i64,
    /// When.
    pub at: Timestamp,
}

impl Store {
    /// When each present member received and read the message at `seq`.
    ///
    /// A member's ranges of one status follow each other, so the first that ends at `seq` or later covers it, if any does.
    ///
    /// # Errors
    /// The database failed.
    pub async fn receipts_of(
        &self,
        room_id: RoomId,
        seq: i64,
    ) -> Result<Vec<MessageReceipt>, StoreError> {
        const SQL: &str = "select m.user_id,
            (select case when s.from_seq <= $2 then s.at end from message_status s
                where s.room_id = m.room_id and s.user_id = m.user_id and s.status = 1 and s.to_seq >= $2
                order by s.to_seq limit 1),
            (select case when s.from_seq <= $2 then s.at end from message_status s
                where s.room_id = m.room_id and s.user_id = m.user_id and s.status = 2 and s.to_seq >= $2
                order by s.to_seq limit 1)
            from room_members m
            where m.room_id = $1 and m.left_seq is null and m.visible_from_seq <= $2
            order by m.joined_at, m.user_id";
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

impl WriteTx {
    /// Sets watermarks; a watermark never falls, whatever is given.
    ///
    /// # Errors
    /// The database failed.
    pub async fn raise_watermarks(
        &mut self,
        marks: &[(RoomId, Watermark)],
    ) -> Result<(), StoreError> {
        if marks.is_empty() {
            return Ok(());
        }
        const NEW: &str = "with w(room_id, user_id, delivered_seq, read_seq) as (";
        const RAISE: &str = ") update room_members set
            delivered_seq = case when w.delivered_seq > room_members.delivered_seq
                then w.delivered_seq else room_members.delivered_seq end,
            read_seq = case when w.read_seq > room_members.read_seq
                then w.read_seq else room_members.read_seq end
            from w where room_members.room_id = w.room_id and room_members.user_id = w.user_id";
        match &mut self.0 {
            On::Sqlite(tx) => {
                let mut sql = QueryBuilder::new(NEW);
                sql.push_values(marks, |mut row, (room_id, mark)| {
                    row.push_bind(*room_id)
                        .push_bind(mark.user_id)
                        .push_bind(mark.delivered_seq)
                        .push_bind(mark.read_seq);
                });
                let query = sql.push(RAISE).build().persistent(false);
                query.execute(&mut **tx).await?;
            }
            On::Postgres(tx) => {
                let mut sql = QueryBuilder::new(NEW);
                let mut columns = sql.push("select * from unnest(").separated(", ");
                columns
                    .push_bind(column(marks, |it| it.0.0))
                    .push_bind(column(marks, |it| it.1.user_id.0))
                    .push_bind(column(marks, |it| it.1.delivered_seq))
                    .push_bind(column(marks, |it| it.1.read_seq));
                sql.push(")").push(RAISE);
                sql.build().execute(&mut **tx).await?;
            }
        }
        Ok(())
    }

    /// Notes when watermarks rose.
    ///
    /// # Errors
    /// The database failed.
    pub async fn insert_statuses(&mut self, rows: &[StatusRow]) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        const INSERT: &str =
            "insert into message_status (room_id, user_id, status, from_seq, to_seq, at) ";
        // Told twice by two processes, the first time stands.
        const ONCE: &str = " on conflict (room_id, user_id, status, to_seq) do nothing";
        match &mut self.0 {
            On::Sqlite(tx) => {
                let mut sql = QueryBuilder::new(INSERT);
                sql.push_values(rows, |mut row, it| {
                    row.push_bind(it.room_id)
                        .push_bind(it.user_id)
                        .push_bind(it.status)
                        .push_bind(it.from_seq)
                        .push_bind(it.to_seq)
                        .push_bind(it.at);
                });
                let query = sql.push(ONCE).build().persistent(false);
                query.execute(&mut **tx).await?;
            }
            On::Postgres(tx) => {
                let mut sql = QueryBuilder::new(INSERT);
                let mut columns = sql.push("select * from unnest(").separated(", ");
                columns
                    .push_bind(column(rows, |it| it.room_id.0))
                    .push_bind(column(rows, |it| it.user_id.0))
                    .push_bind(column(rows, |it| it.status as i16))
                    .push_bind(column(rows, |it| it.from_seq))
                    .push_bind(column(rows, |it| it.to_seq))
                    .push_bind(column(rows, |it| it.at.0));
                sql.push(")").push(ONCE);
                sql.build().execute(&mut **tx).await?;
            }
        }
        Ok(())
    }
}

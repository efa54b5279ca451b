//! Receipts: the watermarks, and who had what when.

use sqlx::{QueryBuilder, query_as};

use super::{
    Store, StoreError, WriteTx,
    db::{On, column, on},
};
use crate::model::{ReceiptStatus, RoomId, Timestamp, UserId, Watermark};

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
    /// Who received or read the message at `seq`, and when: each person's and status's row that covers it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn receipts_of(
        &self,
        room_id: RoomId,
        seq: i64,
    ) -> Result<Vec<(UserId, ReceiptStatus, Timestamp)>, StoreError> {
        const SQL: &str = "select user_id, status, at from message_status
            where room_id = $1 and from_seq <= $2 and to_seq >= $2 order by at, user_id";
        Ok(on!(&self.db.read, db => query_as(SQL).bind(room_id).bind(seq).fetch_all(db).await)?)
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
        // A member who left and came back without history may pass the same seq twice; the first time stands.
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

//! Messages: reading history, and what a writer inserts.

use sqlx::{FromRow, QueryBuilder, query_as, query_scalar};

use super::{Store, StoreError, db::on};
use crate::model::{Message, MessageId, MessageKind, RoomId, Timestamp, UserId};

const COLUMNS: &str = "id, room_id, seq, rev, sender_id, kind, body, reply_to, created_at";

#[derive(FromRow)]
struct RawMessage {
    id: MessageId,
    room_id: RoomId,
    seq: i64,
    rev: i64,
    sender_id: UserId,
    kind: MessageKind,
    body: String,
    reply_to: Option<MessageId>,
    created_at: Timestamp,
}

impl From<RawMessage> for Message {
    fn from(raw: RawMessage) -> Self {
        let RawMessage {
            id: message_id,
            room_id,
            seq,
            rev,
            sender_id,
            kind,
            body,
            reply_to,
            created_at,
        } = raw;
        Self {
            message_id,
            room_id,
            seq,
            rev,
            sender_id,
            kind,
            body,
            reply_to,
            created_at,
        }
    }
}

/// Which end of a range of messages to read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Newest first.
    Backwards,
    /// Oldest first.
    Forwards,
}

impl Store {
    /// Messages with `first <= seq <= last`, at most `limit`, from the end that `direction` says.
    ///
    /// # Errors
    /// The database failed.
    pub async fn messages_between(
        &self,
        room_id: RoomId,
        seqs: std::ops::RangeInclusive<i64>,
        direction: Direction,
        limit: i64,
    ) -> Result<Vec<Message>, StoreError> {
        let order = match direction {
            Direction::Backwards => "desc",
            Direction::Forwards => "asc",
        };
        let raw: Vec<RawMessage> = on!(&self.db.read, db => {
            let mut sql = QueryBuilder::new(format!("select {COLUMNS} from messages where room_id = "));
            sql.push_bind(room_id)
                .push(" and seq between ").push_bind(*seqs.start())
                .push(" and ").push_bind(*seqs.end())
                .push(format!(" order by seq {order} limit ")).push_bind(limit);
            sql.build_query_as().fetch_all(db).await
        })?;
        Ok(raw.into_iter().map(Message::from).collect())
    }

    /// Messages of a room that changed after `rev`, by rev, within the visible range.
    ///
    /// # Errors
    /// The database failed.
    pub async fn messages_changed(
        &self,
        room_id: RoomId,
        after_rev: i64,
        visible_from_seq: i64,
        limit: i64,
    ) -> Result<Vec<Message>, StoreError> {
        const SQL: &str = "select id, room_id, seq, rev, sender_id, kind, body, reply_to, created_at from messages
            where room_id = $1 and rev > $2 and seq >= $3 order by rev limit $4";
        let raw: Vec<RawMessage> = on!(&self.db.read, db => query_as(SQL)
            .bind(room_id).bind(after_rev).bind(visible_from_seq).bind(limit).fetch_all(db).await)?;
        Ok(raw.into_iter().map(Message::from).collect())
    }

    /// The place and author of a message of this room.
    ///
    /// # Errors
    /// The database failed.
    pub async fn message_place(
        &self,
        room_id: RoomId,
        message_id: MessageId,
    ) -> Result<Option<(i64, UserId)>, StoreError> {
        const SQL: &str = "select seq, sender_id from messages where id = $1 and room_id = $2";
        Ok(
            on!(&self.db.read, db => query_as(SQL).bind(message_id).bind(room_id).fetch_optional(db).await)?,
        )
    }

    /// The newest message of each present room of a person, as far as they may see it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn last_messages_of(&self, user_id: UserId) -> Result<Vec<Message>, StoreError> {
        const SQL: &str = "select t.id, t.room_id, t.seq, t.rev, t.sender_id, t.kind, t.body, t.reply_to, t.created_at
            from room_members m
            join rooms r on r.id = m.room_id
            join messages t on t.room_id = r.id and t.seq = r.last_seq
            where m.user_id = $1 and m.left_seq is null and t.seq >= m.visible_from_seq";
        let raw: Vec<RawMessage> =
            on!(&self.db.read, db => query_as(SQL).bind(user_id).fetch_all(db).await)?;
        Ok(raw.into_iter().map(Message::from).collect())
    }

    /// For each present room of a person: messages of others after the read watermark.
    ///
    /// # Errors
    /// The database failed.
    pub async fn unread_counts_of(
        &self,
        user_id: UserId,
    ) -> Result<Vec<(RoomId, i64)>, StoreError> {
        const SQL: &str = "select m.room_id, count(*) from room_members m
            join messages t on t.room_id = m.room_id and t.seq > m.read_seq and t.seq >= m.visible_from_seq
            where m.user_id = $1 and m.left_seq is null and t.sender_id <> m.user_id
            group by m.room_id";
        Ok(on!(&self.db.read, db => query_as(SQL).bind(user_id).fetch_all(db).await)?)
    }

    /// The same for all present members of one room; who has read everything is left out.
    ///
    /// # Errors
    /// The database failed.
    pub async fn unread_counts_in(
        &self,
        room_id: RoomId,
    ) -> Result<Vec<(UserId, i64)>, StoreError> {
        const SQL: &str = "select m.user_id, count(*) from room_members m
            join messages t on t.room_id = m.room_id and t.seq > m.read_seq and t.seq >= m.visible_from_seq
            where m.room_id = $1 and m.left_seq is null and t.sender_id <> m.user_id
            group by m.user_id";
        Ok(on!(&self.db.read, db => query_as(SQL).bind(room_id).fetch_all(db).await)?)
    }

    /// The same for one room and one member.
    ///
    /// # Errors
    /// The database failed.
    pub async fn unread_count(&self, room_id: RoomId, user_id: UserId) -> Result<i64, StoreError> {
        const SQL: &str = "select count(*) from room_members m
            join messages t on t.room_id = m.room_id and t.seq > m.read_seq and t.seq >= m.visible_from_seq
            where m.room_id = $1 and m.user_id = $2 and t.sender_id <> m.user_id";
        Ok(
            on!(&self.db.read, db => query_scalar(SQL).bind(room_id).bind(user_id).fetch_one(db).await)?,
        )
    }

    /// The authors of messages with `first <= seq <= last`.
    ///
    /// # Errors
    /// The database failed.
    pub async fn authors_between(
        &self,
        room_id: RoomId,
        first: i64,
        last: i64,
    ) -> Result<Vec<UserId>, StoreError> {
        const SQL: &str =
            "select distinct sender_id from messages where room_id = $1 and seq between $2 and $3";
        Ok(on!(&self.db.read, db => query_scalar(SQL)
            .bind(room_id).bind(first).bind(last).fetch_all(db).await)?)
    }
}

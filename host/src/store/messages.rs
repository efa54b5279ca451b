//! Messages: reading history, and what a writer inserts.

use sqlx::{FromRow, QueryBuilder, query, query_as, query_scalar};
use uuid::Uuid;

use super::{Store, StoreError, WriteTx, db::on};
use crate::model::{DeletedMessage, Message, MessageId, MessageKind, RoomId, Timestamp, UserId};

const COLUMNS: &str =
    "id, room_id, seq, rev, sender_id, kind, body, reply_to, created_at, deleted_at, deleted_by";

/// Who reads. What was sent to somebody who blocks the sender is there for the sender only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// A person.
    Person(UserId),
    /// Whoever reviews: everything.
    Admin,
}

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
    deleted_at: Option<Timestamp>,
    deleted_by: Option<UserId>,
}

/// Where a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromRow)]
pub struct MessagePlace {
    /// Its place.
    pub seq: i64,
    /// Its author.
    pub sender_id: UserId,
    /// Whether only its author sees it.
    pub only_sender: bool,
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
            deleted_at,
            deleted_by,
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
            deleted_at,
            deleted_by,
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
    /// Messages with `first <= seq <= last` that the viewer may see, at most `limit`, from the end that `direction` says.
    ///
    /// # Errors
    /// The database failed.
    pub async fn messages_between(
        &self,
        room_id: RoomId,
        viewer: Viewer,
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
                .push(" and ").push_bind(*seqs.end());
            if let Viewer::Person(reader) = viewer {
                sql.push(" and (not only_sender or sender_id = ").push_bind(reader).push(")");
            }
            sql.push(format!(" order by seq {order} limit ")).push_bind(limit);
            sql.build_query_as().fetch_all(db).await
        })?;
        Ok(raw.into_iter().map(Message::from).collect())
    }

    /// Messages of a room that changed after `rev`, by rev, within what the reader may see.
    ///
    /// # Errors
    /// The database failed.
    pub async fn messages_changed(
        &self,
        room_id: RoomId,
        after_rev: i64,
        (reader, visible_from_seq): (UserId, i64),
        limit: i64,
    ) -> Result<Vec<Message>, StoreError> {
        const SQL: &str = "select * from messages where room_id = $1 and rev > $2 and seq >= $3
            and (not only_sender or sender_id = $5) order by rev limit $4";
        let raw: Vec<RawMessage> = on!(&self.db.read, db => query_as(SQL)
            .bind(room_id)
            .bind(after_rev)
            .bind(visible_from_seq)
            .bind(limit)
            .bind(reader)
            .fetch_all(db)
            .await)?;
        Ok(raw.into_iter().map(Message::from).collect())
    }

    /// Where a message of this room stands.
    ///
    /// # Errors
    /// The database failed.
    pub async fn message_place(
        &self,
        room_id: RoomId,
        message_id: MessageId,
    ) -> Result<Option<MessagePlace>, StoreError> {
        const SQL: &str =
            "select seq, sender_id, only_sender from messages where id = $1 and room_id = $2";
        Ok(
            on!(&self.db.read, db => query_as(SQL).bind(message_id).bind(room_id).fetch_optional(db).await)?,
        )
    }

    /// The newest message of each present room of a person, as far as they may see it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn last_messages_of(&self, user_id: UserId) -> Result<Vec<Message>, StoreError> {
        const SQL: &str = "select t.* from room_members m
            join messages t on t.room_id = m.room_id and t.seq = (select v.seq from messages v
                where v.room_id = m.room_id and (not v.only_sender or v.sender_id = m.user_id)
                order by v.seq desc limit 1)
            where m.user_id = $1 and m.left_seq is null and not m.hidden and t.seq >= m.visible_from_seq";
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
            where m.user_id = $1 and m.left_seq is null and not m.hidden and t.sender_id <> m.user_id
                and not t.only_sender
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
            where m.room_id = $1 and m.left_seq is null and t.sender_id <> m.user_id and not t.only_sender
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
            where m.room_id = $1 and m.user_id = $2 and t.sender_id <> m.user_id and not t.only_sender";
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

impl WriteTx {
    /// Takes a message's text away, here and where it was held, and what a retry would be compared with.
    ///
    /// # Errors
    /// The database failed.
    pub async fn delete_message(&mut self, deleted: &DeletedMessage) -> Result<(), StoreError> {
        const MESSAGE: &str = "update messages set body = '', request_hash = $2, rev = $3, deleted_at = $4, deleted_by = $5 \
            where id = $1";
        const HELD: &str = "update held_messages set body = '', request_hash = $2 where id = $1";
        // A short text is found by trying all of them.
        const JUDGED: &str = "update policy_decisions set body_hash = null where message_id = $1";
        on!(&mut self.0, tx => query(MESSAGE)
            .bind(deleted.message_id)
            .bind(Uuid::nil())
            .bind(deleted.rev)
            .bind(deleted.deleted_at)
            .bind(deleted.deleted_by)
            .execute(&mut **tx)
            .await
            .map(drop))?;
        on!(&mut self.0, tx => query(HELD)
            .bind(deleted.message_id)
            .bind(Uuid::nil())
            .execute(&mut **tx)
            .await
            .map(drop))?;
        on!(&mut self.0, tx => query(JUDGED)
            .bind(deleted.message_id)
            .execute(&mut **tx)
            .await
            .map(drop))?;
        Ok(())
    }
}

//! Rooms and who belongs to them: reading, and what a writer changes.

use sqlx::{FromRow, QueryBuilder, query, query_as, query_scalar};

use super::{
    Store, StoreError, WriteTx,
    db::{column, on},
};
use crate::model::{Member, MemberRole, MemberState, Room, RoomId, RoomKind, Timestamp, UserId};

/// A member's row, with what only the server needs of it.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct MemberRow {
    /// The room.
    pub room_id: RoomId,
    /// The person.
    pub user_id: UserId,
    /// Present role.
    pub role: MemberRole,
    /// When they last joined.
    pub joined_at: Timestamp,
    /// The user's own rev when the room was gained.
    pub joined_user_rev: i64,
    /// First message that they may see.
    pub visible_from_seq: i64,
    /// Last message that a former member may see; none while they belong.
    pub left_seq: Option<i64>,
    /// The room's rev at which this last changed visibly.
    pub rev: i64,
    /// Delivered up to this message.
    pub delivered_seq: i64,
    /// Read up to this message.
    pub read_seq: i64,
    /// A direct room of which they do not know yet: all in it came from somebody whom they block.
    pub hidden: bool,
}

impl From<MemberRow> for Member {
    fn from(row: MemberRow) -> Self {
        let state = if row.left_seq.is_none() {
            MemberState::Joined
        } else {
            MemberState::Left
        };
        let MemberRow {
            room_id,
            user_id,
            role,
            rev,
            joined_at,
            ..
        } = row;
        Self {
            room_id,
            user_id,
            role,
            state,
            rev,
            joined_at,
        }
    }
}

/// A room's row, with what only the server needs of it.
#[derive(Clone, Debug)]
pub struct RoomRow {
    /// What members see.
    pub room: Room,
    /// The rev at which the room itself last changed.
    pub room_rev: i64,
}

#[derive(FromRow)]
struct RawRoom {
    id: RoomId,
    kind: RoomKind,
    name: Option<String>,
    created_at: Timestamp,
    last_seq: i64,
    last_rev: i64,
    room_rev: i64,
}

impl From<RawRoom> for RoomRow {
    fn from(raw: RawRoom) -> Self {
        let RawRoom {
            id: room_id,
            kind,
            name,
            created_at,
            last_seq,
            last_rev: rev,
            room_rev,
        } = raw;
        Self {
            room: Room {
                room_id,
                kind,
                name,
                created_at,
                last_seq,
                rev,
            },
            room_rev,
        }
    }
}

/// A room to be made.
#[derive(Clone, Debug)]
pub struct NewRoom {
    /// Its id.
    pub room_id: RoomId,
    /// Direct or group.
    pub kind: RoomKind,
    /// A group's name.
    pub name: Option<String>,
    /// A direct room's key.
    pub direct_key: Option<String>,
    /// Who makes it.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// Its first rev: 0 for a direct room, whose first message raises it; for a group one more than it has members.
    pub first_rev: i64,
}

/// The key that makes the direct room of two people unique, whoever writes first.
#[must_use]
pub fn direct_key(one: UserId, other: UserId) -> String {
    format!("{}:{}", one.min(other), one.max(other))
}

impl Store {
    /// A room.
    ///
    /// # Errors
    /// The database failed.
    pub async fn room(&self, room_id: RoomId) -> Result<Option<RoomRow>, StoreError> {
        const SQL: &str = "select id, kind, name, created_at, last_seq, last_rev, room_rev from rooms where id = $1";
        let raw: Option<RawRoom> =
            on!(&self.db.read, db => query_as(SQL).bind(room_id).fetch_optional(db).await)?;
        Ok(raw.map(RoomRow::from))
    }

    /// The direct room of two people.
    ///
    /// # Errors
    /// The database failed.
    pub async fn direct_room(
        &self,
        one: UserId,
        other: UserId,
    ) -> Result<Option<RoomId>, StoreError> {
        const SQL: &str = "select id from rooms where direct_key = $1";
        let key = direct_key(one, other);
        Ok(on!(&self.db.read, db => query_scalar(SQL).bind(&key).fetch_optional(db).await)?)
    }

    /// One person's place in a room, former members included.
    ///
    /// # Errors
    /// The database failed.
    pub async fn member(
        &self,
        room_id: RoomId,
        user_id: UserId,
    ) -> Result<Option<MemberRow>, StoreError> {
        const SQL: &str = "select * from room_members where room_id = $1 and user_id = $2";
        Ok(
            on!(&self.db.read, db => query_as(SQL).bind(room_id).bind(user_id).fetch_optional(db).await)?,
        )
    }

    /// Everybody who ever belonged to a room, in the order in which they joined.
    ///
    /// # Errors
    /// The database failed.
    pub async fn members(&self, room_id: RoomId) -> Result<Vec<MemberRow>, StoreError> {
        const SQL: &str =
            "select * from room_members where room_id = $1 order by joined_at, user_id";
        Ok(on!(&self.db.read, db => query_as(SQL).bind(room_id).fetch_all(db).await)?)
    }

    /// Members whose row changed after `rev`, former ones included, by rev.
    ///
    /// # Errors
    /// The database failed.
    pub async fn members_changed(
        &self,
        room_id: RoomId,
        after_rev: i64,
        limit: i64,
    ) -> Result<Vec<MemberRow>, StoreError> {
        const SQL: &str =
            "select * from room_members where room_id = $1 and rev > $2 order by rev limit $3";
        Ok(on!(&self.db.read, db => query_as(SQL)
            .bind(room_id).bind(after_rev).bind(limit).fetch_all(db).await)?)
    }

    /// A person's present rooms, newest activity first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn rooms_of(&self, user_id: UserId) -> Result<Vec<RoomRow>, StoreError> {
        const SQL: &str =
            "select r.id, r.kind, r.name, r.created_at, r.last_seq, r.last_rev, r.room_rev
            from rooms r
            join room_members m on m.room_id = r.id
            left join messages t on t.room_id = r.id and t.seq = (select v.seq from messages v
                where v.room_id = r.id and (not v.only_sender or v.sender_id = m.user_id)
                order by v.seq desc limit 1)
            where m.user_id = $1 and m.left_seq is null and not m.hidden
            order by coalesce(t.created_at, r.created_at) desc, coalesce(t.id, r.id) desc";
        let raw: Vec<RawRoom> =
            on!(&self.db.read, db => query_as(SQL).bind(user_id).fetch_all(db).await)?;
        Ok(raw.into_iter().map(RoomRow::from).collect())
    }

    /// The members' rows of all present rooms of one person: what the room list computes its receipts from.
    ///
    /// # Errors
    /// The database failed.
    pub async fn fellow_members(&self, user_id: UserId) -> Result<Vec<MemberRow>, StoreError> {
        const SQL: &str = "select o.* from room_members m
            join room_members o on o.room_id = m.room_id
            where m.user_id = $1 and m.left_seq is null and not m.hidden and o.left_seq is null";
        Ok(on!(&self.db.read, db => query_as(SQL).bind(user_id).fetch_all(db).await)?)
    }
}

impl WriteTx {
    /// Makes a room, unless its direct key exists: then false.
    ///
    /// # Errors
    /// The database failed.
    pub async fn insert_room(&mut self, room: &NewRoom) -> Result<bool, StoreError> {
        const SQL: &str = "insert into rooms
            (id, kind, name, direct_key, created_by, created_at, last_seq, last_rev, room_rev)
            values ($1, $2, $3, $4, $5, $6, 0, $7, $7)
            on conflict (direct_key) do nothing";
        let inserted = on!(&mut self.0, tx => query(SQL)
            .bind(room.room_id)
            .bind(room.kind)
            .bind(room.name.as_deref())
            .bind(room.direct_key.as_deref())
            .bind(room.created_by)
            .bind(room.created_at)
            .bind(room.first_rev)
            .execute(&mut **tx).await.map(|done| done.rows_affected()))?;
        Ok(inserted == 1)
    }

    /// Inserts members, or brings former ones back.
    ///
    /// # Errors
    /// The database failed, or a person does not exist.
    pub async fn put_members(&mut self, members: &[MemberRow]) -> Result<(), StoreError> {
        // Eleven values a row: a chunk stays far below the number of values that a statement may bind.
        for members in members.chunks(1_000) {
            on!(&mut self.0, tx => {
                let mut sql = QueryBuilder::new(
                    "insert into room_members (room_id, user_id, role, joined_at, joined_user_rev, visible_from_seq, left_seq,
                    rev, delivered_seq, read_seq, hidden) ",
                );
                sql.push_values(members, |mut row, it| {
                    row.push_bind(it.room_id)
                        .push_bind(it.user_id)
                        .push_bind(it.role)
                        .push_bind(it.joined_at)
                        .push_bind(it.joined_user_rev)
                        .push_bind(it.visible_from_seq)
                        .push_bind(it.left_seq)
                        .push_bind(it.rev)
                        .push_bind(it.delivered_seq)
                        .push_bind(it.read_seq)
                        .push_bind(it.hidden);
                });
                sql.push(
                    " on conflict (room_id, user_id) do update set role = excluded.role, joined_at = excluded.joined_at,
                joined_user_rev = excluded.joined_user_rev, visible_from_seq = excluded.visible_from_seq,
                left_seq = excluded.left_seq, rev = excluded.rev, delivered_seq = excluded.delivered_seq,
                read_seq = excluded.read_seq, hidden = excluded.hidden",
                );
                sql.build().persistent(false).execute(&mut **tx).await.map(drop)
            })?;
        }
        Ok(())
    }

    /// Lets a person know of their direct room.
    ///
    /// # Errors
    /// The database failed.
    pub async fn reveal_room(
        &mut self,
        room_id: RoomId,
        user_id: UserId,
        (joined_at, joined_user_rev): (Timestamp, i64),
    ) -> Result<(), StoreError> {
        const SQL: &str = "update room_members set hidden = false, joined_at = $3, joined_user_rev = $4 \
            where room_id = $1 and user_id = $2";
        on!(&mut self.0, tx => query(SQL)
            .bind(room_id)
            .bind(user_id)
            .bind(joined_at)
            .bind(joined_user_rev)
            .execute(&mut **tx)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Renames a room; `rev` becomes the rev of that change.
    ///
    /// # Errors
    /// The database failed.
    pub async fn rename_room(
        &mut self,
        room_id: RoomId,
        name: &str,
        rev: i64,
    ) -> Result<(), StoreError> {
        const SQL: &str = "update rooms set name = $2, room_rev = $3 where id = $1";
        on!(&mut self.0, tx => query(SQL).bind(room_id).bind(name).bind(rev).execute(&mut **tx).await.map(drop))?;
        Ok(())
    }

    /// Raises a user's own rev and answers it.
    ///
    /// # Errors
    /// The database failed, or there is no such user.
    pub async fn raise_user_rev(&mut self, user_id: UserId) -> Result<i64, StoreError> {
        const SQL: &str = "update users set rev = rev + 1 where id = $1 returning rev";
        Ok(on!(&mut self.0, tx => query_scalar(SQL).bind(user_id).fetch_one(&mut **tx).await)?)
    }

    /// Which of these people have an active account.
    ///
    /// # Errors
    /// The database failed.
    pub async fn active_users(&mut self, user_ids: &[UserId]) -> Result<Vec<UserId>, StoreError> {
        if user_ids.is_empty() {
            return Ok(Vec::new());
        }
        Ok(on!(&mut self.0,
            sqlite tx => {
                let mut sql =
                    QueryBuilder::new("select id from users where status = 1 and id in (");
                let mut ids = sql.separated(", ");
                for id in user_ids {
                    ids.push_bind(*id);
                }
                let query = sql.push(")").build_query_scalar().persistent(false);
                query.fetch_all(&mut **tx).await
            },
            postgres tx => {
                const SQL: &str = "select id from users where status = 1 and id = any($1)";
                let query = query_scalar(SQL).bind(column(user_ids, |it| it.0));
                query.fetch_all(&mut **tx).await
            }
        )?)
    }

    /// Raises a room's newest rev by so many visible changes and answers it. Holds the room until the transaction ends.
    ///
    /// # Errors
    /// The database failed, or there is no such room.
    pub async fn raise_room_rev(
        &mut self,
        room_id: RoomId,
        changes: i64,
    ) -> Result<i64, StoreError> {
        const SQL: &str =
            "update rooms set last_rev = last_rev + $2 where id = $1 returning last_rev";
        Ok(on!(&mut self.0, tx => query_scalar(SQL)
            .bind(room_id).bind(changes).fetch_one(&mut **tx).await)?)
    }
}

//! What is known of one person: all of it, page by page, for themselves; and its end.

use sqlx::{FromRow, query, query_as};

use super::{
    NewAuditEntry, Store, StoreError, account_status, audit,
    db::{Tx, commit, on},
    devices,
};
use crate::model::{
    AccountStatus, HeldStatus, MessageId, OwnHeldMessage, OwnMessage, OwnReceipt, OwnRoom,
    ReceiptStatus, RoomId, RoomKind, Timestamp, UserId, UserRole,
};

/// What became of the wish to delete an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeletionOutcome {
    /// Only its tombstone is left.
    Deleted,
    /// It would leave the server without an active admin; nothing was changed.
    LastAdmin,
}

/// Where a page of receipts ended.
pub type ReceiptCursor = (ReceiptStatus, i64);

#[derive(FromRow)]
struct RawOwnRoom {
    room_id: RoomId,
    kind: RoomKind,
    name: Option<String>,
    joined_at: Timestamp,
    left_seq: Option<i64>,
}

#[derive(FromRow)]
struct RawOwnMessage {
    id: MessageId,
    room_id: RoomId,
    seq: i64,
    body: String,
    reply_to: Option<MessageId>,
    created_at: Timestamp,
    deleted_at: Option<Timestamp>,
    client_msg_id: String,
}

#[derive(FromRow)]
struct RawOwnHeld {
    id: MessageId,
    room_id: Option<RoomId>,
    recipient_id: Option<UserId>,
    body: String,
    created_at: Timestamp,
    status: HeldStatus,
    reason: Option<String>,
    client_msg_id: String,
}

impl Store {
    /// The rooms to which a person belongs or belonged, as far as they know.
    ///
    /// # Errors
    /// The database fails.
    pub async fn own_rooms(&self, user_id: UserId) -> Result<Vec<OwnRoom>, StoreError> {
        const SQL: &str = "select m.room_id, r.kind, r.name, m.joined_at, m.left_seq from room_members m \
            join rooms r on r.id = m.room_id where m.user_id = $1 and not m.hidden order by m.joined_at, m.room_id";
        let raw: Vec<RawOwnRoom> =
            on!(&self.db.read, db => query_as(SQL).bind(user_id).fetch_all(db).await)?;
        let room = |raw: RawOwnRoom| OwnRoom {
            room_id: raw.room_id,
            kind: raw.kind,
            name: raw.name,
            joined_at: raw.joined_at,
            has_left: raw.left_seq.is_some(),
        };
        Ok(raw.into_iter().map(room).collect())
    }

    /// What a person wrote, in the order of their own ids of it, after this one.
    ///
    /// # Errors
    /// The database fails.
    pub async fn own_messages(
        &self,
        user_id: UserId,
        after: &str,
        limit: i64,
    ) -> Result<Vec<OwnMessage>, StoreError> {
        const SQL: &str = "select id, room_id, seq, body, reply_to, created_at, deleted_at, client_msg_id from messages \
            where sender_id = $1 and client_msg_id > $2 order by client_msg_id limit $3";
        let raw: Vec<RawOwnMessage> = on!(&self.db.read, db => query_as(SQL)
            .bind(user_id).bind(after).bind(limit).fetch_all(db).await)?;
        let message = |raw: RawOwnMessage| OwnMessage {
            message_id: raw.id,
            room_id: raw.room_id,
            seq: raw.seq,
            body: raw.body,
            reply_to: raw.reply_to,
            created_at: raw.created_at,
            deleted_at: raw.deleted_at,
            client_msg_id: raw.client_msg_id,
        };
        Ok(raw.into_iter().map(message).collect())
    }

    /// What a person wrote and a policy held, in the order of their own ids of it, after this one.
    ///
    /// # Errors
    /// The database fails.
    pub async fn own_held_messages(
        &self,
        user_id: UserId,
        after: &str,
        limit: i64,
    ) -> Result<Vec<OwnHeldMessage>, StoreError> {
        const SQL: &str = "select id, room_id, recipient_id, body, created_at, status, reason, client_msg_id \
            from held_messages where sender_id = $1 and client_msg_id > $2 order by client_msg_id limit $3";
        let raw: Vec<RawOwnHeld> = on!(&self.db.read, db => query_as(SQL)
            .bind(user_id).bind(after).bind(limit).fetch_all(db).await)?;
        let held = |raw: RawOwnHeld| OwnHeldMessage {
            message_id: raw.id,
            room_id: raw.room_id,
            recipient_id: raw.recipient_id,
            body: raw.body,
            created_at: raw.created_at,
            status: raw.status,
            reason: raw.reason,
            client_msg_id: raw.client_msg_id,
        };
        Ok(raw.into_iter().map(held).collect())
    }

    /// When a person received and read what in a room, after this place in the list.
    ///
    /// # Errors
    /// The database fails.
    pub async fn own_receipts(
        &self,
        (user_id, room_id): (UserId, RoomId),
        (status, to_seq): ReceiptCursor,
        limit: i64,
    ) -> Result<Vec<OwnReceipt>, StoreError> {
        const SQL: &str = "select status, from_seq, to_seq, at from message_status \
            where room_id = $1 and user_id = $2 and (status, to_seq) > ($3, $4) order by status, to_seq limit $5";
        let raw: Vec<(ReceiptStatus, i64, i64, Timestamp)> = on!(&self.db.read, db => query_as(SQL)
                .bind(room_id).bind(user_id).bind(status).bind(to_seq).bind(limit).fetch_all(db).await)?;
        let receipt = |(status, from_seq, to_seq, at)| OwnReceipt {
            room_id,
            status,
            from_seq,
            to_seq,
            at,
        };
        Ok(raw.into_iter().map(receipt).collect())
    }

    /// Leaves of an account what its messages need: an id without a name. Their groups are left by somebody else.
    ///
    /// # Errors
    /// The database fails.
    pub async fn delete_account(
        &self,
        user_id: UserId,
        entry: &NewAuditEntry,
    ) -> Result<DeletionOutcome, StoreError> {
        let mut tx = self.db.begin().await?;
        account_status::one_admin_change_at_a_time(&mut tx).await?;
        let role = bury(&mut tx, user_id).await?;
        if role == UserRole::Admin && !account_status::active_admin_exists(&mut tx).await? {
            return Ok(DeletionOutcome::LastAdmin);
        }
        devices::revoke_all(&mut tx, user_id, None, entry.at).await?;
        for sql in FORGET {
            on!(&mut tx, tx => query(sql).bind(user_id).execute(&mut **tx).await.map(drop))?;
        }
        audit::append(&mut tx, entry).await?;
        commit(tx).await?;
        Ok(DeletionOutcome::Deleted)
    }

    /// Groups to which deleted accounts still belong: their leaving was cut short.
    ///
    /// # Errors
    /// The database fails.
    pub async fn groups_of_the_deleted(&self) -> Result<Vec<(UserId, RoomId)>, StoreError> {
        const SQL: &str = "select m.user_id, m.room_id from users u join room_members m on m.user_id = u.id \
            join rooms r on r.id = m.room_id where u.status = $1 and m.left_seq is null and r.kind = $2";
        Ok(on!(&self.db.read, db => query_as(SQL)
            .bind(AccountStatus::Deleted).bind(RoomKind::Group).fetch_all(db).await)?)
    }
}

/// What goes with an account, besides its devices.
const FORGET: [&str; 8] = [
    "delete from links where user_id = $1",
    "delete from emails where user_id = $1",
    "delete from registrations where user_id = $1",
    "delete from privacy where user_id = $1",
    "delete from blocks where user_id = $1 or blocked_id = $1",
    "delete from mutes where user_id = $1",
    // Also what waits for an admin: it will never be sent. What was released stands among the messages.
    "delete from held_messages where sender_id = $1 and status <> 1",
    "update devices set name = '' where user_id = $1",
];

/// Takes an account's name and password away; its role before.
async fn bury(tx: &mut Tx, user_id: UserId) -> Result<UserRole, StoreError> {
    const ROLE: &str = "select role from users where id = $1";
    const SQL: &str = "update users set username = $2, username_key = $3, display_name = 'Deleted account', \
            display_name_key = $4, password_hash = 'none', status = $5, status_reason = null, role = $6, \
            rev = rev + 1, account_rev = rev + 1 where id = $1";
    // Nobody can register it, for it has a colon.
    let username = format!("deleted:{user_id}");
    let role = on!(tx, tx => sqlx::query_scalar(ROLE).bind(user_id).fetch_one(&mut **tx).await)?;
    on!(tx, tx => query(SQL)
        .bind(user_id)
        .bind(&username)
        .bind(username.as_bytes())
        .bind(b"deleted account".as_slice())
        .bind(AccountStatus::Deleted)
        .bind(UserRole::Member)
        .execute(&mut **tx)
        .await
        .map(drop))?;
    Ok(role)
}

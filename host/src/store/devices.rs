//! Devices and their refresh tokens.
//!
//! Invariant: a device has at most one row of tokens, and none once it is revoked.

use sqlx::{FromRow, query, query_as, query_scalar};
use uuid::Uuid;

use super::{
    NewAuditEntry, Store, StoreError, audit,
    db::{Tx, commit, on},
    users::{AccountRow, account_columns},
};
use crate::model::{Account, AccountStatus, Device, DeviceId, Timestamp, UserId};

/// A device to make, with its first refresh token.
#[derive(Clone, Debug)]
pub struct NewDevice {
    /// Its id.
    pub device_id: DeviceId,
    /// Whose it is.
    pub user_id: UserId,
    /// What its owner calls it; may be empty.
    pub name: String,
    /// Now.
    pub created_at: Timestamp,
    /// Its first token.
    pub refresh_token: NewRefreshToken,
}

/// A refresh token to store.
#[derive(Clone, Debug)]
pub struct NewRefreshToken {
    /// Hash of the half that stays.
    pub family_hash: String,
    /// Hash of the whole.
    pub token_hash: String,
    /// Its end.
    pub expires_at: Timestamp,
}

/// One refresh token given for the next.
#[derive(Clone, Debug)]
pub struct TokenTurn {
    /// Hash of the whole token that was presented.
    pub presented_hash: String,
    /// The next one, of the same family.
    pub next: NewRefreshToken,
    /// Accounts in one of these statuses get none.
    pub barred: &'static [AccountStatus],
    /// Now.
    pub at: Timestamp,
}

/// What became of a refresh token that was presented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// The next one is in force.
    Turned(DeviceId, Account),
    /// The account's status is one of those that get none; the token stays as it was.
    Barred(Account),
    /// It had been given for another one before: its device is revoked now.
    Reused(DeviceId, UserId),
    /// Not ours, run out, or of a device that was logged out.
    Unknown,
}

#[derive(FromRow)]
struct DeviceRow {
    #[sqlx(flatten)]
    account: AccountRow,
    revoked_at: Option<Timestamp>,
}

impl Store {
    /// Makes a device for whoever had the password with this hash. False if theirs is another one by now: a new password ends what
    /// was begun with the old one.
    ///
    /// # Errors
    /// The database fails.
    pub async fn create_device(
        &self,
        device: &NewDevice,
        password_hash: &str,
    ) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        let still_holds = hold_password(&mut tx, device.user_id, password_hash).await?;
        if still_holds {
            insert(&mut tx, device).await?;
            commit(tx).await?;
        }
        Ok(still_holds)
    }

    /// The account behind a device, and when the device was revoked, if it was.
    ///
    /// # Errors
    /// The database fails.
    pub async fn account_of_device(
        &self,
        user_id: UserId,
        device_id: DeviceId,
    ) -> Result<Option<(Account, Option<Timestamp>)>, StoreError> {
        const SQL: &str = concat!(
            "select devices.revoked_at, ",
            account_columns!(),
            " from devices join users on users.id = devices.user_id \
                where devices.id = $1 and devices.user_id = $2"
        );
        let row: Option<DeviceRow> = on!(&self.db.read, pool => {
            query_as(SQL).bind(device_id).bind(user_id).fetch_optional(pool).await
        })?;
        Ok(row.map(|row| (Account::from(row.account), row.revoked_at)))
    }

    /// Gives a refresh token for the next one; whoever comes with a former one loses the device. What is no token of ours is told
    /// by reading, so that it holds up nobody who writes.
    ///
    /// # Errors
    /// The database fails; then the token that was presented still works.
    pub async fn turn_refresh_token(&self, turn: &TokenTurn) -> Result<Rotation, StoreError> {
        if !self.is_known_family(&turn.next.family_hash).await? {
            return Ok(Rotation::Unknown);
        }
        let mut tx = self.db.begin().await?;
        let Some(device_id) = replace_token(&mut tx, turn).await? else {
            let rotation = refuse_token(&mut tx, turn).await?;
            commit(tx).await?;
            return Ok(rotation);
        };
        let account = owner(&mut tx, device_id).await?;
        if turn.barred.contains(&account.status) {
            return Ok(Rotation::Barred(account));
        }
        touch(&mut tx, device_id, turn.at).await?;
        commit(tx).await?;
        Ok(Rotation::Turned(device_id, account))
    }

    /// A person's devices that are logged in, newest first. Which of them are connected is not known here.
    ///
    /// # Errors
    /// The database fails.
    pub async fn devices(&self, user_id: UserId) -> Result<Vec<Device>, StoreError> {
        const SQL: &str = "select id, name, created_at, last_used_at from devices \
            where user_id = $1 and revoked_at is null \
                and exists(select 1 from refresh_tokens where device_id = devices.id) \
            order by created_at desc, id desc";
        let rows: Vec<(DeviceId, String, Timestamp, Timestamp)> =
            on!(&self.db.read, pool => query_as(SQL).bind(user_id).fetch_all(pool).await)?;
        let device = |(device_id, name, created_at, last_used_at)| Device {
            device_id,
            name,
            created_at,
            last_used_at,
            is_connected: false,
            is_this_one: false,
        };
        Ok(rows.into_iter().map(device).collect())
    }

    /// Gives a person's device another name; false if they are not logged in with it.
    ///
    /// # Errors
    /// The database fails.
    pub async fn rename_device(
        &self,
        user_id: UserId,
        device_id: DeviceId,
        name: &str,
    ) -> Result<bool, StoreError> {
        const SQL: &str =
            "update devices set name = $3 where id = $2 and user_id = $1 and revoked_at is null";
        let renamed = on!(&self.db.write, pool => query(SQL).bind(user_id).bind(device_id).bind(name)
            .execute(pool).await.map(|done| done.rows_affected()))?;
        Ok(renamed > 0)
    }

    /// Revokes a person's devices but one; how many were logged in.
    ///
    /// # Errors
    /// The database fails.
    pub async fn revoke_other_devices(
        &self,
        user_id: UserId,
        kept: DeviceId,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut tx = self.db.begin().await?;
        let revoked = revoke_all(&mut tx, user_id, Some(kept), at).await?;
        commit(tx).await?;
        Ok(revoked)
    }

    async fn is_known_family(&self, family_hash: &str) -> Result<bool, StoreError> {
        const SQL: &str = "select count(*) from refresh_tokens where family_hash = $1";
        let count: i64 = on!(&self.db.read, pool => {
            query_scalar(SQL).bind(family_hash).fetch_one(pool).await
        })?;
        Ok(count > 0)
    }

    /// Revokes a device: none of its tokens works any longer.
    ///
    /// # Errors
    /// The database fails.
    pub async fn revoke_device(
        &self,
        device_id: DeviceId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        revoke(&mut tx, device_id, at).await?;
        commit(tx).await
    }

    /// Forgets refresh tokens that have run out, and devices that were not used since `unused_since` and cannot be
    /// used again. Gives the number of devices.
    ///
    /// # Errors
    /// The database fails.
    pub async fn remove_dead_devices(
        &self,
        now: Timestamp,
        unused_since: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut tx = self.db.begin().await?;
        delete_expired_tokens(&mut tx, now).await?;
        let removed = delete_devices_without_token(&mut tx, unused_since).await?;
        commit(tx).await?;
        Ok(removed)
    }
}

/// Whether this is a person's password, which nobody changes before the transaction ends. On SQLite the write lock sees to that already.
async fn hold_password(
    tx: &mut Tx,
    user_id: UserId,
    password_hash: &str,
) -> Result<bool, StoreError> {
    const SQL: &str = "select 1 from users where id = $1 and password_hash = $2";
    const LOCKED: &str = "select 1 from users where id = $1 and password_hash = $2 for share";
    Ok(on!(tx,
        sqlite tx => query(SQL).bind(user_id).bind(password_hash)
            .fetch_optional(&mut **tx).await.map(|row| row.is_some()),
        postgres tx => query(LOCKED).bind(user_id).bind(password_hash)
            .fetch_optional(&mut **tx).await.map(|row| row.is_some()),
    )?)
}

/// Adds a device and its first token.
pub(super) async fn insert(tx: &mut Tx, device: &NewDevice) -> Result<(), StoreError> {
    insert_device(tx, device).await?;
    insert_token(tx, device).await
}

async fn insert_device(tx: &mut Tx, device: &NewDevice) -> Result<(), StoreError> {
    const SQL: &str = "insert into devices (id, user_id, name, created_at, last_used_at, revoked_at) \
        values ($1, $2, $3, $4, $4, null)";
    on!(tx, tx => query(SQL)
        .bind(device.device_id)
        .bind(device.user_id)
        .bind(&device.name)
        .bind(device.created_at)
        .execute(&mut **tx)
        .await
        .map(drop))?;
    Ok(())
}

async fn insert_token(tx: &mut Tx, device: &NewDevice) -> Result<(), StoreError> {
    const SQL: &str = "insert into refresh_tokens (device_id, family_hash, token_hash, issued_at, expires_at) \
        values ($1, $2, $3, $4, $5)";
    let token = &device.refresh_token;
    on!(tx, tx => query(SQL)
        .bind(device.device_id)
        .bind(&token.family_hash)
        .bind(&token.token_hash)
        .bind(device.created_at)
        .bind(token.expires_at)
        .execute(&mut **tx)
        .await
        .map(drop))?;
    Ok(())
}

/// Of two that present the same token at once, one gets the row.
async fn replace_token(tx: &mut Tx, turn: &TokenTurn) -> Result<Option<DeviceId>, StoreError> {
    const SQL: &str = "update refresh_tokens set token_hash = $3, issued_at = $5, expires_at = $4 \
        where family_hash = $1 and token_hash = $2 and expires_at > $5 returning device_id";
    Ok(on!(tx, tx => query_scalar(SQL)
        .bind(&turn.next.family_hash)
        .bind(&turn.presented_hash)
        .bind(&turn.next.token_hash)
        .bind(turn.next.expires_at)
        .bind(turn.at)
        .fetch_optional(&mut **tx)
        .await)?)
}

/// Tells a token that ran out from a former one of its family; the latter costs the device.
async fn refuse_token(tx: &mut Tx, turn: &TokenTurn) -> Result<Rotation, StoreError> {
    const SQL: &str = "select devices.id, devices.user_id from refresh_tokens \
        join devices on devices.id = refresh_tokens.device_id \
        where family_hash = $1 and token_hash <> $2";
    let former: Option<(DeviceId, UserId)> = on!(tx, tx => query_as(SQL)
        .bind(&turn.next.family_hash)
        .bind(&turn.presented_hash)
        .fetch_optional(&mut **tx)
        .await)?;
    let Some((device_id, user_id)) = former else {
        return Ok(Rotation::Unknown);
    };
    revoke(tx, device_id, turn.at).await?;
    let entry = NewAuditEntry {
        at: turn.at,
        actor_id: None,
        action: "refresh_token_reused",
        target_id: Some(user_id),
        reason: None,
        detail: None,
    };
    audit::append(tx, &entry).await?;
    Ok(Rotation::Reused(device_id, user_id))
}

async fn touch(tx: &mut Tx, device_id: DeviceId, at: Timestamp) -> Result<(), StoreError> {
    const SQL: &str = "update devices set last_used_at = $2 where id = $1";
    on!(tx, tx => query(SQL).bind(device_id).bind(at).execute(&mut **tx).await.map(drop))?;
    Ok(())
}

async fn owner(tx: &mut Tx, device_id: DeviceId) -> Result<Account, StoreError> {
    const SQL: &str = concat!(
        "select ",
        account_columns!(),
        " from devices join users on users.id = devices.user_id where devices.id = $1"
    );
    let row: AccountRow = on!(tx, tx => query_as(SQL).bind(device_id).fetch_one(&mut **tx).await)?;
    Ok(Account::from(row))
}

async fn revoke(tx: &mut Tx, device_id: DeviceId, at: Timestamp) -> Result<(), StoreError> {
    delete_token(tx, device_id).await?;
    mark_revoked(tx, device_id, at).await
}

/// Revokes a person's devices, but for one that is kept; how many were logged in.
pub(super) async fn revoke_all(
    tx: &mut Tx,
    user_id: UserId,
    kept: Option<DeviceId>,
    at: Timestamp,
) -> Result<u64, StoreError> {
    const TOKENS: &str = "delete from refresh_tokens where device_id in \
        (select id from devices where user_id = $1 and id <> $2)";
    const DEVICES: &str = "update devices set revoked_at = $3 \
        where user_id = $1 and id <> $2 and revoked_at is null";
    // No device has the nil id.
    let kept = kept.unwrap_or(DeviceId(Uuid::nil()));
    on!(tx, tx => query(TOKENS).bind(user_id).bind(kept).execute(&mut **tx).await.map(drop))?;
    Ok(
        on!(tx, tx => query(DEVICES).bind(user_id).bind(kept).bind(at)
        .execute(&mut **tx).await.map(|done| done.rows_affected()))?,
    )
}

async fn delete_token(tx: &mut Tx, device_id: DeviceId) -> Result<(), StoreError> {
    const SQL: &str = "delete from refresh_tokens where device_id = $1";
    on!(tx, tx => query(SQL).bind(device_id).execute(&mut **tx).await.map(drop))?;
    Ok(())
}

async fn mark_revoked(tx: &mut Tx, device_id: DeviceId, at: Timestamp) -> Result<(), StoreError> {
    const SQL: &str = "update devices set revoked_at = $2 where id = $1 and revoked_at is null";
    on!(tx, tx => query(SQL).bind(device_id).bind(at).execute(&mut **tx).await.map(drop))?;
    Ok(())
}

async fn delete_expired_tokens(tx: &mut Tx, now: Timestamp) -> Result<(), StoreError> {
    const SQL: &str = "delete from refresh_tokens where expires_at <= $1";
    on!(tx, tx => query(SQL).bind(now).execute(&mut **tx).await.map(drop))?;
    Ok(())
}

async fn delete_devices_without_token(
    tx: &mut Tx,
    unused_since: Timestamp,
) -> Result<u64, StoreError> {
    const SQL: &str = "delete from devices where last_used_at < $1 \
        and not exists (select 1 from refresh_tokens where device_id = devices.id)";
    Ok(on!(tx, tx => {
        query(SQL).bind(unused_since).execute(&mut **tx).await.map(|done| done.rows_affected())
    })?)
}

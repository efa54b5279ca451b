//! What only admins change: who is one, and who may take part.
//!
//! Invariant: once there is an admin, there is always an active one. Changes that could break it happen one after the other.

use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

use super::{
    NewAuditEntry, NewDevice, NewUser, Store, StoreError, audit,
    db::{Tx, commit, on},
    devices, registrations,
    users::{self, AccountRow, account_columns},
};
use crate::model::{Account, AccountStatus, UserId, UserRole};

/// What became of the wish to be the first admin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstAdmin {
    /// Made.
    Made,
    /// There is an admin already; nothing was changed.
    AlreadySetUp,
}

/// What letting somebody in takes from the invite that they came with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InviteUse {
    /// Nothing.
    None,
    /// One use of this invite, which must be valid.
    Valid(Uuid),
    /// One use, if they came with one, and beyond its limits if need be: an admin's word is enough.
    Anyway,
}

/// A change of an account's status by an admin or a policy.
#[derive(Clone, Debug)]
pub struct StatusChange {
    /// Whose.
    pub user_id: UserId,
    /// The status that it must have for that.
    pub from: [AccountStatus; 2],
    /// The status to give.
    pub to: AccountStatus,
    /// What it takes from an invite.
    pub invite_use: InviteUse,
    /// The line for the audit log; its reason becomes the account's.
    pub audit: NewAuditEntry,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatusOutcome {
    /// Committed; the account as it is now.
    Changed(Account),
    /// No such account.
    NotFound,
    /// It has another status than the change begins with.
    WrongStatus(AccountStatus),
    /// It would leave the server without an active admin.
    LastAdmin,
    /// The invite is not valid any more.
    InviteGone,
}

impl Store {
    /// Makes the first admin, if there is none yet.
    ///
    /// # Errors
    /// `Conflict` with `users_username_key` if the name is taken.
    pub async fn create_first_admin(
        &self,
        user: &NewUser,
        device: &NewDevice,
    ) -> Result<FirstAdmin, StoreError> {
        let mut tx = self.db.begin().await?;
        one_admin_change_at_a_time(&mut tx).await?;
        if admin_exists(&mut tx).await? {
            return Ok(FirstAdmin::AlreadySetUp);
        }
        users::insert(&mut tx, user).await?;
        devices::insert(&mut tx, device).await?;
        let entry = NewAuditEntry {
            at: user.created_at,
            actor_id: Some(user.user_id),
            action: "setup",
            target_id: Some(user.user_id),
            reason: None,
            detail: None,
        };
        audit::append(&mut tx, &entry).await?;
        commit(tx).await?;
        Ok(FirstAdmin::Made)
    }

    /// Whether there is an admin, of whatever status.
    ///
    /// # Errors
    /// The database fails.
    pub async fn has_admin(&self) -> Result<bool, StoreError> {
        const SQL: &str = "select exists(select 1 from users where role = $1)";
        Ok(on!(&self.db.read, pool => {
            query_scalar(SQL).bind(UserRole::Admin).fetch_one(pool).await
        })?)
    }

    /// Admins who are active.
    ///
    /// # Errors
    /// The database fails.
    pub async fn active_admins(&self) -> Result<Vec<UserId>, StoreError> {
        const SQL: &str = "select id from users where role = $1 and status = $2";
        Ok(on!(&self.db.read, pool => query_scalar(SQL)
            .bind(UserRole::Admin)
            .bind(AccountStatus::Active)
            .fetch_all(pool)
            .await)?)
    }

    /// Changes an account's status, if it has the one that the change begins with, and writes the audit log.
    ///
    /// # Errors
    /// The database fails.
    pub async fn change_status(&self, change: &StatusChange) -> Result<StatusOutcome, StoreError> {
        let mut tx = self.db.begin().await?;
        one_admin_change_at_a_time(&mut tx).await?;
        let Some(account) = update_status(&mut tx, change).await? else {
            return Ok(match status(&mut tx, change.user_id).await? {
                Some(status) => StatusOutcome::WrongStatus(status),
                None => StatusOutcome::NotFound,
            });
        };
        if account.role == UserRole::Admin && !active_admin_exists(&mut tx).await? {
            return Ok(StatusOutcome::LastAdmin);
        }
        match change.invite_use {
            InviteUse::None => {}
            InviteUse::Anyway => registrations::count_use(&mut tx, change.user_id).await?,
            InviteUse::Valid(invite_id) => {
                if !registrations::use_invite(&mut tx, invite_id, change.audit.at).await? {
                    return Ok(StatusOutcome::InviteGone);
                }
            }
        }
        audit::append(&mut tx, &change.audit).await?;
        commit(tx).await?;
        Ok(StatusOutcome::Changed(account))
    }
}

async fn update_status(tx: &mut Tx, change: &StatusChange) -> Result<Option<Account>, StoreError> {
    const SQL: &str = concat!(
        "update users set status = $2, status_reason = $3, rev = rev + 1, account_rev = rev + 1 \
            where id = $1 and status in ($4, $5) returning ",
        account_columns!()
    );
    let row: Option<AccountRow> = on!(tx, tx => query_as(SQL)
        .bind(change.user_id)
        .bind(change.to)
        .bind(change.audit.reason.as_deref())
        .bind(change.from[0])
        .bind(change.from[1])
        .fetch_optional(&mut **tx)
        .await)?;
    Ok(row.map(Account::from))
}

async fn status(tx: &mut Tx, user_id: UserId) -> Result<Option<AccountStatus>, StoreError> {
    const SQL: &str = "select status from users where id = $1";
    Ok(on!(tx, tx => query_scalar(SQL).bind(user_id).fetch_optional(&mut **tx).await)?)
}

async fn admin_exists(tx: &mut Tx) -> Result<bool, StoreError> {
    const SQL: &str = "select exists(select 1 from users where role = $1)";
    Ok(on!(tx, tx => query_scalar(SQL).bind(UserRole::Admin).fetch_one(&mut **tx).await)?)
}

pub(super) async fn active_admin_exists(tx: &mut Tx) -> Result<bool, StoreError> {
    const SQL: &str = "select exists(select 1 from users where role = $1 and status = $2)";
    Ok(on!(tx, tx => query_scalar(SQL)
        .bind(UserRole::Admin)
        .bind(AccountStatus::Active)
        .fetch_one(&mut **tx)
        .await)?)
}

/// Two admins who suspend each other at once must not both succeed. On SQLite the write lock sees to that already.
pub(super) async fn one_admin_change_at_a_time(tx: &mut Tx) -> Result<(), StoreError> {
    /// Any number, as long as nothing else uses it.
    const LOCK: &str = "select pg_advisory_xact_lock(7261001)";
    on!(tx,
        sqlite _tx => Ok(()),
        postgres tx => query(LOCK).execute(&mut **tx).await.map(drop),
    )?;
    Ok(())
}

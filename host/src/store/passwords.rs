//! New passwords, and what they cost: devices and links.

use sqlx::{query, query_scalar};

use super::{
    NewAuditEntry, Store, StoreError, audit,
    db::{Tx, commit, on},
    devices, links,
};
use crate::model::{DeviceId, LinkPurpose, Timestamp, UserId};

/// A person's new password.
#[derive(Clone, Debug)]
pub struct NewPassword {
    /// Whose.
    pub user_id: UserId,
    /// PHC string.
    pub password_hash: String,
    /// Which devices stay logged in.
    pub keeps: KeptDevices,
    /// The line for the audit log.
    pub audit: NewAuditEntry,
}

/// Which devices stay logged in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeptDevices {
    /// All of them.
    All,
    /// This one.
    Only(DeviceId),
    /// None.
    None,
}

impl Store {
    /// A person's password hash.
    ///
    /// # Errors
    /// The database fails.
    pub async fn password_hash_of(&self, user_id: UserId) -> Result<Option<String>, StoreError> {
        const SQL: &str = "select password_hash from users where id = $1";
        Ok(on!(&self.db.read, pool => query_scalar(SQL).bind(user_id).fetch_optional(pool).await)?)
    }

    /// Gives a person another password, if theirs still has the hash `old`; their links end. Whether it was changed.
    ///
    /// # Errors
    /// The database fails.
    pub async fn change_password(&self, new: &NewPassword, old: &str) -> Result<bool, StoreError> {
        const SQL: &str =
            "update users set password_hash = $2 where id = $1 and password_hash = $3";
        let mut tx = self.db.begin().await?;
        let changed = on!(&mut tx, tx => query(SQL)
            .bind(new.user_id)
            .bind(&new.password_hash)
            .bind(old)
            .execute(&mut **tx)
            .await
            .map(|done| done.rows_affected()))?;
        if changed == 0 {
            return Ok(false);
        }
        end(tx, new).await?;
        Ok(true)
    }

    /// The same by a link, which is used up. False if it is not theirs, does not work at that time, or went to an address that is
    /// theirs no more.
    ///
    /// # Errors
    /// The database fails.
    pub async fn reset_password(
        &self,
        new: &NewPassword,
        token_hash: &str,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "update users set password_hash = $2 where id = $1";
        let mut tx = self.db.begin().await?;
        let used =
            links::use_link(&mut tx, LinkPurpose::Password, token_hash, new.audit.at).await?;
        let Some(used) = used.filter(|it| it.user_id == new.user_id) else {
            return Ok(false);
        };
        if !links::is_still_theirs(&mut tx, &used).await? {
            return Ok(false);
        }
        on!(&mut tx, tx => query(SQL).bind(new.user_id).bind(&new.password_hash)
            .execute(&mut **tx).await.map(drop))?;
        end(tx, new).await?;
        Ok(true)
    }
}

async fn end(mut tx: Tx, new: &NewPassword) -> Result<(), StoreError> {
    let at: Timestamp = new.audit.at;
    // Also one that would prove an address: whoever knew the old password may have asked for it.
    links::end_links(&mut tx, new.user_id).await?;
    match new.keeps {
        KeptDevices::All => {}
        KeptDevices::Only(kept) => {
            devices::revoke_all(&mut tx, new.user_id, Some(kept), at).await?;
        }
        KeptDevices::None => {
            devices::revoke_all(&mut tx, new.user_id, None, at).await?;
        }
    }
    audit::append(&mut tx, &new.audit).await?;
    commit(tx).await
}

//! Accounts: made, found, changed.

use sqlx::{FromRow, query_as};

use super::{Store, StoreError, db::on};
use crate::model::{Account, AccountStatus, Timestamp, UserId, UserRole};

#[derive(FromRow)]
struct AccountRow {
    user_id: UserId,
    username: String,
    display_name: String,
    status: AccountStatus,
    status_reason: Option<String>,
    role: UserRole,
    created_at: Timestamp,
    user_rev: i64,
}

impl Store {
    /// An account.
    ///
    /// # Errors
    /// The database fails.
    pub async fn account(&self, user_id: UserId) -> Result<Option<Account>, StoreError> {
        const SQL: &str = "select id as user_id, username, display_name, status, status_reason, role, created_at, rev as user_rev from users where id = $1";
        let row: Option<AccountRow> = on!(&self.db.read, pool => {
            query_as(SQL).bind(user_id).fetch_optional(pool).await
        })?;
        Ok(row.map(|it| Account {
            user_id: it.user_id,
            username: it.username,
            display_name: it.display_name,
            status: it.status,
            status_reason: it.status_reason,
            role: it.role,
            created_at: it.created_at,
            user_rev: it.user_rev,
        }))
    }
}

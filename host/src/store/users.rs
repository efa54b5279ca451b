//! Accounts: made, found, changed.
//!
//! Invariant: every change of an account raises its `rev`, and `account_rev` with it, in the same statement.

use sqlx::{FromRow, QueryBuilder, query, query_as, query_scalar};

use super::{
    NewDevice, Store, StoreError,
    db::{Tx, commit, on},
    devices,
};
use crate::model::{
    Account, AccountFilter, AccountStatus, Cursor, Profile, Timestamp, UserId, UserRole,
};

/// An account to make; its texts were checked at the edge.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// Its id.
    pub user_id: UserId,
    /// Login name, folded.
    pub username: String,
    /// Name to show.
    pub display_name: String,
    /// PHC string.
    pub password_hash: String,
    /// Status to begin with.
    pub status: AccountStatus,
    /// Server-wide role.
    pub role: UserRole,
    /// Now.
    pub created_at: Timestamp,
}

/// The columns of an `AccountRow`.
macro_rules! account_columns {
    () => {
        "users.id as user_id, users.username, users.display_name, users.status, users.status_reason, users.role, \
            users.created_at, users.rev as user_rev"
    };
}
pub(super) use account_columns;

#[derive(FromRow)]
pub(super) struct AccountRow {
    user_id: UserId,
    username: String,
    display_name: String,
    status: AccountStatus,
    status_reason: Option<String>,
    role: UserRole,
    created_at: Timestamp,
    user_rev: i64,
}

#[derive(FromRow)]
struct ProfileRow {
    id: UserId,
    username: String,
    display_name: String,
}

impl Store {
    /// Makes an account and its first device.
    ///
    /// # Errors
    /// `Conflict` with `users_username_key` if the name is taken.
    pub async fn create_user(&self, user: &NewUser, device: &NewDevice) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        insert(&mut tx, user).await?;
        devices::insert(&mut tx, device).await?;
        commit(tx).await
    }

    /// Makes an account without a device: nobody logs in as it. Its name begins with `bot:`, which no person's can.
    ///
    /// # Errors
    /// `Conflict` with `users_username_key` if the name is taken.
    pub async fn create_bot(&self, user: &NewUser) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        insert(&mut tx, user).await?;
        commit(tx).await
    }

    /// An account.
    ///
    /// # Errors
    /// The database fails.
    pub async fn account(&self, user_id: UserId) -> Result<Option<Account>, StoreError> {
        const SQL: &str = concat!("select ", account_columns!(), " from users where id = $1");
        let row: Option<AccountRow> = on!(&self.db.read, pool => {
            query_as(SQL).bind(user_id).fetch_optional(pool).await
        })?;
        Ok(row.map(Account::from))
    }

    /// An account by its login name, folded.
    ///
    /// # Errors
    /// The database fails.
    pub async fn account_by_name(&self, username: &str) -> Result<Option<Account>, StoreError> {
        const SQL: &str = concat!(
            "select ",
            account_columns!(),
            " from users where username = $1"
        );
        let row: Option<AccountRow> = on!(&self.db.read, pool => {
            query_as(SQL).bind(username).fetch_optional(pool).await
        })?;
        Ok(row.map(Account::from))
    }

    /// Whether an account has this name, folded.
    ///
    /// # Errors
    /// The database fails.
    pub async fn username_exists(&self, username: &str) -> Result<bool, StoreError> {
        const SQL: &str = "select exists(select 1 from users where username = $1)";
        Ok(on!(&self.db.read, pool => query_scalar(SQL).bind(username).fetch_one(pool).await)?)
    }

    /// The id and password hash behind a login name, folded.
    ///
    /// # Errors
    /// The database fails.
    pub async fn password_hash(
        &self,
        username: &str,
    ) -> Result<Option<(UserId, String)>, StoreError> {
        const SQL: &str = "select id, password_hash from users where username = $1";
        Ok(on!(&self.db.read, pool => query_as(SQL).bind(username).fetch_optional(pool).await)?)
    }

    /// The active, suspended or deleted ones of these people as others see them, in no order.
    ///
    /// # Errors
    /// The database fails.
    pub async fn known_profiles(&self, user_ids: &[UserId]) -> Result<Vec<Profile>, StoreError> {
        if user_ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<ProfileRow> = on!(&self.db.read, pool => {
            let mut sql =
                QueryBuilder::new("select id, username, display_name from users where status in (");
            let mut statuses = sql.separated(", ");
            for status in [AccountStatus::Active, AccountStatus::Suspended, AccountStatus::Deleted] {
                statuses.push_bind(status);
            }
            sql.push(") and id in (");
            let mut ids = sql.separated(", ");
            for id in user_ids {
                ids.push_bind(*id);
            }
            sql.push(")").build_query_as().persistent(false).fetch_all(pool).await
        })?;
        Ok(rows.into_iter().map(Profile::from).collect())
    }

    /// Active people whose login or display name begins with `prefix`, whatever its case, by login name; no bots.
    ///
    /// # Errors
    /// The database fails.
    pub async fn active_people(
        &self,
        prefix: &str,
        limit: i64,
    ) -> Result<Vec<Profile>, StoreError> {
        const SQL: &str = "select id, username, display_name from users where status = $3 and username not like 'bot:%' \
            and ((username_key >= $1 and username_key < $2) \
                or (display_name_key >= $1 and display_name_key < $2)) \
            order by username_key limit $4";
        let low = name_key(prefix);
        let high = end_of_prefix(&low);
        let rows: Vec<ProfileRow> = on!(&self.db.read, pool => {
            query_as(SQL)
                .bind(&low)
                .bind(&high)
                .bind(AccountStatus::Active)
                .bind(limit)
                .fetch_all(pool)
                .await
        })?;
        Ok(rows.into_iter().map(Profile::from).collect())
    }

    /// Gives an account another name to show; `None` if there is no such account.
    ///
    /// # Errors
    /// The database fails.
    pub async fn set_display_name(
        &self,
        user_id: UserId,
        display_name: &str,
    ) -> Result<Option<Account>, StoreError> {
        const SQL: &str = concat!(
            "update users set display_name = $2, display_name_key = $3, rev = rev + 1, \
                account_rev = rev + 1 where id = $1 returning ",
            account_columns!()
        );
        let row: Option<AccountRow> = on!(&self.db.write, pool => {
            query_as(SQL)
                .bind(user_id)
                .bind(display_name)
                .bind(name_key(display_name))
                .fetch_optional(pool)
                .await
        })?;
        Ok(row.map(Account::from))
    }

    /// Accounts after the cursor, oldest first; no bots, but those that are asked for by their ids.
    ///
    /// # Errors
    /// The database fails.
    pub async fn accounts(
        &self,
        wanted: AccountFilter<'_>,
        after: Cursor,
        limit: i64,
    ) -> Result<Vec<Account>, StoreError> {
        const ALL: &str = concat!(
            "select ",
            account_columns!(),
            " from users where (created_at, id) > ("
        );
        let low = name_key(wanted.prefix);
        let high = end_of_prefix(&low);
        let rows: Vec<AccountRow> = on!(&self.db.read, pool => {
            let mut sql = QueryBuilder::new(ALL);
            sql.push_bind(after.at).push(", ").push_bind(after.id).push(")");
            if let Some(status) = wanted.status {
                sql.push(" and status = ").push_bind(status);
            }
            if !low.is_empty() {
                for (between, column) in [(" and ((", "username_key"), (") or (", "display_name_key")] {
                    sql.push(between).push(column).push(" >= ").push_bind(&low);
                    sql.push(" and ").push(column).push(" < ").push_bind(&high);
                }
                sql.push("))");
            }
            if wanted.user_ids.is_empty() {
                sql.push(" and username not like 'bot:%'");
            } else {
                sql.push(" and id in (");
                let mut ids = sql.separated(", ");
                for id in wanted.user_ids {
                    ids.push_bind(*id);
                }
                sql.push(")");
            }
            sql.push(" order by created_at, id limit ").push_bind(limit);
            sql.build_query_as().persistent(false).fetch_all(pool).await
        })?;
        Ok(rows.into_iter().map(Account::from).collect())
    }

    /// How many accounts there are, by status, without bots; a status that none has is left out.
    ///
    /// # Errors
    /// The database fails.
    pub async fn account_counts(&self) -> Result<Vec<(AccountStatus, i64)>, StoreError> {
        const SQL: &str =
            "select status, count(*) from users where username not like 'bot:%' group by status";
        Ok(on!(&self.db.read, pool => query_as(SQL).fetch_all(pool).await)?)
    }
}

/// Adds an account.
pub(super) async fn insert(tx: &mut Tx, user: &NewUser) -> Result<(), StoreError> {
    const SQL: &str = "insert into users (id, username, display_name, username_key, display_name_key, password_hash, \
            status, status_reason, role, rev, account_rev, created_at) \
        values ($1, $2, $3, $4, $5, $6, $7, null, $8, 1, 1, $9)";
    on!(tx, tx => query(SQL)
        .bind(user.user_id)
        .bind(&user.username)
        .bind(&user.display_name)
        .bind(name_key(&user.username))
        .bind(name_key(&user.display_name))
        .bind(&user.password_hash)
        .bind(user.status)
        .bind(user.role)
        .bind(user.created_at)
        .execute(&mut **tx)
        .await
        .map(drop))?;
    Ok(())
}

/// What names are searched by: lower case, each character by itself (the lower case of a final sigma would otherwise
/// depend on what follows it), as bytes.
fn name_key(name: &str) -> Vec<u8> {
    name.chars()
        .flat_map(char::to_lowercase)
        .collect::<String>()
        .into_bytes()
}

/// The least key that no text with this prefix reaches: UTF-8 has no byte 0xff.
fn end_of_prefix(prefix: &[u8]) -> Vec<u8> {
    let mut end = prefix.to_vec();
    end.push(0xff);
    end
}

impl From<AccountRow> for Account {
    fn from(row: AccountRow) -> Self {
        Self {
            user_id: row.user_id,
            username: row.username,
            display_name: row.display_name,
            status: row.status,
            status_reason: row.status_reason,
            role: row.role,
            created_at: row.created_at,
            user_rev: row.user_rev,
        }
    }
}

impl From<ProfileRow> for Profile {
    fn from(row: ProfileRow) -> Self {
        Self {
            user_id: row.id,
            username: row.username,
            display_name: row.display_name,
        }
    }
}

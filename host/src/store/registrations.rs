//! Invites, and what newcomers said.
//!
//! Invariant: an invite's use is counted in the transaction that makes its bearer active.

use sqlx::{FromRow, query, query_as};
use uuid::Uuid;

use super::{
    NewAuditEntry, NewDevice, NewUser, Store, StoreError, audit,
    db::{Tx, commit, on},
    devices,
    users::{self, AccountRow, account_columns},
};
use crate::model::{Account, AccountStatus, Cursor, Invite, Timestamp, UserId};

/// What a newcomer said and is asked.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct RegistrationRow {
    /// The account.
    pub user_id: UserId,
    /// As typed.
    pub email: Option<String>,
    /// The invite that they came with.
    pub invite_id: Option<Uuid>,
    /// Who holds them.
    pub plugin: Option<String>,
    /// For the admin.
    pub note: String,
    /// JSON.
    pub questions: String,
    /// JSON.
    pub answers: String,
}

/// What became of a newcomer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewcomerOutcome {
    /// Made.
    Made,
    /// The invite is not valid any more; nothing was made.
    InviteGone,
}

#[derive(FromRow)]
struct NewcomerRow {
    #[sqlx(flatten)]
    account: AccountRow,
    #[sqlx(flatten)]
    said: RegistrationRow,
}

#[derive(FromRow)]
struct RawInvite {
    id: Uuid,
    code: String,
    label: String,
    created_by: UserId,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    max_uses: Option<i64>,
    uses: i64,
    revoked_at: Option<Timestamp>,
}

impl Store {
    /// The invite with this code, if it is valid at that time.
    ///
    /// # Errors
    /// The database fails.
    pub async fn valid_invite(
        &self,
        code: &str,
        at: Timestamp,
    ) -> Result<Option<Invite>, StoreError> {
        const SQL: &str = "select * from invites where code = $1 and revoked_at is null \
            and (expires_at is null or expires_at > $2) and (max_uses is null or uses < max_uses)";
        let raw: Option<RawInvite> = on!(&self.db.read, pool => query_as(SQL).bind(code).bind(at).fetch_optional(pool).await)?;
        Ok(raw.map(Invite::from))
    }

    /// An invite, valid or not.
    ///
    /// # Errors
    /// The database fails.
    pub async fn invite(&self, invite_id: Uuid) -> Result<Option<Invite>, StoreError> {
        const SQL: &str = "select * from invites where id = $1";
        let raw: Option<RawInvite> =
            on!(&self.db.read, pool => query_as(SQL).bind(invite_id).fetch_optional(pool).await)?;
        Ok(raw.map(Invite::from))
    }

    /// Invites after the cursor, oldest first.
    ///
    /// # Errors
    /// The database fails.
    pub async fn invites(&self, after: Cursor, limit: i64) -> Result<Vec<Invite>, StoreError> {
        const SQL: &str = "select * from invites where (created_at, id) > ($1, $2) order by created_at, id limit $3";
        let raw: Vec<RawInvite> = on!(&self.db.read, pool => query_as(SQL)
            .bind(after.at).bind(after.id).bind(limit).fetch_all(pool).await)?;
        Ok(raw.into_iter().map(Invite::from).collect())
    }

    /// Keeps a new invite, and writes the audit log.
    ///
    /// # Errors
    /// The database fails.
    pub async fn create_invite(
        &self,
        invite: &Invite,
        entry: &NewAuditEntry,
    ) -> Result<(), StoreError> {
        const SQL: &str = "insert into invites (id, code, label, created_by, created_at, expires_at, max_uses, uses) \
            values ($1, $2, $3, $4, $5, $6, $7, 0)";
        let mut tx = self.db.begin().await?;
        on!(&mut tx, tx => query(SQL)
            .bind(invite.invite_id)
            .bind(&invite.code)
            .bind(&invite.label)
            .bind(invite.created_by)
            .bind(invite.created_at)
            .bind(invite.expires_at)
            .bind(invite.max_uses)
            .execute(&mut **tx)
            .await
            .map(drop))?;
        audit::append(&mut tx, entry).await?;
        commit(tx).await
    }

    /// Ends an invite, and writes the audit log; false if there is none, or it was ended before.
    ///
    /// # Errors
    /// The database fails.
    pub async fn revoke_invite(
        &self,
        invite_id: Uuid,
        entry: &NewAuditEntry,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "update invites set revoked_at = $2 where id = $1 and revoked_at is null";
        let mut tx = self.db.begin().await?;
        let changed = on!(&mut tx, tx => query(SQL).bind(invite_id).bind(entry.at)
            .execute(&mut **tx).await.map(|done| done.rows_affected()))?;
        if changed == 0 {
            return Ok(false);
        }
        audit::append(&mut tx, entry).await?;
        commit(tx).await?;
        Ok(true)
    }

    /// Makes a newcomer's account and first device; `uses` is the invite of one who is active at once.
    ///
    /// # Errors
    /// `Conflict` with `users_username_key` if the name is taken.
    pub async fn create_newcomer(
        &self,
        user: &NewUser,
        device: &NewDevice,
        said: &RegistrationRow,
        uses: Option<Uuid>,
    ) -> Result<NewcomerOutcome, StoreError> {
        let mut tx = self.db.begin().await?;
        if let Some(invite_id) = uses
            && !use_invite(&mut tx, invite_id, user.created_at).await?
        {
            return Ok(NewcomerOutcome::InviteGone);
        }
        users::insert(&mut tx, user).await?;
        devices::insert(&mut tx, device).await?;
        insert(&mut tx, said).await?;
        commit(tx).await?;
        Ok(NewcomerOutcome::Made)
    }

    /// What a newcomer said and is asked.
    ///
    /// # Errors
    /// The database fails.
    pub async fn registration(
        &self,
        user_id: UserId,
    ) -> Result<Option<RegistrationRow>, StoreError> {
        const SQL: &str = "select * from registrations where user_id = $1";
        Ok(on!(&self.db.read, pool => query_as(SQL).bind(user_id).fetch_optional(pool).await)?)
    }

    /// Accounts that are pending, with what they said, after this one in the order of their ids, which is that of their coming.
    ///
    /// # Errors
    /// The database fails.
    pub async fn newcomers(
        &self,
        after: UserId,
        limit: i64,
    ) -> Result<Vec<(Account, RegistrationRow)>, StoreError> {
        const SQL: &str = concat!(
            "select ",
            account_columns!(),
            ", registrations.* from users join registrations on user_id = id \
                where status = $1 and id > $2 order by id limit $3"
        );
        let rows: Vec<NewcomerRow> = on!(&self.db.read, pool => query_as(SQL)
            .bind(AccountStatus::Pending).bind(after).bind(limit).fetch_all(pool).await)?;
        let newcomers = rows.into_iter().map(|row| (row.account.into(), row.said));
        Ok(newcomers.collect())
    }

    /// Keeps what a newcomer was asked and answered last.
    ///
    /// # Errors
    /// The database fails.
    pub async fn update_registration(&self, said: &RegistrationRow) -> Result<(), StoreError> {
        const SQL: &str = "update registrations set plugin = $2, note = $3, questions = $4, answers = $5 \
            where user_id = $1";
        on!(&self.db.write, pool => query(SQL)
            .bind(said.user_id)
            .bind(said.plugin.as_deref())
            .bind(&said.note)
            .bind(&said.questions)
            .bind(&said.answers)
            .execute(pool)
            .await
            .map(drop))?;
        Ok(())
    }
}

/// Counts the use of a newcomer's invite, valid or not, if they came with one.
pub(super) async fn count_use(tx: &mut Tx, user_id: UserId) -> Result<(), StoreError> {
    const SQL: &str = "update invites set uses = uses + 1 \
        where id = (select invite_id from registrations where user_id = $1)";
    on!(tx, tx => query(SQL).bind(user_id).execute(&mut **tx).await.map(drop))?;
    Ok(())
}

/// Counts a use of an invite if it is valid.
pub(super) async fn use_invite(
    tx: &mut Tx,
    invite_id: Uuid,
    at: Timestamp,
) -> Result<bool, StoreError> {
    const SQL: &str = "update invites set uses = uses + 1 where id = $1 and revoked_at is null \
        and (expires_at is null or expires_at > $2) and (max_uses is null or uses < max_uses)";
    let changed = on!(tx, tx => query(SQL).bind(invite_id).bind(at).execute(&mut **tx).await
        .map(|done| done.rows_affected()))?;
    Ok(changed > 0)
}

async fn insert(tx: &mut Tx, said: &RegistrationRow) -> Result<(), StoreError> {
    const SQL: &str = "insert into registrations (user_id, email, invite_id, plugin, note, questions, answers) \
        values ($1, $2, $3, $4, $5, $6, $7)";
    on!(tx, tx => query(SQL)
        .bind(said.user_id)
        .bind(said.email.as_deref())
        .bind(said.invite_id)
        .bind(said.plugin.as_deref())
        .bind(&said.note)
        .bind(&said.questions)
        .bind(&said.answers)
        .execute(&mut **tx)
        .await
        .map(drop))?;
    Ok(())
}

impl From<RawInvite> for Invite {
    fn from(raw: RawInvite) -> Self {
        Self {
            invite_id: raw.id,
            code: raw.code,
            label: raw.label,
            created_by: raw.created_by,
            created_at: raw.created_at,
            expires_at: raw.expires_at,
            max_uses: raw.max_uses,
            uses: raw.uses,
            revoked_at: raw.revoked_at,
        }
    }
}

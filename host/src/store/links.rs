//! Links that work once, and the addresses that they are sent to.
//!
//! Invariant: a person has at most one link for each purpose; a newer one takes its place.

use sqlx::{FromRow, query, query_as, query_scalar};

use super::{
    NewAuditEntry, Store, StoreError, audit,
    db::{Tx, commit, on},
};
use crate::model::{LinkPurpose, Timestamp, UserId};

/// A link to be made.
#[derive(Clone, Debug)]
pub struct NewLink {
    /// Whose.
    pub user_id: UserId,
    /// For what.
    pub purpose: LinkPurpose,
    /// Hash of what stands in it.
    pub token_hash: String,
    /// The admin who makes it; none: it goes by letter.
    pub made_by: Option<UserId>,
    /// Now.
    pub created_at: Timestamp,
    /// Its end.
    pub expires_at: Timestamp,
}

/// An address for letters.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct EmailRow {
    /// Whose.
    pub user_id: UserId,
    /// As typed.
    pub address: String,
    /// When its owner proved to read it.
    pub verified_at: Option<Timestamp>,
}

impl Store {
    /// Keeps a link that an admin makes, in the place of the one before, and writes the audit log.
    ///
    /// # Errors
    /// The database fails.
    pub async fn put_link(&self, link: &NewLink, entry: &NewAuditEntry) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        replace(&mut tx, link, Timestamp(i64::MAX)).await?;
        audit::append(&mut tx, entry).await?;
        commit(tx).await
    }

    /// Keeps a link that goes by letter, unless there is one that was made after `not_since`: then false.
    ///
    /// # Errors
    /// The database fails.
    pub async fn put_letter_link(
        &self,
        link: &NewLink,
        not_since: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        let put = replace(&mut tx, link, not_since).await?;
        commit(tx).await?;
        Ok(put)
    }

    /// Whose link this is, and which admin made it, if it works at that time.
    ///
    /// # Errors
    /// The database fails.
    pub async fn link_owner(
        &self,
        purpose: LinkPurpose,
        token_hash: &str,
        at: Timestamp,
    ) -> Result<Option<(UserId, Option<UserId>)>, StoreError> {
        const SQL: &str = "select user_id, made_by from links \
            where purpose = $1 and token_hash = $2 and expires_at > $3";
        Ok(on!(&self.db.read, pool => query_as(SQL)
            .bind(purpose).bind(token_hash).bind(at).fetch_optional(pool).await)?)
    }

    /// A person's address.
    ///
    /// # Errors
    /// The database fails.
    pub async fn email(&self, user_id: UserId) -> Result<Option<EmailRow>, StoreError> {
        const SQL: &str = "select user_id, address, verified_at from emails where user_id = $1";
        Ok(on!(&self.db.read, pool => query_as(SQL).bind(user_id).fetch_optional(pool).await)?)
    }

    /// Whose proven address this is, folded; several people may have one.
    ///
    /// # Errors
    /// The database fails.
    pub async fn owners_of_email(&self, address_key: &str) -> Result<Vec<EmailRow>, StoreError> {
        const SQL: &str = "select user_id, address, verified_at from emails \
            where address_key = $1 and verified_at is not null order by user_id limit 10";
        Ok(on!(&self.db.read, pool => query_as(SQL).bind(address_key).fetch_all(pool).await)?)
    }

    /// Gives a person another address, not proven yet; the same one stays as it is. Links to the former address end.
    ///
    /// # Errors
    /// The database fails.
    pub async fn put_email(
        &self,
        user_id: UserId,
        address: &str,
        address_key: &str,
    ) -> Result<(), StoreError> {
        // The row stays: it says when the last letter went out.
        const END: &str = "update links set expires_at = 0 where user_id = $1 and made_by is null and not exists \
            (select 1 from emails where user_id = $1 and address_key = $2)";
        const PUT: &str = "insert into emails (user_id, address, address_key, verified_at) values ($1, $2, $3, null) \
            on conflict (user_id) do update set address = excluded.address, \
                verified_at = case when emails.address_key = excluded.address_key then emails.verified_at end, \
                address_key = excluded.address_key";
        let mut tx = self.db.begin().await?;
        on!(&mut tx, tx => query(END).bind(user_id).bind(address_key)
            .execute(&mut **tx).await.map(drop))?;
        on!(&mut tx, tx => query(PUT).bind(user_id).bind(address).bind(address_key)
            .execute(&mut **tx).await.map(drop))?;
        commit(tx).await
    }

    /// Uses a link up that proves an address; whose it is, if the link works at that time.
    ///
    /// # Errors
    /// The database fails.
    pub async fn prove_email(
        &self,
        token_hash: &str,
        at: Timestamp,
    ) -> Result<Option<UserId>, StoreError> {
        const SQL: &str = "update emails set verified_at = $2 where user_id = $1";
        let mut tx = self.db.begin().await?;
        let used = use_link(&mut tx, LinkPurpose::Email, token_hash, at).await?;
        if let Some(user_id) = used {
            on!(&mut tx, tx => query(SQL).bind(user_id).bind(at).execute(&mut **tx).await.map(drop))?;
            commit(tx).await?;
        }
        Ok(used)
    }
}

/// Takes the place of the person's link of this purpose, unless that was made after `not_since`.
async fn replace(tx: &mut Tx, link: &NewLink, not_since: Timestamp) -> Result<bool, StoreError> {
    const SQL: &str = "insert into links (user_id, purpose, token_hash, made_by, created_at, expires_at) \
        values ($1, $2, $3, $4, $5, $6) \
        on conflict (user_id, purpose) do update set token_hash = excluded.token_hash, made_by = excluded.made_by, \
            created_at = excluded.created_at, expires_at = excluded.expires_at where links.created_at <= $7";
    let put = on!(tx, tx => query(SQL)
        .bind(link.user_id)
        .bind(link.purpose)
        .bind(&link.token_hash)
        .bind(link.made_by)
        .bind(link.created_at)
        .bind(link.expires_at)
        .bind(not_since)
        .execute(&mut **tx)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(put > 0)
}

/// Uses a link up: of two who come with it at once, one gets the owner.
pub(super) async fn use_link(
    tx: &mut Tx,
    purpose: LinkPurpose,
    token_hash: &str,
    at: Timestamp,
) -> Result<Option<UserId>, StoreError> {
    const SQL: &str = "delete from links where purpose = $1 and token_hash = $2 and expires_at > $3 returning user_id";
    Ok(on!(tx, tx => query_scalar(SQL)
        .bind(purpose).bind(token_hash).bind(at).fetch_optional(&mut **tx).await)?)
}

/// Ends a person's link of a purpose, if there is one.
pub(super) async fn end_link(
    tx: &mut Tx,
    user_id: UserId,
    purpose: LinkPurpose,
) -> Result<(), StoreError> {
    const SQL: &str = "delete from links where user_id = $1 and purpose = $2";
    on!(tx, tx => query(SQL).bind(user_id).bind(purpose).execute(&mut **tx).await.map(drop))?;
    Ok(())
}

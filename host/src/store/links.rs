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
    /// How it gets to its owner.
    pub way: LinkWay,
    /// Now.
    pub created_at: Timestamp,
    /// Its end.
    pub expires_at: Timestamp,
}

/// How a link gets to its owner.
#[derive(Clone, Debug)]
pub enum LinkWay {
    /// This admin hands it over.
    Admin(UserId),
    /// By a letter to this address.
    Letter(String),
}

/// A proven address for letters.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct EmailRow {
    /// Whose.
    pub user_id: UserId,
    /// As typed.
    pub address: String,
    /// When its owner proved to read it.
    pub verified_at: Timestamp,
}

/// Of two addresses with the same key one person reads the letters.
#[must_use]
pub fn address_key(address: &str) -> String {
    address.to_lowercase()
}

/// A link that was used up.
#[derive(FromRow)]
pub(super) struct UsedLink {
    pub(super) user_id: UserId,
    /// Where its letter went; none: an admin handed it over.
    address: Option<String>,
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

    /// Keeps a link that goes by letter, and writes the audit log where there is something to say. False, and nothing is changed, if the
    /// person has one that an admin made, had one for this purpose after `not_since`, or somebody else one to prove this address.
    ///
    /// # Errors
    /// The database fails.
    pub async fn put_letter_link(
        &self,
        link: &NewLink,
        not_since: Timestamp,
        entry: Option<&NewAuditEntry>,
    ) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        if others_wrote(&mut tx, link, not_since).await?
            || !replace(&mut tx, link, not_since).await?
        {
            return Ok(false);
        }
        if let Some(entry) = entry {
            audit::append(&mut tx, entry).await?;
        }
        commit(tx).await?;
        Ok(true)
    }

    /// Forgets links that were made before that. How many there were.
    ///
    /// # Errors
    /// The database fails.
    pub async fn remove_old_links(&self, made_before: Timestamp) -> Result<u64, StoreError> {
        const SQL: &str = "delete from links where created_at < $1";
        Ok(on!(&self.db.write, pool => query(SQL).bind(made_before)
            .execute(pool).await.map(|done| done.rows_affected()))?)
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

    /// A person's proven address.
    ///
    /// # Errors
    /// The database fails.
    pub async fn email(&self, user_id: UserId) -> Result<Option<EmailRow>, StoreError> {
        const SQL: &str = "select user_id, address, verified_at from emails where user_id = $1";
        Ok(on!(&self.db.read, pool => query_as(SQL).bind(user_id).fetch_optional(pool).await)?)
    }

    /// The address that a person is about to prove, if its link works at that time.
    ///
    /// # Errors
    /// The database fails.
    pub async fn unproven_email(
        &self,
        user_id: UserId,
        at: Timestamp,
    ) -> Result<Option<String>, StoreError> {
        const SQL: &str =
            "select address from links where user_id = $1 and purpose = $2 and expires_at > $3";
        Ok(on!(&self.db.read, pool => query_scalar(SQL)
            .bind(user_id).bind(LinkPurpose::Email).bind(at).fetch_optional(pool).await)?)
    }

    /// Whose proven address this is; several people may have one.
    ///
    /// # Errors
    /// The database fails.
    pub async fn owners_of_email(&self, address: &str) -> Result<Vec<EmailRow>, StoreError> {
        const SQL: &str = "select user_id, address, verified_at from emails \
            where address_key = $1 order by user_id limit 10";
        let key = address_key(address);
        Ok(on!(&self.db.read, pool => query_as(SQL).bind(&key).fetch_all(pool).await)?)
    }

    /// Uses a link up that proves an address, which takes the place of the one before: the address that this link went to, whatever the
    /// person may have asked for since. Whose it is, if the link works at that time.
    ///
    /// # Errors
    /// The database fails.
    pub async fn prove_email(
        &self,
        token_hash: &str,
        at: Timestamp,
    ) -> Result<Option<UserId>, StoreError> {
        let mut tx = self.db.begin().await?;
        let used = use_link(&mut tx, LinkPurpose::Email, token_hash, at).await?;
        let Some((user_id, Some(address))) = used.map(|it| (it.user_id, it.address)) else {
            return Ok(None);
        };
        put_email(&mut tx, (user_id, &address), at).await?;
        let entry = NewAuditEntry {
            at,
            actor_id: Some(user_id),
            action: "prove_email",
            target_id: Some(user_id),
            reason: None,
            detail: None,
        };
        audit::append(&mut tx, &entry).await?;
        commit(tx).await?;
        Ok(Some(user_id))
    }
}

async fn put_email(
    tx: &mut Tx,
    (user_id, address): (UserId, &str),
    at: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str = "insert into emails (user_id, address, address_key, verified_at) values ($1, $2, $3, $4) \
        on conflict (user_id) do update set address = excluded.address, address_key = excluded.address_key, \
            verified_at = excluded.verified_at";
    let key = address_key(address);
    on!(tx, tx => query(SQL).bind(user_id).bind(address).bind(&key).bind(at)
        .execute(&mut **tx).await.map(drop))?;
    Ok(())
}

/// Whether a letter to prove this address went out after `not_since` for somebody else: nobody gets one for each account that
/// strangers make in their name.
async fn others_wrote(
    tx: &mut Tx,
    link: &NewLink,
    not_since: Timestamp,
) -> Result<bool, StoreError> {
    const SQL: &str = "select exists(select 1 from links where address_key = $1 and purpose = $2 \
        and user_id <> $3 and created_at > $4)";
    let LinkPurpose::Email = link.purpose else {
        return Ok(false);
    };
    let key = link.way.address().map(address_key);
    Ok(on!(tx, tx => query_scalar(SQL)
        .bind(&key).bind(link.purpose).bind(link.user_id).bind(not_since)
        .fetch_one(&mut **tx).await)?)
}

/// Takes the place of the person's link of this purpose, unless that was made after `not_since`. A letter, which strangers can ask for, does
/// not end a link that an admin made.
async fn replace(tx: &mut Tx, link: &NewLink, not_since: Timestamp) -> Result<bool, StoreError> {
    const SQL: &str = "insert into links (user_id, purpose, token_hash, made_by, address, address_key, created_at, expires_at) \
        values ($1, $2, $3, $4, $5, $6, $7, $8) \
        on conflict (user_id, purpose) do update set token_hash = excluded.token_hash, made_by = excluded.made_by, \
            address = excluded.address, address_key = excluded.address_key, \
            created_at = excluded.created_at, expires_at = excluded.expires_at \
        where links.created_at <= $9 \
            and (links.made_by is null or excluded.made_by is not null or links.expires_at <= excluded.created_at)";
    let address = link.way.address();
    let put = on!(tx, tx => query(SQL)
        .bind(link.user_id)
        .bind(link.purpose)
        .bind(&link.token_hash)
        .bind(link.way.admin())
        .bind(address)
        .bind(address.map(address_key))
        .bind(link.created_at)
        .bind(link.expires_at)
        .bind(not_since)
        .execute(&mut **tx)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(put > 0)
}

/// Uses a link up: of two who come with it at once, one gets it.
pub(super) async fn use_link(
    tx: &mut Tx,
    purpose: LinkPurpose,
    token_hash: &str,
    at: Timestamp,
) -> Result<Option<UsedLink>, StoreError> {
    const SQL: &str = "delete from links where purpose = $1 and token_hash = $2 and expires_at > $3 \
        returning user_id, address";
    Ok(on!(tx, tx => query_as(SQL)
        .bind(purpose).bind(token_hash).bind(at).fetch_optional(&mut **tx).await)?)
}

/// Whether a link's letter went to what is its owner's proven address now, or no letter was needed.
pub(super) async fn is_still_theirs(tx: &mut Tx, link: &UsedLink) -> Result<bool, StoreError> {
    const SQL: &str = "select exists(select 1 from emails where user_id = $1 and address_key = $2)";
    let Some(address) = &link.address else {
        return Ok(true);
    };
    let key = address_key(address);
    Ok(on!(tx, tx => query_scalar(SQL)
        .bind(link.user_id).bind(&key).fetch_one(&mut **tx).await)?)
}

/// Ends a person's links. The rows stay: they say when the last letters went out.
pub(super) async fn end_links(tx: &mut Tx, user_id: UserId) -> Result<(), StoreError> {
    const SQL: &str = "update links set expires_at = 0 where user_id = $1";
    on!(tx, tx => query(SQL).bind(user_id).execute(&mut **tx).await.map(drop))?;
    Ok(())
}

impl LinkWay {
    fn admin(&self) -> Option<UserId> {
        match self {
            Self::Admin(admin) => Some(*admin),
            Self::Letter(_) => None,
        }
    }

    fn address(&self) -> Option<&str> {
        match self {
            Self::Admin(_) => None,
            Self::Letter(address) => Some(address),
        }
    }
}

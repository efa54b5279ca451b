//! Who and what there is, as plugins may read it.
//!
//! Rule: only reading, and no more of a person than other people see, besides their status and role; and what newcomers answered to
//! policies, while they wait.

use uuid::Uuid;

use crate::{
    model::{Account, AccountFilter, Cursor, Room, RoomId, UserId, policy::NewcomerAnswer},
    store::{MemberRow, Store, StoreError},
};

/// Somebody who is pending.
pub(super) struct Waiting {
    pub(super) account: Account,
    pub(super) answers: Vec<NewcomerAnswer>,
    pub(super) note: String,
}

/// Reads for plugins.
#[derive(Clone, Debug)]
pub(super) struct Directory {
    store: Store,
}

impl Directory {
    pub(super) fn new(store: Store) -> Self {
        Self { store }
    }

    pub(super) async fn user(&self, id: &str) -> Result<Option<Account>, StoreError> {
        match Uuid::parse_str(id) {
            Ok(id) => self.store.account(UserId(id)).await,
            Err(_) => Ok(None),
        }
    }

    /// Those that there are, in the order of their ids.
    pub(super) async fn users(&self, ids: &[String]) -> Result<Vec<Account>, StoreError> {
        let ids = ids.iter().filter_map(|id| Uuid::parse_str(id).ok());
        let ids: Vec<UserId> = ids.map(UserId).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let wanted = AccountFilter {
            user_ids: &ids,
            ..AccountFilter::default()
        };
        let found = self.store.accounts(wanted, Cursor::FIRST, i64::MAX).await;
        let mut found = found?;
        found.sort_unstable_by_key(|account| account.user_id);
        Ok(found)
    }

    pub(super) async fn user_by_name(&self, name: &str) -> Result<Option<Account>, StoreError> {
        self.store.account_by_name(&name.to_lowercase()).await
    }

    pub(super) async fn room(&self, id: &str) -> Result<Option<Room>, StoreError> {
        match Uuid::parse_str(id) {
            Ok(id) => Ok(self.store.room(RoomId(id)).await?.map(|row| row.room)),
            Err(_) => Ok(None),
        }
    }

    /// A present member.
    pub(super) async fn member(
        &self,
        room: &str,
        user: &str,
    ) -> Result<Option<MemberRow>, StoreError> {
        let (Ok(room), Ok(user)) = (Uuid::parse_str(room), Uuid::parse_str(user)) else {
            return Ok(None);
        };
        let member = self.store.member(RoomId(room), UserId(user)).await?;
        Ok(member.filter(|member| member.left_seq.is_none()))
    }

    /// Present members by id, after `after`.
    pub(super) async fn members(
        &self,
        room: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<MemberRow>, StoreError> {
        let Ok(room) = Uuid::parse_str(room) else {
            return Ok(Vec::new());
        };
        let after = after.and_then(|after| Uuid::parse_str(after).ok());
        let mut members = self.store.members(RoomId(room)).await?;
        members.retain(|member| {
            member.left_seq.is_none() && after.is_none_or(|after| member.user_id.0 > after)
        });
        members.sort_unstable_by_key(|member| member.user_id);
        members.truncate(limit);
        Ok(members)
    }

    /// Who is pending, the longest first, after `after`.
    pub(super) async fn newcomers(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Waiting>, StoreError> {
        let after = after.and_then(|after| Uuid::parse_str(after).ok());
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self
            .store
            .newcomers(UserId(after.unwrap_or_default()), limit)
            .await?;
        let waiting = rows.into_iter().map(|(account, said)| Waiting {
            account,
            // Written by us; a defect there costs the answers, not the list.
            answers: serde_json::from_str(&said.answers).unwrap_or_default(),
            note: said.note,
        });
        Ok(waiting.collect())
    }
}

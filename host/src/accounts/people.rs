//! One's own account, and looking for others.

use super::{AccountError, Accounts, DisplayName};
use crate::model::{Account, Profile, UserId};

impl Accounts {
    /// One's own account as it is now.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn account(&self, user_id: UserId) -> Result<Account, AccountError> {
        let account = self.store.account(user_id).await?;
        account.ok_or(AccountError::NotFound)
    }

    /// Changes the name to show.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn rename(
        &self,
        user_id: UserId,
        display_name: &DisplayName,
    ) -> Result<Account, AccountError> {
        let account = self
            .store
            .set_display_name(user_id, display_name.as_str())
            .await?;
        account.ok_or(AccountError::NotFound)
    }

    /// A person as others see them; a suspended one too, for their messages stay.
    ///
    /// # Errors
    /// `NotFound`, also for people who were never let in.
    pub async fn profile(&self, user_id: UserId) -> Result<Profile, AccountError> {
        let profile = self.profiles(&[user_id]).await?.pop();
        profile.ok_or(AccountError::NotFound)
    }

    /// Those of these people who were let in, as others see them, in no order; suspended ones too.
    ///
    /// # Errors
    /// The database fails.
    pub async fn profiles(&self, user_ids: &[UserId]) -> Result<Vec<Profile>, AccountError> {
        Ok(self.store.known_profiles(user_ids).await?)
    }

    /// Active people whose login or display name begins with `prefix`, whatever its case.
    ///
    /// # Errors
    /// The database fails.
    pub async fn people(&self, prefix: &str, limit: i64) -> Result<Vec<Profile>, AccountError> {
        Ok(self.store.active_people(prefix.trim(), limit).await?)
    }
}

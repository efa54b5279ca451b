//! The end of an account, by its owner.

use super::{AccountError, Accounts, ProvenOwner, password_change::own_entry, to_its_end};
use crate::{delivery::CloseReason, store::DeletionOutcome};

impl Accounts {
    /// Deletes one's own account: what they wrote stays, as a nameless author's; everything else about them goes, and their name is
    /// free again. Whoever calls this lets them leave their groups.
    ///
    /// # Errors
    /// `LastAdmin`.
    pub async fn delete_account(&self, owner: ProvenOwner) -> Result<(), AccountError> {
        let user_id = owner.identity.user_id;
        let (store, delivery) = (self.store.clone(), self.delivery.clone());
        let entry = own_entry("delete_account", user_id);
        to_its_end(async move {
            match store.delete_account(user_id, &entry).await? {
                DeletionOutcome::Deleted => {
                    delivery.close_user(user_id, CloseReason::Revoked);
                    Ok(())
                }
                DeletionOutcome::LastAdmin => Err(AccountError::LastAdmin),
            }
        })
        .await
    }
}

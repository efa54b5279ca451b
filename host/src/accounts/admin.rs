//! What admins decide about accounts.
//!
//! Rule: status, reason, revs and the audit row are one commit; who is concerned hears of it after that commit.

use std::sync::Arc;

use super::{AccountError, Accounts, Reason, to_its_end};
use crate::{
    delivery::{CloseReason, Delivery, Outbound},
    model::{
        Account, AccountCounts, AccountFilter, AccountStatus, AccountStatusChanged, AuditEntry,
        Cursor, DecisionId, ServerEvent, Timestamp, UserId,
    },
    store::{InviteUse, NewAuditEntry, StatusChange, StatusOutcome, Store},
};

/// What an admin may decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecisionKind {
    /// Lets somebody in who waits or was refused.
    Approve,
    /// Refuses somebody who waits.
    Reject,
    /// Locks somebody out.
    Suspend,
    /// Lets them in again.
    Reinstate,
}

/// One decision.
#[derive(Clone, Debug)]
pub struct Decision {
    /// The admin.
    pub by: UserId,
    /// About whom.
    pub user_id: UserId,
    /// What.
    pub kind: DecisionKind,
    /// Why; the person concerned reads it.
    pub reason: Option<Reason>,
}

impl DecisionKind {
    /// The statuses that it begins with, and the one that it leads to.
    pub(super) fn path(self) -> ([AccountStatus; 2], AccountStatus) {
        use AccountStatus::{Active, Pending, Rejected, Suspended};
        match self {
            Self::Approve => ([Pending, Rejected], Active),
            Self::Reject => ([Pending, Pending], Rejected),
            Self::Suspend => ([Active, Active], Suspended),
            Self::Reinstate => ([Suspended, Suspended], Active),
        }
    }

    pub(super) fn invite_use(self) -> InviteUse {
        match self {
            Self::Approve => InviteUse::Anyway,
            Self::Reject | Self::Suspend | Self::Reinstate => InviteUse::None,
        }
    }

    pub(super) fn audit_name(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Suspend => "suspend",
            Self::Reinstate => "reinstate",
        }
    }
}

impl Accounts {
    /// Carries out an admin's decision.
    ///
    /// # Errors
    /// `NotFound`; `WrongStatus` if the account is not in the status for it; `LastAdmin`; `PolicyRefuses`.
    pub async fn decide(&self, decision: Decision) -> Result<Account, AccountError> {
        let consent = self.consult(&decision).await?;
        let (from, to) = decision.kind.path();
        let change = StatusChange {
            user_id: decision.user_id,
            from,
            to,
            invite_use: decision.kind.invite_use(),
            audit: NewAuditEntry {
                at: Timestamp::now(),
                actor_id: Some(decision.by),
                action: decision.kind.audit_name(),
                target_id: Some(decision.user_id),
                reason: decision.reason.map(Reason::into_string).or(consent.reason),
                detail: Some(consent.word),
            },
        };
        let (store, delivery) = (self.store.clone(), self.delivery.clone());
        let account = to_its_end(change_status(store, delivery, change)).await?;
        self.policies.carry_out(consent.effects);
        Ok(account)
    }

    /// Accounts after the cursor, oldest first.
    ///
    /// # Errors
    /// The database fails.
    pub async fn accounts(
        &self,
        wanted: AccountFilter<'_>,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<Vec<Account>, AccountError> {
        let after = after.unwrap_or(Cursor::FIRST);
        Ok(self.store.accounts(wanted, after, limit).await?)
    }

    /// How many accounts there are.
    ///
    /// # Errors
    /// The database fails.
    pub async fn account_counts(&self) -> Result<AccountCounts, AccountError> {
        let mut counts = AccountCounts::default();
        for (status, count) in self.store.account_counts().await? {
            match status {
                AccountStatus::Pending => counts.pending = count,
                AccountStatus::Active => counts.active = count,
                AccountStatus::Rejected => counts.rejected = count,
                AccountStatus::Suspended => counts.suspended = count,
                AccountStatus::Deleted => counts.deleted = count,
            }
        }
        Ok(counts)
    }

    /// The audit log before the cursor, newest first.
    ///
    /// # Errors
    /// The database fails.
    pub async fn audit_log(
        &self,
        before: Option<Cursor>,
        limit: i64,
    ) -> Result<Vec<AuditEntry>, AccountError> {
        let before = before.unwrap_or(Cursor::LAST);
        Ok(self.store.audit_log(before, limit).await?)
    }
}

/// Who decided, for the audit log.
pub(super) fn by_policy(plugin: Option<&str>, decision_id: Option<DecisionId>) -> String {
    let plugin = plugin.unwrap_or("none that refused");
    match decision_id {
        Some(decision_id) => format!("policy {plugin}, decision {decision_id}"),
        None => format!("policy {plugin}"),
    }
}

/// Commits a change of status and tells whom it concerns.
pub(super) async fn change_status(
    store: Store,
    delivery: Arc<Delivery>,
    change: StatusChange,
) -> Result<Account, AccountError> {
    match store.change_status(&change).await? {
        StatusOutcome::Changed(account) => {
            tell(&delivery, &account);
            Ok(account)
        }
        StatusOutcome::NotFound => Err(AccountError::NotFound),
        StatusOutcome::WrongStatus(status) => {
            // A commit whose answer was lost told nobody; the admin who tries again comes here.
            send_away(&delivery, change.user_id, status);
            Err(AccountError::WrongStatus(status))
        }
        StatusOutcome::LastAdmin => Err(AccountError::LastAdmin),
        StatusOutcome::InviteGone => Err(AccountError::InvalidInvite),
    }
}

/// Tells every session of the account; who may no longer be here is sent away after reading that.
fn tell(delivery: &Delivery, account: &Account) {
    let event = ServerEvent::AccountStatusChanged(AccountStatusChanged {
        status: account.status,
        reason: account.status_reason.clone(),
        user_rev: account.user_rev,
    });
    delivery.push(account.user_id, &Outbound::new(event));
    send_away(delivery, account.user_id, account.status);
}

/// Cuts the sockets of who may no longer be here.
fn send_away(delivery: &Delivery, user_id: UserId, status: AccountStatus) {
    match status {
        AccountStatus::Rejected => delivery.close_user(user_id, CloseReason::AccountRejected),
        AccountStatus::Suspended => delivery.close_user(user_id, CloseReason::AccountSuspended),
        AccountStatus::Deleted => delivery.close_user(user_id, CloseReason::Revoked),
        AccountStatus::Pending | AccountStatus::Active => {}
    }
}

//! What can go wrong with an account, as far as a caller branches on it.

use crate::{
    model::{AccountStatus, Refusal},
    store::StoreError,
};

/// A refusal or a failure of [`Accounts`](super::Accounts).
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// A value breaks its rule.
    #[error("{field}: {rule}")]
    Invalid {
        /// The field, as the protocol names it.
        field: &'static str,
        /// The rule.
        rule: String,
    },
    /// Unknown name or wrong password.
    #[error("unknown user name or wrong password")]
    BadCredentials,
    /// No token, or one that is not ours, has run out, or was revoked.
    #[error("the token is not valid")]
    Unauthenticated,
    /// The account was refused.
    #[error("the account was refused")]
    Rejected {
        /// The admin's reason.
        reason: Option<String>,
    },
    /// The account is locked.
    #[error("the account is suspended")]
    Suspended {
        /// The admin's reason.
        reason: Option<String>,
    },
    /// The server takes no new accounts.
    #[error("registration is closed")]
    RegistrationClosed,
    /// There is no valid invite with this code.
    #[error("the invite is not valid")]
    InvalidInvite,
    /// No such invite, or it was ended before.
    #[error("no such invite")]
    NoSuchInvite,
    /// A policy refused.
    #[error("{}", .0.reason)]
    Refused(Box<Refusal>),
    /// The policy that has a say in it says no, in its own words.
    #[error("{0}")]
    PolicyRefuses(String),
    /// Somebody has the name.
    #[error("the user name is taken")]
    UsernameTaken,
    /// There is an admin.
    #[error("the server has an admin already")]
    AlreadySetUp,
    /// The link was never made, was used, or has run out.
    #[error("the link does not work any more")]
    InvalidLink,
    /// No such device, or it is logged out.
    #[error("no such device")]
    NoSuchDevice,
    /// The server sends no letters.
    #[error("this server sends no letters (smtp.url is not set)")]
    NoMail,
    /// The last letter was sent a moment ago.
    #[error("a letter was sent a moment ago")]
    TooSoon {
        /// Try again after this.
        retry_after_ms: u64,
    },
    /// No such account.
    #[error("no such person")]
    NotFound,
    /// The account is not in the status for it.
    #[error("the account is {}", status_name(*.0))]
    WrongStatus(AccountStatus),
    /// It would leave nobody who could undo it.
    #[error("the last active admin must stay")]
    LastAdmin,
    /// Too many passwords wait to be checked.
    #[error("too much at once")]
    Overloaded {
        /// Try again after this.
        retry_after_ms: u64,
    },
    /// The database refused or is away.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A defect or a broken machine; the text says what.
    #[error("{0}")]
    Internal(String),
}

/// The status, in the word that the protocol has for it.
fn status_name(status: AccountStatus) -> &'static str {
    match status {
        AccountStatus::Pending => "pending",
        AccountStatus::Active => "active",
        AccountStatus::Rejected => "rejected",
        AccountStatus::Suspended => "suspended",
        AccountStatus::Deleted => "deleted",
    }
}

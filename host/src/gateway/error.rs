//! The one place where errors of modules get their wire codes.
//!
//! Rule: what the client did wrong gets a code and no log line; what we did wrong is logged once, here, and the client
//! sees `internal`. `docs/protocol.md` lists the codes.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::{accounts::AccountError, chat::ChatError, store::StoreError};

/// A retryable refusal names this wait where nothing better is known. Chosen, not standard.
const RETRY_AFTER_MS: u64 = 1_000;

/// What a client hears of an error.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ApiError {
    /// Stable; to branch on.
    pub code: &'static str,
    /// For people.
    pub message: String,
    /// Whether the same request may succeed later.
    pub retryable: bool,
    /// How long to wait before that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// More, by code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Value>,
}

impl ApiError {
    /// A refusal that a retry does not change.
    pub(super) fn refusal(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            retryable: false,
            retry_after_ms: None,
            details: None,
        }
    }

    pub(super) fn retryable(
        code: &'static str,
        message: impl Into<String>,
        retry_after_ms: u64,
    ) -> Self {
        let retry_after_ms = Some(retry_after_ms);
        Self {
            code,
            message: message.into(),
            retryable: true,
            retry_after_ms,
            details: None,
        }
    }

    /// A defect of ours: logs it, and tells the client nothing of it.
    pub(super) fn internal(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(%error, "internal error");
        Self::refusal("internal", "Internal error; it is in the server's log")
    }

    pub(super) fn bad_frame(message: impl Into<String>) -> Self {
        Self::refusal("bad_frame", message)
    }

    pub(super) fn unknown_event(name: &str) -> Self {
        let name: String = name.chars().take(64).collect();
        Self::refusal("unknown_event", format!("There is no event {name:?}"))
    }

    pub(super) fn invalid_payload(message: impl Into<String>) -> Self {
        Self::refusal("invalid_payload", message)
    }

    pub(super) fn unauthenticated(message: impl Into<String>) -> Self {
        Self::refusal("unauthenticated", message)
    }

    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self::refusal("forbidden", message)
    }

    pub(super) fn account_pending() -> Self {
        Self::refusal("account_pending", "The account waits for approval")
    }

    pub(super) fn rate_limited(retry_after_ms: u64) -> Self {
        Self::retryable("rate_limited", "Too many events", retry_after_ms)
    }

    fn barred(code: &'static str, message: &str, reason: Option<String>) -> Self {
        let details = reason.map(|reason| json!({ "reason": reason }));
        Self {
            details,
            ..Self::refusal(code, message)
        }
    }
}

impl From<ChatError> for ApiError {
    fn from(error: ChatError) -> Self {
        let message = error.to_string();
        match error {
            ChatError::NotFound(_) => Self::refusal("not_found", message),
            ChatError::Forbidden(_) => Self::forbidden(message),
            ChatError::Invalid(_) => Self::invalid_payload(message),
            ChatError::TooLarge { .. } => Self::refusal("too_large", message),
            ChatError::Conflict(_) => Self::refusal("conflict", message),
            ChatError::IdempotencyConflict => Self::refusal("idempotency_conflict", message),
            ChatError::Overloaded => Self::retryable("overloaded", message, RETRY_AFTER_MS),
            ChatError::Draining => Self::retryable("draining", message, RETRY_AFTER_MS),
            ChatError::Store(error) => error.into(),
        }
    }
}

impl From<AccountError> for ApiError {
    fn from(error: AccountError) -> Self {
        let message = error.to_string();
        match error {
            AccountError::Invalid { .. } => Self::invalid_payload(message),
            AccountError::BadCredentials => Self::refusal("bad_credentials", message),
            AccountError::Unauthenticated => Self::unauthenticated(message),
            AccountError::Rejected { reason } => Self::barred("account_rejected", &message, reason),
            AccountError::Suspended { reason } => {
                Self::barred("account_suspended", &message, reason)
            }
            AccountError::RegistrationClosed => Self::refusal("registration_closed", message),
            AccountError::UsernameTaken => Self::refusal("username_taken", message),
            AccountError::AlreadySetUp => Self::refusal("already_set_up", message),
            AccountError::NotFound => Self::refusal("not_found", message),
            AccountError::WrongStatus(_) | AccountError::LastAdmin => {
                Self::refusal("conflict", message)
            }
            AccountError::Overloaded { retry_after_ms } => {
                Self::retryable("overloaded", message, retry_after_ms)
            }
            AccountError::Store(error) => error.into(),
            AccountError::Internal(_) => Self::internal(&message),
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => {
                tracing::warn!(%error, "the database is not available");
                Self::retryable(
                    "overloaded",
                    "The database is not available",
                    RETRY_AFTER_MS,
                )
            }
            other => Self::internal(&other),
        }
    }
}

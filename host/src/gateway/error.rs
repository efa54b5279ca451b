//! What clients hear when something is refused or fails.
//!
//! Rule: this is the one place that maps the modules' errors to wire codes. What the client did wrong gets a code and
//! no log line; what we did wrong is logged here, once, within the request's or session's span, and the client hears
//! `internal`.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

pub(super) use super::error_code::ErrorCode;
use crate::{
    accounts::AccountError,
    calls::CallError,
    chat::ChatError,
    effects::EffectError,
    model::{DecisionId, Mute, Refusal, RoomId, Timestamp},
    policy::{AdminError, AskError, ChangeError},
};

/// Chosen, not standard: a busy or restarting database is mostly back by then.
const DATABASE_RETRY_AFTER_MS: u64 = 1000;
/// Chosen, not standard: a restart takes about that long.
const RESTART_RETRY_AFTER_MS: u64 = 1000;
/// Chosen, not standard: the writer commits several times in that time.
const WRITER_RETRY_AFTER_MS: u64 = 250;

/// A refusal or failure as clients see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct ApiError {
    /// What to branch on.
    pub(super) code: ErrorCode,
    /// For people.
    pub(super) message: String,
    /// Whether the same request may succeed later.
    pub(super) retryable: bool,
    /// How long to wait before that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) retry_after_ms: Option<u64>,
    /// What else is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) details: Option<Box<ErrorDetails>>,
}

/// What else is known of an error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct ErrorDetails {
    /// The reason that an admin or a policy gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    /// The policy's own code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) policy_code: Option<String>,
    /// The policy that refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) plugin: Option<String>,
    /// Names the decision in the admins' records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) decision_id: Option<DecisionId>,
    /// Until when the person is muted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) until: Option<Timestamp>,
    /// The only room in which they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) room_id: Option<RoomId>,
}

/// The body of a refused request.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct ErrorBody {
    /// The error.
    pub(super) error: RestError,
}

/// An error in the body of a refused request.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct RestError {
    /// The error itself.
    #[serde(flatten)]
    pub(super) error: ApiError,
    /// Quote it to the operator; the header `x-request-id` has it too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) request_id: Option<Uuid>,
}

impl ApiError {
    /// An error of this code.
    pub(super) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            retryable: code.is_retryable(),
            retry_after_ms: None,
            details: None,
        }
    }

    /// A field is missing, of the wrong type, or out of its range; the message names it.
    pub(super) fn invalid_payload(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidPayload, message)
    }

    /// The framing was not that of the transport, or not JSON.
    pub(super) fn bad_frame(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::BadFrame, message)
    }

    /// There is no event of this name.
    pub(super) fn unknown_event(name: &str) -> Self {
        let name: String = name.chars().take(64).collect();
        Self::new(
            ErrorCode::UnknownEvent,
            format!("there is no event {name:?}"),
        )
    }

    /// Who asks is not known.
    pub(super) fn unauthenticated(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Unauthenticated, message)
    }

    /// Not with this role.
    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Forbidden, message)
    }

    /// Too much was asked.
    pub(super) fn rate_limited(retry_after_ms: u64) -> Self {
        Self {
            retry_after_ms: Some(retry_after_ms),
            ..Self::new(ErrorCode::RateLimited, "too much in too short a time")
        }
    }

    /// The server is stopping.
    pub(super) fn draining() -> Self {
        Self {
            retry_after_ms: Some(RESTART_RETRY_AFTER_MS),
            ..Self::new(ErrorCode::Draining, "the server is stopping")
        }
    }

    /// The account waits for approval.
    pub(super) fn account_pending() -> Self {
        Self::new(ErrorCode::AccountPending, "the account waits for approval")
    }

    /// A body or frame is over its limit.
    pub(super) fn too_large(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::TooLarge, message)
    }

    /// Busy: nothing was done, try again.
    pub(super) fn overloaded(message: impl Into<String>, retry_after_ms: u64) -> Self {
        Self {
            retry_after_ms: Some(retry_after_ms),
            ..Self::new(ErrorCode::Overloaded, message)
        }
    }

    /// Our defect. Logs what it was, for the client is not told.
    pub(super) fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(error = %cause, "answered with `internal`");
        Self::internal_and_logged()
    }

    /// Our defect, which was logged where it happened.
    fn internal_and_logged() -> Self {
        Self::new(ErrorCode::Internal, "the server failed; its log has more")
    }

    fn database_away(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(error = %cause, "the database is not available");
        Self::overloaded("the server is busy", DATABASE_RETRY_AFTER_MS)
    }

    fn with_reason(self, reason: Option<String>) -> Self {
        let details = reason.map(|reason| {
            Box::new(ErrorDetails {
                reason: Some(reason),
                ..ErrorDetails::default()
            })
        });
        Self { details, ..self }
    }

    /// A policy refused.
    fn refused(refusal: Refusal) -> Self {
        let details = ErrorDetails {
            reason: Some(refusal.reason.clone()),
            policy_code: Some(refusal.code),
            plugin: refusal.plugin,
            decision_id: refusal.decision_id,
            ..ErrorDetails::default()
        };
        Self {
            details: Some(Box::new(details)),
            ..Self::new(ErrorCode::PolicyRejected, refusal.reason)
        }
    }

    /// The person may not write there for a while.
    fn muted(mute: Mute, message: String) -> Self {
        let details = ErrorDetails {
            reason: mute.reason,
            until: Some(mute.until),
            room_id: mute.room_id,
            ..ErrorDetails::default()
        };
        Self {
            details: Some(Box::new(details)),
            ..Self::new(ErrorCode::Muted, message)
        }
    }

    /// What a plain HTTP status of the framework means.
    pub(super) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::new(ErrorCode::NotFound, "no such route"),
            StatusCode::METHOD_NOT_ALLOWED => {
                Self::new(ErrorCode::MethodNotAllowed, "the route has no such method")
            }
            StatusCode::PAYLOAD_TOO_LARGE => Self::too_large("the body is over the limit"),
            other if other.is_client_error() => {
                Self::invalid_payload(other.canonical_reason().unwrap_or("bad request"))
            }
            other => Self::internal(&other),
        }
    }
}

impl From<AccountError> for ApiError {
    fn from(error: AccountError) -> Self {
        let message = error.to_string();
        let plain = |code| Self::new(code, message.clone());
        match error {
            AccountError::Invalid { .. } => plain(ErrorCode::InvalidPayload),
            AccountError::BadCredentials => plain(ErrorCode::BadCredentials),
            AccountError::Unauthenticated => plain(ErrorCode::Unauthenticated),
            AccountError::Rejected { reason } => {
                plain(ErrorCode::AccountRejected).with_reason(reason)
            }
            AccountError::Suspended { reason } => {
                plain(ErrorCode::AccountSuspended).with_reason(reason)
            }
            AccountError::RegistrationClosed => plain(ErrorCode::RegistrationClosed),
            AccountError::UsernameTaken => plain(ErrorCode::UsernameTaken),
            AccountError::AlreadySetUp => plain(ErrorCode::AlreadySetUp),
            AccountError::InvalidInvite => plain(ErrorCode::InvalidInvite),
            AccountError::Refused(refusal) => Self::refused(*refusal),
            AccountError::NotFound | AccountError::NoSuchInvite | AccountError::NoSuchDevice => {
                plain(ErrorCode::NotFound)
            }
            AccountError::InvalidLink => plain(ErrorCode::InvalidLink),
            AccountError::NoMail => plain(ErrorCode::NoMail),
            AccountError::TooSoon { retry_after_ms } => Self {
                message,
                ..Self::rate_limited(retry_after_ms)
            },
            AccountError::WrongStatus(_)
            | AccountError::LastAdmin
            | AccountError::PolicyRefuses(_) => plain(ErrorCode::Conflict),
            AccountError::Overloaded { retry_after_ms } => {
                Self::overloaded(message, retry_after_ms)
            }
            AccountError::Store(error) if error.is_unavailable() => Self::database_away(&error),
            AccountError::Store(_) | AccountError::Internal(_) => Self::internal(&message),
        }
    }
}

impl From<ChatError> for ApiError {
    fn from(error: ChatError) -> Self {
        let message = error.to_string();
        match error {
            ChatError::NotFound(_) => Self::new(ErrorCode::NotFound, message),
            ChatError::Forbidden(_) => Self::new(ErrorCode::Forbidden, message),
            ChatError::Invalid(_) => Self::invalid_payload(message),
            ChatError::TooLarge { .. } => Self::too_large(message),
            ChatError::Conflict(_) => Self::new(ErrorCode::Conflict, message),
            ChatError::IdempotencyConflict => Self::new(ErrorCode::IdempotencyConflict, message),
            ChatError::Overloaded => Self::overloaded(message, WRITER_RETRY_AFTER_MS),
            ChatError::PoliciesOverloaded(_) => Self::overloaded(message, WRITER_RETRY_AFTER_MS),
            ChatError::Refused(refusal) => Self::refused(*refusal),
            ChatError::Muted(mute) => Self::muted(*mute, message),
            ChatError::Draining => Self::draining(),
            ChatError::Failed => Self::internal_and_logged(),
            ChatError::Store(error) if error.is_unavailable() => Self::database_away(&error),
            ChatError::Store(error) => Self::internal(&error),
        }
    }
}

impl From<CallError> for ApiError {
    fn from(error: CallError) -> Self {
        let message = error.to_string();
        match error {
            CallError::NotFound(_) => Self::new(ErrorCode::NotFound, message),
            CallError::Forbidden(_) => Self::new(ErrorCode::Forbidden, message),
            CallError::Invalid(_) | CallError::Unusable(_) => Self::invalid_payload(message),
            CallError::Conflict(_) => Self::new(ErrorCode::Conflict, message),
            CallError::IdempotencyConflict => Self::new(ErrorCode::IdempotencyConflict, message),
            CallError::Full { .. } => Self::too_large(message),
            CallError::Overloaded | CallError::PoliciesOverloaded(_) => {
                Self::overloaded(message, WRITER_RETRY_AFTER_MS)
            }
            CallError::Refused(refusal) => Self::refused(*refusal),
            CallError::Draining => Self::draining(),
            CallError::NoMedia(error) => Self::internal(&error),
            CallError::Chat(error) => error.into(),
            CallError::Store(error) if error.is_unavailable() => Self::database_away(&error),
            CallError::Store(error) => Self::internal(&error),
        }
    }
}

impl From<AdminError> for ApiError {
    fn from(error: AdminError) -> Self {
        let message = error.to_string();
        match error {
            AdminError::Ask(AskError::Overloaded(_)) => {
                Self::overloaded(message, WRITER_RETRY_AFTER_MS)
            }
            AdminError::Ask(AskError::NotThere) | AdminError::NoSuchAction => {
                Self::new(ErrorCode::NotFound, message)
            }
            AdminError::Form(_) => Self::invalid_payload(message),
            AdminError::Ask(AskError::Failed { .. })
            | AdminError::NotOffered
            | AdminError::Refused(_) => Self::new(ErrorCode::Conflict, message),
        }
    }
}

impl From<EffectError> for ApiError {
    fn from(error: EffectError) -> Self {
        match error {
            EffectError::Unsupported | EffectError::Malformed(_) => {
                Self::invalid_payload(error.to_string())
            }
            EffectError::Account(error) => error.into(),
            EffectError::Chat(error) => error.into(),
        }
    }
}

impl From<ChangeError> for ApiError {
    fn from(error: ChangeError) -> Self {
        let message = error.to_string();
        match error {
            ChangeError::NotThere => Self::new(ErrorCode::NotFound, message),
            ChangeError::Refused(_) => Self::invalid_payload(message),
            ChangeError::Conflict(_) => Self::new(ErrorCode::Conflict, message),
            ChangeError::Stopping => Self::draining(),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        error_response(self, None)
    }
}

/// The answer to a refused request. It carries the error along, so that the outermost layer can put the request's id
/// into the body.
pub(super) fn error_response(error: ApiError, request_id: Option<Uuid>) -> Response {
    let body = ErrorBody {
        error: RestError {
            error: error.clone(),
            request_id,
        },
    };
    let mut response = (error.code.status(), Json(body)).into_response();
    let headers = response.headers_mut();
    if error.code.status() == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(milliseconds) = error.retry_after_ms {
        headers.insert(
            header::RETRY_AFTER,
            HeaderValue::from(milliseconds.div_ceil(1000)),
        );
    }
    response.extensions_mut().insert(error);
    response
}

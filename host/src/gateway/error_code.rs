//! The stable codes of errors, each with its word on the wire and its HTTP status. `docs/protocol.md` says what each means.

use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

/// The codes, each with its word and its HTTP status.
macro_rules! codes {
    ($($name:ident = $word:tt, $status:ident;)*) => {
        /// What went wrong, to branch on. `docs/protocol.md` says what each means.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
        pub(super) enum ErrorCode {
            $(#[serde(rename = $word)] $name,)*
        }

        impl ErrorCode {
            /// The word on the wire.
            pub(super) fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }

            /// The HTTP status that goes with it.
            pub(super) fn status(self) -> StatusCode {
                match self {
                    $(Self::$name => StatusCode::$status,)*
                }
            }

            #[cfg(test)]
            const ALL: &[Self] = &[$(Self::$name,)*];
        }
    };
}

codes! {
    BadFrame = "bad_frame", BAD_REQUEST;
    UnknownEvent = "unknown_event", BAD_REQUEST;
    InvalidPayload = "invalid_payload", BAD_REQUEST;
    Unauthenticated = "unauthenticated", UNAUTHORIZED;
    BadCredentials = "bad_credentials", UNAUTHORIZED;
    AccountPending = "account_pending", FORBIDDEN;
    AccountRejected = "account_rejected", FORBIDDEN;
    AccountSuspended = "account_suspended", FORBIDDEN;
    RegistrationClosed = "registration_closed", FORBIDDEN;
    InvalidInvite = "invalid_invite", FORBIDDEN;
    InvalidLink = "invalid_link", FORBIDDEN;
    NoMail = "no_mail", FORBIDDEN;
    Forbidden = "forbidden", FORBIDDEN;
    PolicyRejected = "policy_rejected", FORBIDDEN;
    Muted = "muted", FORBIDDEN;
    NotFound = "not_found", NOT_FOUND;
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED;
    UsernameTaken = "username_taken", CONFLICT;
    IdempotencyConflict = "idempotency_conflict", CONFLICT;
    AlreadySetUp = "already_set_up", CONFLICT;
    Conflict = "conflict", CONFLICT;
    TooLarge = "too_large", PAYLOAD_TOO_LARGE;
    RateLimited = "rate_limited", TOO_MANY_REQUESTS;
    Overloaded = "overloaded", SERVICE_UNAVAILABLE;
    Draining = "draining", SERVICE_UNAVAILABLE;
    Internal = "internal", INTERNAL_SERVER_ERROR;
}

impl ErrorCode {
    /// Whether the same request may succeed later.
    pub(super) fn is_retryable(self) -> bool {
        matches!(self, Self::RateLimited | Self::Overloaded | Self::Draining)
    }
}

#[cfg(test)]
mod tests {
    use super::ErrorCode;

    /// The contract and the code say the same, in the same order.
    #[test]
    fn the_protocol_lists_every_code_with_its_status() {
        let protocol = include_str!("../../../docs/protocol.md");
        let listed: Vec<String> = protocol
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split_once("` | "))
            .filter_map(|(code, rest)| Some((code, rest.split_once(" | ")?.0)))
            .filter(|(_, status)| status.parse::<u16>().is_ok())
            .map(|(code, status)| format!("{code} {status}"))
            .collect();
        let ours: Vec<String> = ErrorCode::ALL
            .iter()
            .map(|code| format!("{} {}", code.as_str(), code.status().as_u16()))
            .collect();
        assert_eq!(ours, listed);
    }
}

//! Links that work once, and the addresses that they are sent to.

use serde::Serialize;
use utoipa::ToSchema;

use super::Timestamp;

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i16)]
pub enum LinkPurpose {
    /// A new password.
    Password = 0,
    /// Proving an address.
    Email = 1,
}

/// A link that an admin gives to somebody who forgot their password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ResetLink {
    /// What `POST /auth/reset` takes.
    pub token: String,
    /// The page that takes it, from the server's address on.
    pub path: String,
    /// Until then it works, once.
    pub expires_at: Timestamp,
}

/// Where letters to somebody go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct EmailAddress {
    /// As typed; absent if none was proven.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// When its owner proved to read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified_at: Option<Timestamp>,
    /// Takes its place once the link that was sent there is opened; absent if none works.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unproven_address: Option<String>,
    /// Whether this server sends letters.
    pub can_be_verified: bool,
}

//! Access tokens: JSON Web Tokens (RFC 7519) signed with Ed25519 (`EdDSA`, RFC 8037).
//!
//! Rule: strict. The algorithm is pinned, `kid` must name a live key, every claim is there, of its type and exact.
//! A token says who it is for; whether that person may still come in is asked of the database at each use.

use jsonwebtoken::{Algorithm, Header, Validation};
use serde::{Deserialize, Serialize};

use super::{AccountError, TokenOptions, keys::KeyRing};
use crate::model::{DeviceId, Timestamp, UserId};

/// Ours have about 400 bytes.
const MAX_TOKEN_BYTES: usize = 1024;

/// What an access token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claims {
    iss: String,
    aud: String,
    pub(super) sub: UserId,
    pub(super) did: DeviceId,
    pub(super) exp: i64,
    iat: i64,
    nbf: i64,
}

/// Makes and checks access tokens.
pub(super) struct AccessTokens {
    pub(super) keys: KeyRing,
    options: TokenOptions,
    validation: Validation,
}

impl AccessTokens {
    pub(super) fn new(keys: KeyRing, options: TokenOptions) -> Self {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        validation.set_issuer(&[&options.issuer]);
        validation.set_audience(&[&options.audience]);
        validation.leeway = options.leeway_seconds.unsigned_abs();
        validation.validate_nbf = true;
        Self {
            keys,
            options,
            validation,
        }
    }

    /// A token for a device, and when it ends.
    pub(super) fn issue(
        &self,
        user_id: UserId,
        device_id: DeviceId,
        now: Timestamp,
    ) -> Result<(String, Timestamp), AccountError> {
        let iat = now.as_seconds();
        let claims = Claims {
            iss: self.options.issuer.clone(),
            aud: self.options.audience.clone(),
            sub: user_id,
            did: device_id,
            exp: iat + self.options.access_token_seconds,
            iat,
            nbf: iat,
        };
        let key = self.keys.newest();
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(key.kid.clone());
        let token = jsonwebtoken::encode(&header, &claims, &key.encoding)
            .map_err(|error| AccountError::Internal(format!("signing a token: {error}")))?;
        Ok((token, claims.expires_at()))
    }

    /// The claims of a token that is ours and of now.
    pub(super) fn verify(&self, token: &str) -> Result<Claims, AccountError> {
        self.check(token).ok_or(AccountError::Unauthenticated)
    }

    fn check(&self, token: &str) -> Option<Claims> {
        if token.len() > MAX_TOKEN_BYTES {
            return None;
        }
        let header = jsonwebtoken::decode_header(token).ok()?;
        if header.typ.as_deref() != Some("JWT") || header.crit.is_some() {
            return None;
        }
        let key = self.keys.find(header.kid.as_deref()?)?;
        let claims = jsonwebtoken::decode::<Claims>(token, &key.decoding, &self.validation)
            .ok()?
            .claims;
        let issued_by = Timestamp::now().as_seconds() + self.options.leeway_seconds;
        (claims.iat <= issued_by).then_some(claims)
    }
}

impl Claims {
    pub(super) fn expires_at(&self) -> Timestamp {
        Timestamp(self.exp.saturating_mul(1000))
    }
}

#[cfg(test)]
#[path = "access_token_attacks.rs"]
mod attacks;

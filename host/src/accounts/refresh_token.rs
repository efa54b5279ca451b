//! Refresh tokens: 32 random bytes, of which the first half stays with a device and the second changes at each turn.
//!
//! Rule: a token is stored as its SHA-256 only. It is random, so it needs no salt and no slow hash.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use super::AccountError;
use crate::{model::Timestamp, store::NewRefreshToken};

const FAMILY_BYTES: usize = 16;

/// A refresh token in clear; it leaves this process once, in the answer that gives it out.
pub(super) struct RefreshToken([u8; 32]);

impl RefreshToken {
    /// The first token of a new family.
    pub(super) fn generate() -> Self {
        Self(rand::random())
    }

    /// The next token of the same family.
    pub(super) fn next(&self) -> Self {
        let mut bytes: [u8; 32] = rand::random();
        bytes[..FAMILY_BYTES].copy_from_slice(&self.0[..FAMILY_BYTES]);
        Self(bytes)
    }

    pub(super) fn parse(text: &str) -> Result<Self, AccountError> {
        let mut bytes = [0; 32];
        match URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
            Ok(32) => Ok(Self(bytes)),
            _ => Err(AccountError::Unauthenticated),
        }
    }

    pub(super) fn hash(&self) -> String {
        hash(&self.0)
    }

    pub(super) fn to_store(&self, expires_at: Timestamp) -> NewRefreshToken {
        NewRefreshToken {
            family_hash: hash(&self.0[..FAMILY_BYTES]),
            token_hash: self.hash(),
            expires_at,
        }
    }

    pub(super) fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

fn hash(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn the_next_token_is_another_one_of_the_same_family() {
        let first = RefreshToken::generate();
        let text = first.to_text();
        let next = RefreshToken::parse(&text).unwrap().next();
        let (first, next) = (first.to_store(Timestamp(0)), next.to_store(Timestamp(0)));
        assert_eq!(first.family_hash, next.family_hash);
        assert_ne!(first.token_hash, next.token_hash);
        assert!(!text.contains(&first.token_hash));
    }

    #[test]
    fn what_is_not_a_token_is_refused() {
        let good = RefreshToken::generate().to_text();
        let (long, short) = (format!("{good}AAAA"), &good[..40]);
        for bad in ["", "x", short, &long, &good.replacen(&good[..1], "=", 1)] {
            assert!(RefreshToken::parse(bad).is_err(), "{bad}");
        }
    }
}

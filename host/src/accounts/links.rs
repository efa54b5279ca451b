//! What stands in a link that works once. Only its hash is stored: it is random, so it needs no salt and no slow hash.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use super::AccountError;
use crate::{
    model::{LinkPurpose, Timestamp, UserId},
    store::{LinkWay, NewLink},
};

/// A link's secret in clear; it leaves this process once, in the answer or the letter that gives it out.
pub(super) struct LinkToken([u8; 32]);

/// A fresh secret as text, and the link to be stored.
pub(super) struct NewToken {
    pub(super) token: String,
    pub(super) link: NewLink,
}

impl LinkToken {
    /// A fresh one, from now on.
    pub(super) fn issue(
        user_id: UserId,
        (purpose, valid_seconds): (LinkPurpose, i64),
        way: LinkWay,
    ) -> NewToken {
        let token = Self(rand::random());
        let now = Timestamp::now();
        NewToken {
            token: URL_SAFE_NO_PAD.encode(token.0),
            link: NewLink {
                user_id,
                purpose,
                token_hash: token.hash(),
                way,
                created_at: now,
                expires_at: now.plus_seconds(valid_seconds),
            },
        }
    }

    pub(super) fn parse(text: &str) -> Result<Self, AccountError> {
        let mut bytes = [0; 32];
        match URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
            Ok(32) => Ok(Self(bytes)),
            _ => Err(AccountError::InvalidLink),
        }
    }

    pub(super) fn hash(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.0))
    }
}

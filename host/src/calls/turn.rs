//! The STUN and TURN servers that clients are told of, with credentials that end by themselves.
//!
//! As coturn's `use-auth-secret` has it (draft-uberti-behave-turn-rest-00 §2.2): the user name is the end of its time in Unix
//! seconds and who asked, the password the HMAC-SHA1 of that under the shared secret, in base64.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac as _};
use sha1::Sha1;

use crate::model::{IceServer, Timestamp, UserId};

/// Which servers, and how to be let in.
#[derive(Clone, Default)]
pub struct TurnOptions {
    /// `stun:`, `turn:` and `turns:` addresses; none: clients are told of no server.
    pub urls: Vec<String>,
    /// What the servers share with us; `None`: they want no credentials.
    pub secret: Option<String>,
    /// For how long credentials are good.
    pub ttl_seconds: i64,
}

impl std::fmt::Debug for TurnOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TurnOptions")
            .field("urls", &self.urls)
            .finish_non_exhaustive()
    }
}

impl TurnOptions {
    /// What a person's client is told.
    pub(super) fn servers(&self, user_id: UserId, now: Timestamp) -> Vec<IceServer> {
        if self.urls.is_empty() {
            return Vec::new();
        }
        let expires_at_s = now.plus_seconds(self.ttl_seconds).as_seconds();
        let username = self
            .secret
            .as_ref()
            .map(|_| format!("{expires_at_s}:{user_id}"));
        let secret = self.secret.as_deref();
        let credential = secret
            .zip(username.as_deref())
            .map(|(key, name)| mac(key, name));
        vec![IceServer {
            urls: self.urls.clone(),
            username,
            credential,
        }]
    }
}

fn mac(secret: &str, username: &str) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes())
        .expect("HMAC takes keys of any length (RFC 2104 §3)");
    mac.update(username.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(secret: Option<&str>) -> TurnOptions {
        TurnOptions {
            urls: vec!["turn:turn.example.org:3478".to_owned()],
            secret: secret.map(str::to_owned),
            ttl_seconds: 600,
        }
    }

    #[test]
    fn credentials_end_with_their_time_and_are_coturns() {
        let user_id = UserId(uuid::Uuid::nil());
        let servers = options(Some("north")).servers(user_id, Timestamp(1_433_895_318_000));
        assert_eq!(
            servers[0].username.as_deref(),
            Some("1433895918:00000000-0000-0000-0000-000000000000")
        );
        // printf %s 1433895918:00000000-0000-0000-0000-000000000000 | openssl dgst -sha1 -hmac north -binary | base64
        assert_eq!(
            servers[0].credential.as_deref(),
            Some("VuIn2c38uracpI8NMGltQnB0YWw=")
        );
    }

    #[test]
    fn a_server_without_a_secret_gets_none() {
        let servers = options(None).servers(UserId::generate(), Timestamp(0));
        assert_eq!(
            (&servers[0].username, &servers[0].credential),
            (&None, &None)
        );
        assert!(
            TurnOptions::default()
                .servers(UserId::generate(), Timestamp(0))
                .is_empty()
        );
    }
}

//! Session ids.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Names a session towards its client. Who knows it may poll in its place, so it is 128 random bits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::gateway) struct Sid(String);

impl Sid {
    pub(in crate::gateway) fn random() -> Self {
        Self(URL_SAFE_NO_PAD.encode(rand::random::<[u8; 16]>()))
    }

    /// Takes what a client says; it need not exist.
    pub(super) fn claimed(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub(in crate::gateway) fn as_str(&self) -> &str {
        &self.0
    }
}

//! The key under which we send media.
//!
//! The library has no way to give it out, so a crypto provider of ours, which delegates everything, watches the library
//! derive its SRTP keys: nothing else uses the bare block cipher, the local context is made first, and its first block is the salt
//! (RFC 3711 §4.3.1: label 0, so the salt alone). This rests on an order of calls inside: the version is pinned, and a
//! wrong key shows at once, for no client could decrypt a packet (`tests::calls`).

use std::sync::{Arc, OnceLock};

use rtc::{
    crypto::{
        ActiveKeyExchange, AeadAlgorithm, AeadCipher, BlockCipherAlgorithm, CbcAlgorithm,
        CbcCipher, CryptoAlgorithm, CryptoError, HashAlgorithm, HmacAlgorithm,
        KeyExchangeAlgorithm, Mac, PublicKey, RTCCrypto, RTCCryptoProvider, RTCRandom,
        SignatureScheme, SigningKey, StreamCipher, StreamCipherAlgorithm,
    },
    shared::error::Error,
    srtp::{context::Context, protection_profile::ProtectionProfile},
};

/// What all connections negotiate (RFC 7714): a third of the work of the older AES-CM with SHA-1, and every current browser has it.
pub(crate) const PROFILE: ProtectionProfile = ProtectionProfile::AeadAes128Gcm;
const KEY_BYTES: usize = 16;
const SALT_BYTES: usize = 12;

/// The crypto provider of one connection.
pub(crate) struct KeyWatch {
    provider: Arc<dyn RTCCryptoProvider>,
    local: OnceLock<([u8; KEY_BYTES], [u8; SALT_BYTES])>,
}

impl KeyWatch {
    pub(crate) fn new(provider: Arc<dyn RTCCryptoProvider>) -> Arc<Self> {
        let local = OnceLock::new();
        Arc::new(Self { provider, local })
    }

    /// A context that encrypts with the local key; `None` until the handshake is over.
    pub(crate) fn context(&self) -> Option<Result<Context, Error>> {
        let (key, salt) = self.local.get()?;
        let crypto = self.provider.crypto();
        Some(Context::new(key, salt, PROFILE, None, None, crypto))
    }

    fn note(&self, key: &[u8], block: &[u8]) {
        let salt = block.get(..SALT_BYTES).map(TryInto::try_into);
        if let (Ok(key), Some(Ok(salt))) = (key.try_into(), salt) {
            self.local.get_or_init(|| (key, salt));
        }
    }
}

impl RTCCryptoProvider for KeyWatch {
    fn name(&self) -> &'static str {
        self.provider.name()
    }

    fn crypto(&self) -> &dyn RTCCrypto {
        self
    }

    fn random(&self) -> &dyn RTCRandom {
        self.provider.random()
    }
}

impl RTCCrypto for KeyWatch {
    fn block_encrypt(
        &self,
        algorithm: BlockCipherAlgorithm,
        key: &[u8],
        block: &mut [u8],
    ) -> Result<(), CryptoError> {
        self.note(key, block);
        self.provider.crypto().block_encrypt(algorithm, key, block)
    }

    fn supports(&self, algorithm: CryptoAlgorithm) -> bool {
        self.provider.crypto().supports(algorithm)
    }

    fn hash(&self, algorithm: HashAlgorithm, data: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.provider.crypto().hash(algorithm, data)
    }

    fn new_hmac(&self, algorithm: HmacAlgorithm, key: &[u8]) -> Result<Box<dyn Mac>, CryptoError> {
        self.provider.crypto().new_hmac(algorithm, key)
    }

    fn new_stream_cipher(
        &self,
        algorithm: StreamCipherAlgorithm,
        key: &[u8],
    ) -> Result<Box<dyn StreamCipher>, CryptoError> {
        self.provider.crypto().new_stream_cipher(algorithm, key)
    }

    fn new_aead(
        &self,
        algorithm: AeadAlgorithm,
        key: &[u8],
    ) -> Result<Box<dyn AeadCipher>, CryptoError> {
        self.provider.crypto().new_aead(algorithm, key)
    }

    fn new_cbc(
        &self,
        algorithm: CbcAlgorithm,
        key: &[u8],
    ) -> Result<Box<dyn CbcCipher>, CryptoError> {
        self.provider.crypto().new_cbc(algorithm, key)
    }

    fn start_key_exchange(
        &self,
        algorithm: KeyExchangeAlgorithm,
    ) -> Result<Box<dyn ActiveKeyExchange>, CryptoError> {
        self.provider.crypto().start_key_exchange(algorithm)
    }

    fn generate_signing_key(
        &self,
        scheme: SignatureScheme,
    ) -> Result<Arc<dyn SigningKey>, CryptoError> {
        self.provider.crypto().generate_signing_key(scheme)
    }

    fn import_signing_key(
        &self,
        scheme: SignatureScheme,
        pkcs8_der: &[u8],
    ) -> Result<Arc<dyn SigningKey>, CryptoError> {
        self.provider.crypto().import_signing_key(scheme, pkcs8_der)
    }

    fn verify_signature(
        &self,
        scheme: SignatureScheme,
        public_key: PublicKey<'_>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        self.provider
            .crypto()
            .verify_signature(scheme, public_key, message, signature)
    }
}

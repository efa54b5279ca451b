//! The keys that sign access tokens: Ed25519, as PKCS#8 PEM files `<data_dir>/keys/<kid>.pem` that only we may read.
//!
//! Invariant: at most two keys are live. The newest signs; the one before it still verifies, so that a change of keys
//! logs nobody out. A key's age stands in its name (`<seconds since the epoch>-<random>`), for a restored backup has
//! other file times.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use ed25519_dalek::{
    SigningKey,
    pkcs8::{DecodePrivateKey, EncodePrivateKey, spki::der::pem::LineEnding},
};
use jsonwebtoken::{DecodingKey, EncodingKey};

use super::AccountError;
use crate::{model::Timestamp, private_files};

const LIVE_KEYS: usize = 2;

/// One key pair.
pub(super) struct Key {
    pub(super) kid: String,
    pub(super) encoding: EncodingKey,
    pub(super) decoding: DecodingKey,
    made_at_seconds: i64,
}

/// The live keys.
pub(super) struct KeyRing {
    folder: PathBuf,
    max_age_seconds: i64,
    /// Newest first, never empty.
    live: RwLock<Arc<[Arc<Key>]>>,
}

impl KeyRing {
    /// Reads the keys in `folder`, makes one if there is none or the newest is too old, and deletes all but two.
    pub(super) fn open(
        folder: PathBuf,
        max_age_seconds: i64,
        now: Timestamp,
    ) -> Result<Self, AccountError> {
        private_files::make_folder(&folder).map_err(|error| failure(&folder, &error))?;
        let ring = Self {
            live: RwLock::new(read_keys(&folder)?.into()),
            folder,
            max_age_seconds,
        };
        ring.rotate_if_due(now)?;
        Ok(ring)
    }

    /// Makes a new key if the newest is older than it may be. Blocks on the disk.
    pub(super) fn rotate_if_due(&self, now: Timestamp) -> Result<(), AccountError> {
        let oldest_allowed = now.as_seconds() - self.max_age_seconds;
        let mut keys = self.live().to_vec();
        if keys
            .first()
            .is_none_or(|key| key.made_at_seconds <= oldest_allowed)
        {
            keys.insert(0, Arc::new(make_key(&self.folder, now)?));
        }
        for key in keys.drain(LIVE_KEYS.min(keys.len())..) {
            let file = key_file(&self.folder, &key.kid);
            fs::remove_file(&file).map_err(|error| failure(&file, &error))?;
        }
        *self.live.write().unwrap_or_else(PoisonError::into_inner) = keys.into();
        Ok(())
    }

    /// The key to sign with.
    pub(super) fn newest(&self) -> Arc<Key> {
        let live = self.live();
        let newest = live.first().expect("Invariant: a ring has a key");
        Arc::clone(newest)
    }

    /// The live key of this name.
    pub(super) fn find(&self, kid: &str) -> Option<Arc<Key>> {
        self.live().iter().find(|key| key.kid == kid).cloned()
    }

    fn live(&self) -> Arc<[Arc<Key>]> {
        Arc::clone(&self.live.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Newest first. Files of other names are not ours and stay.
fn read_keys(folder: &Path) -> Result<Vec<Arc<Key>>, AccountError> {
    let mut keys = Vec::new();
    let entries = fs::read_dir(folder).map_err(|error| failure(folder, &error))?;
    for entry in entries {
        let file = entry.map_err(|error| failure(folder, &error))?.path();
        if let Some(kid) = kid_of(&file) {
            let pem = private_files::read(&file).map_err(|error| failure(&file, &error))?;
            let signing = SigningKey::from_pkcs8_pem(&pem)
                .map_err(|error| AccountError::Internal(format!("{}: {error}", file.display())))?;
            keys.push(Arc::new(key(&kid, &signing)?));
        }
    }
    keys.sort_by_key(|key| std::cmp::Reverse(key.made_at_seconds));
    Ok(keys)
}

/// Written beside its place and renamed, so that a crash leaves no half key under a key's name.
fn make_key(folder: &Path, now: Timestamp) -> Result<Key, AccountError> {
    let signing = SigningKey::from_bytes(&rand::random());
    let kid = format!("{}-{:08x}", now.as_seconds(), rand::random::<u32>());
    let pem = signing.to_pkcs8_pem(LineEnding::LF).map_err(encoding)?;
    let file = key_file(folder, &kid);
    private_files::write(&file, pem.as_bytes()).map_err(|error| failure(&file, &error))?;
    key(&kid, &signing)
}

fn key(kid: &str, signing: &SigningKey) -> Result<Key, AccountError> {
    let der = signing.to_pkcs8_der().map_err(encoding)?;
    Ok(Key {
        kid: kid.to_owned(),
        encoding: EncodingKey::from_ed_der(der.as_bytes()),
        // Despite its name, the verifier takes the 32 bytes of the public key here.
        decoding: DecodingKey::from_ed_der(signing.verifying_key().as_bytes()),
        made_at_seconds: seconds_of(kid).unwrap_or(0),
    })
}

fn key_file(folder: &Path, kid: &str) -> PathBuf {
    folder.join(format!("{kid}.pem"))
}

fn kid_of(file: &Path) -> Option<String> {
    let kid = file.file_name()?.to_str()?.strip_suffix(".pem")?;
    seconds_of(kid).map(|_| kid.to_owned())
}

fn seconds_of(kid: &str) -> Option<i64> {
    kid.split_once('-')?.0.parse().ok()
}

pub(super) fn failure(file: &Path, error: &io::Error) -> AccountError {
    AccountError::Internal(format!("{}: {error}", file.display()))
}

fn encoding(error: ed25519_dalek::pkcs8::Error) -> AccountError {
    AccountError::Internal(format!("a key cannot be encoded: {error}"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const AGE: i64 = 100;

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1000)
    }

    fn kids(folder: &Path) -> Vec<String> {
        let keys = read_keys(folder).unwrap();
        keys.iter().map(|key| key.kid.clone()).collect()
    }

    #[test]
    fn two_keys_live_and_the_newest_signs() {
        let folder = tempfile::tempdir().unwrap();
        let open = |now| KeyRing::open(folder.path().join("keys"), AGE, at(now)).unwrap();

        let first = open(1000).newest().kid.clone();
        let ring = open(1050);
        assert_eq!(ring.newest().kid, first, "young enough");

        ring.rotate_if_due(at(1100)).unwrap();
        let second = ring.newest().kid.clone();
        assert_ne!(second, first);
        assert!(ring.find(&first).is_some(), "still verifies");

        let ring = open(1200);
        assert!(ring.find(&first).is_none(), "the third makes the first go");
        assert!(ring.find(&second).is_some());
        let left = kids(&folder.path().join("keys"));
        assert_eq!(left, [ring.newest().kid.clone(), second]);
    }

    #[test]
    fn only_we_may_read_keys() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("keys");
        let ring = KeyRing::open(folder.clone(), AGE, at(1000)).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        assert_eq!(mode(&key_file(&folder, &ring.newest().kid)), 0o600);
    }

    #[test]
    fn other_files_stay_and_a_broken_key_is_told_by_name() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("readme.pem"), "not a key").unwrap();
        assert!(KeyRing::open(folder.path().to_owned(), AGE, at(1000)).is_ok());
        fs::write(folder.path().join("2000-00000000.pem"), "broken").unwrap();
        let refusal = KeyRing::open(folder.path().to_owned(), AGE, at(1000));
        let text = refusal.err().unwrap().to_string();
        assert!(text.contains("2000-00000000.pem"), "{text}");
    }
}

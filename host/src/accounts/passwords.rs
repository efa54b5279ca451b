//! Hashes and checks passwords: argon2id, away from the runtime, a few at a time.
//!
//! Rule: whoever is turned away costs the same work as whoever has a wrong password; and the work that waits is bounded,
//! for each hash takes 19 MiB.
//!
//! That memory is kept and used again. Given back each time, it stays with the allocator once for each thread that ever
//! hashed: 650 MB after a hundred registrations.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::{
        Error as HashError,
        phc::{Output, ParamsString, PasswordHash, Salt},
    },
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{AccountError, Password};

/// The least of OWASP's recommended settings (Password Storage Cheat Sheet, argon2id).
const MEMORY_KIB: u32 = 19 * 1024;
const ROUNDS: u32 = 2;
const LANES: u32 = 1;

/// RFC 9106 §3.1 recommends 16.
const SALT_BYTES: usize = 16;

/// Chosen, not standard: by then a queue of the default length has been worked off on a slow machine.
const RETRY_AFTER_MS: u64 = 2000;

/// How much hashing may go on.
#[derive(Clone, Copy, Debug)]
pub struct PasswordLimits {
    /// Hashes at once; each takes one thread and 19 MiB.
    pub at_once: usize,
    /// Further ones that may wait; more are turned away.
    pub waiting: usize,
}

/// The password hasher.
#[derive(Debug)]
pub(super) struct Passwords {
    running: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
    /// A hash of a password that nobody has: what an unknown user's password is compared with.
    nobody: String,
    runs: Arc<AtomicU64>,
    memory: Memory,
}

/// What the hashes work in; as many as ever ran at once.
#[derive(Clone, Debug, Default)]
struct Memory(Arc<Mutex<Vec<Vec<Block>>>>);

struct Turn {
    _running: OwnedSemaphorePermit,
    _admitted: OwnedSemaphorePermit,
}

impl Passwords {
    pub(super) async fn new(limits: PasswordLimits) -> Result<Self, AccountError> {
        let at_once = limits.at_once.max(1);
        let mut passwords = Self {
            running: Arc::new(Semaphore::new(at_once)),
            admitted: Arc::new(Semaphore::new(at_once + limits.waiting)),
            nobody: String::new(),
            runs: Arc::default(),
            memory: Memory::default(),
        };
        let secret = Password::parse(super::random_text::<24>())?;
        passwords.nobody = passwords.hash(secret).await?;
        Ok(passwords)
    }

    /// A PHC string with a salt of its own.
    pub(super) async fn hash(&self, password: Password) -> Result<String, AccountError> {
        self.run(move |memory| {
            let salt: [u8; SALT_BYTES] = rand::random();
            let params = Params::new(MEMORY_KIB, ROUNDS, LANES, None)?;
            Ok(hash(password.as_bytes(), &salt, params, memory)?.to_string())
        })
        .await
    }

    /// Whether the password has this hash.
    pub(super) async fn verify(
        &self,
        password: Password,
        expected: String,
    ) -> Result<bool, AccountError> {
        self.run(move |memory| {
            let expected = PasswordHash::new(&expected)?;
            if expected.algorithm != Algorithm::Argon2id.ident() {
                return Err(HashError::Algorithm);
            }
            let salt = expected.salt.ok_or(HashError::SaltInvalid)?;
            let params = Params::try_from(&expected)?;
            let computed = hash(password.as_bytes(), &salt, params, memory)?;
            // `Output` compares in constant time.
            Ok(expected.hash.is_some() && expected.hash == computed.hash)
        })
        .await
    }

    /// Does the work of [`verify`](Self::verify) for an account that is not there.
    pub(super) async fn verify_nobody(&self, password: Password) -> Result<(), AccountError> {
        self.verify(password, self.nobody.clone()).await.map(drop)
    }

    /// How often argon2 ran.
    #[cfg(test)]
    pub(super) fn runs(&self) -> u64 {
        self.runs.load(Ordering::Relaxed)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Vec<Block>) -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, AccountError> {
        let turn = self.turn().await?;
        let runs = Arc::clone(&self.runs);
        let memory = self.memory.clone();
        let task = tokio::task::spawn_blocking(move || {
            // The turn ends with the work, also when nobody waits for its outcome any longer.
            let _turn = turn;
            runs.fetch_add(1, Ordering::Relaxed);
            let mut blocks = memory.free().pop().unwrap_or_default();
            let outcome = work(&mut blocks);
            memory.free().push(blocks);
            outcome
        });
        task.await
            .map_err(|error| AccountError::Internal(format!("password task: {error}")))?
            .map_err(|error| AccountError::Internal(format!("argon2: {error}")))
    }

    async fn turn(&self) -> Result<Turn, AccountError> {
        let admitted = Arc::clone(&self.admitted)
            .try_acquire_owned()
            .map_err(|_| AccountError::Overloaded {
                retry_after_ms: RETRY_AFTER_MS,
            })?;
        let running = Arc::clone(&self.running)
            .acquire_owned()
            .await
            .expect("Invariant: the semaphore is never closed");
        Ok(Turn {
            _running: running,
            _admitted: admitted,
        })
    }
}

impl Memory {
    fn free(&self) -> MutexGuard<'_, Vec<Vec<Block>>> {
        // A panic under this lock leaves the list whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The crate's own `hash_password`, but for the memory that it works in.
fn hash(
    password: &[u8],
    salt: &[u8],
    params: Params,
    memory: &mut Vec<Block>,
) -> Result<PasswordHash, HashError> {
    memory.resize(params.block_count(), Block::new());
    let length = params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
    let mut buffer = [0; Output::MAX_LENGTH];
    let output = buffer.get_mut(..length).ok_or(HashError::OutputSize)?;
    let params_string = ParamsString::try_from(&params)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password_into_with_memory(password, salt, output, memory)?;
    Ok(PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: params_string,
        salt: Some(Salt::new(salt)?),
        hash: Some(Output::new(output)?),
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use argon2::PasswordVerifier;

    use super::*;

    const LIMITS: PasswordLimits = PasswordLimits {
        at_once: 1,
        waiting: 1,
    };

    fn password(text: &str) -> Password {
        Password::parse(text.to_owned()).unwrap()
    }

    #[tokio::test]
    async fn a_hash_has_the_chosen_cost_and_fits_its_password_only() {
        let passwords = Passwords::new(LIMITS).await.unwrap();
        let hash = passwords.hash(password("correct horse")).await.unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        let by_the_crate = PasswordHash::new(&hash).unwrap();
        assert_eq!(
            Argon2::default().verify_password(b"correct horse", &by_the_crate),
            Ok(())
        );
        let again = passwords.hash(password("correct horse")).await.unwrap();
        assert_ne!(hash, again, "salted");
        let verify = |text| passwords.verify(password(text), hash.clone());
        assert!(verify("correct horse").await.unwrap());
        assert!(!verify("correct h0rse").await.unwrap());
    }

    #[tokio::test]
    async fn who_would_wait_too_long_is_turned_away_at_once() {
        let passwords = Passwords::new(LIMITS).await.unwrap();
        let held = passwords.turn().await.unwrap();
        let waiting = Arc::clone(&passwords.admitted).try_acquire_owned();
        let refused = passwords.hash(password("correct horse")).await;
        assert!(matches!(refused, Err(AccountError::Overloaded { .. })));
        drop((held, waiting));
        assert!(passwords.hash(password("correct horse")).await.is_ok());
    }
}

//! Hashes and checks passwords: argon2id, on threads of its own, a few at a time.
//!
//! Rule: whoever is turned away costs the same work as whoever has a wrong password; the work that waits is bounded, for each hash takes
//! 19 MiB; and everything else goes before it: its threads yield the cores to whoever wants them.
//!
//! Each thread keeps its memory. Given back each time, it stays with the allocator once for each thread that ever hashed: 650 MB after
//! a hundred registrations.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
};

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::{
        Error as HashError,
        phc::{Output, ParamsString, PasswordHash, Salt},
    },
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

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

/// The password hasher. Its threads end with it.
#[derive(Debug)]
pub(super) struct Passwords {
    jobs: mpsc::SyncSender<Job>,
    /// As many as may run and wait: there is room for each of them in `jobs`.
    admitted: Arc<Semaphore>,
    /// A hash of a password that nobody has: what an unknown user's password is compared with.
    nobody: String,
    runs: Arc<AtomicU64>,
}

/// One hash to be made, in the memory of the thread that makes it.
type Job = Box<dyn FnOnce(&mut Vec<Block>) + Send>;

/// How far these threads stand back (`nice`): among threads that all want a core they get a tenth of what others get. Chosen, not standard:
/// enough that whoever wakes up goes first, and logins go on beside another program that keeps the machine busy.
const NICENESS: i32 = 10;

impl Passwords {
    pub(super) async fn new(limits: PasswordLimits) -> Result<Self, AccountError> {
        let at_once = limits.at_once.max(1);
        let places = at_once + limits.waiting;
        let (jobs, taken) = mpsc::sync_channel(places);
        let taken = Arc::new(Mutex::new(taken));
        for nth in 0..at_once {
            let taken = Arc::clone(&taken);
            let thread = std::thread::Builder::new().name(format!("password-{nth}"));
            thread
                .spawn(move || work(&taken))
                .map_err(|error| AccountError::Internal(format!("password thread: {error}")))?;
        }
        let mut passwords = Self {
            jobs,
            admitted: Arc::new(Semaphore::new(places)),
            nobody: String::new(),
            runs: Arc::default(),
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
        let admitted = self.admit()?;
        let runs = Arc::clone(&self.runs);
        let (answer, outcome) = oneshot::channel();
        let job: Job = Box::new(move |memory| {
            runs.fetch_add(1, Ordering::Relaxed);
            let outcome = work(memory);
            // The place ends with the work, also when nobody waits for its outcome any longer.
            drop(admitted);
            drop(answer.send(outcome));
        });
        let broken = |why: &str| AccountError::Internal(format!("password thread: {why}"));
        self.jobs
            .try_send(job)
            .map_err(|error| broken(&error.to_string()))?;
        let outcome = outcome.await.map_err(|_| broken("it panicked"))?;
        outcome.map_err(|error| AccountError::Internal(format!("argon2: {error}")))
    }

    fn admit(&self) -> Result<OwnedSemaphorePermit, AccountError> {
        let admitted = Arc::clone(&self.admitted).try_acquire_owned();
        admitted.map_err(|_| AccountError::Overloaded {
            retry_after_ms: RETRY_AFTER_MS,
        })
    }
}

/// One thread: a job after the other, until nobody can bring one any more.
fn work(taken: &Mutex<mpsc::Receiver<Job>>) {
    // Of this thread only, on Linux. Without it the work goes on, and others wait longer.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::warn!(%error, "passwords are hashed with the priority of everything else");
    }
    let mut memory = Vec::new();
    loop {
        // Held while it waits: then the others wait for the lock instead. A panic under it leaves the receiver whole.
        let next = taken.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        if catch_unwind(AssertUnwindSafe(|| job(&mut memory))).is_err() {
            // Whoever waited for it has heard so; what it left behind nobody works in.
            memory = Vec::new();
        }
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
        let held = [passwords.admit().unwrap(), passwords.admit().unwrap()];
        let refused = passwords.hash(password("correct horse")).await;
        assert!(matches!(refused, Err(AccountError::Overloaded { .. })));
        drop(held);
        assert!(passwords.hash(password("correct horse")).await.is_ok());
    }

    #[tokio::test]
    async fn a_thread_that_panicked_costs_one_answer() {
        let passwords = Passwords::new(LIMITS).await.unwrap();
        let failed = passwords.run(|_| -> Result<(), _> { panic!("for a test") });
        let failed = failed.await;
        assert!(
            matches!(failed, Err(AccountError::Internal(_))),
            "{failed:?}"
        );
        assert!(passwords.hash(password("correct horse")).await.is_ok());
    }
}

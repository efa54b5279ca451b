//! The first admin: made once, by whoever has the token that the server printed at its start.
//!
//! Rule: while there is no admin there is a token, in memory and in `<data_dir>/setup-token` (so that a restart prints
//! the same one); as soon as there is one, there is none.

use std::{
    fs, io,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

use subtle::ConstantTimeEq;

use super::{AccountError, Accounts, Registration, TokenPair, keys::failure, random_text};
use crate::{
    model::{AccountStatus, Timestamp, UserRole},
    private_files,
    store::FirstAdmin,
};

/// The token, while it is wanted.
pub(super) struct SetupToken {
    file: PathBuf,
    token: Mutex<Option<String>>,
}

impl SetupToken {
    /// Reads the token of an earlier start, or makes one; removes it if there is an admin.
    pub(super) fn open(file: PathBuf, has_admin: bool) -> Result<Self, AccountError> {
        let setup = Self {
            file,
            token: Mutex::default(),
        };
        if has_admin {
            setup.forget();
        } else {
            *setup.lock() = Some(setup.read_or_make()?);
        }
        Ok(setup)
    }

    fn current(&self) -> Option<String> {
        self.lock().clone()
    }

    /// Ends the token. That the file stays is not worth failing for: the next start removes it, and without the
    /// token in memory it opens nothing.
    fn forget(&self) {
        *self.lock() = None;
        match fs::remove_file(&self.file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(%error, "the setup token's file cannot be removed");
            }
            _ => {}
        }
    }

    fn read_or_make(&self) -> Result<String, AccountError> {
        match private_files::read(&self.file) {
            Ok(token) if !token.trim().is_empty() => return Ok(token.trim().to_owned()),
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(failure(&self.file, &error));
            }
            _ => {}
        }
        let token = random_text::<24>();
        private_files::write(&self.file, format!("{token}\n").as_bytes())
            .map_err(|error| failure(&self.file, &error))?;
        Ok(token)
    }

    // A panic under this lock leaves the token whole, so poisoning carries no news.
    fn lock(&self) -> MutexGuard<'_, Option<String>> {
        self.token.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Accounts {
    /// The token to print at start; `None` once there is an admin.
    #[must_use]
    pub fn setup_token(&self) -> Option<String> {
        self.setup.current()
    }

    /// Makes the first admin, active, and logs in.
    ///
    /// # Errors
    /// `AlreadySetUp`; `Unauthenticated` for a wrong token; `UsernameTaken`; `Overloaded`.
    pub async fn set_up(
        &self,
        token: &str,
        registration: Registration,
    ) -> Result<TokenPair, AccountError> {
        let expected = self.setup.current().ok_or(AccountError::AlreadySetUp)?;
        if !bool::from(expected.as_bytes().ct_eq(token.as_bytes())) {
            return Err(AccountError::Unauthenticated);
        }
        let newcomer = self
            .newcomer(registration, AccountStatus::Active, UserRole::Admin)
            .await?;
        let made = self
            .store
            .create_first_admin(&newcomer.user, &newcomer.device)
            .await
            .map_err(super::username_taken)?;
        self.setup.forget();
        match made {
            FirstAdmin::Made => self.first_tokens(newcomer, Timestamp::now()),
            FirstAdmin::AlreadySetUp => Err(AccountError::AlreadySetUp),
        }
    }
}

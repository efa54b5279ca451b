//! Who people are: registration, login, tokens, account status.
//!
//! Rule: a token proves who somebody is, the database says whether they may; it is asked at every use, so a suspension
//! holds from its commit on.
//!
//! Not here: what people may do in rooms (`chat`), the headers and bodies that carry tokens (`gateway`).

mod access_token;
mod admin;
mod by_policy;
mod deletion;
mod devices;
mod email;
mod error;
mod invites;
mod keys;
mod letters;
mod links;
mod names;
mod password_change;
mod passwords;
mod people;
mod refresh_token;
mod registration;
mod setup;
mod sign_in;
#[cfg(test)]
mod tests;

use std::{path::PathBuf, sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::{
    delivery::Delivery,
    guard::Guard,
    model::{Account, AccountStatus, DeviceId, Timestamp, UserId},
    policy::Policies,
    store::{Store, StoreError},
};

pub use admin::{Decision, DecisionKind};
pub use error::AccountError;
pub use invites::NewInvite;
pub use letters::MailOptions;
pub use names::{DeviceName, DisplayName, Password, Reason, Username};
pub use password_change::{OtherDevices, ProvenOwner};
pub use passwords::PasswordLimits;
pub use registration::Waiting;
pub use sign_in::{Registration, TokenPair};

use access_token::AccessTokens;
use keys::KeyRing;
use letters::Letters;
use passwords::Passwords;
use setup::SetupToken;

/// Forgotten passwords that are looked after at once; more are refused. Chosen, not standard.
const FORGOTTEN_AT_ONCE: usize = 16;

/// Whom the server lets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegistrationMode {
    /// Everyone, at once.
    Open,
    /// Newcomers wait for a policy or an admin.
    Approval,
    /// As `Approval`, but only with an invite.
    Closed,
}

/// What `Accounts` is told at start.
#[derive(Clone, Debug)]
pub struct AccountOptions {
    /// Keys and the setup token lie here.
    pub data_dir: PathBuf,
    /// Whom to let in.
    pub registration_mode: RegistrationMode,
    /// How tokens are made and checked.
    pub tokens: TokenOptions,
    /// How much password hashing may go on.
    pub passwords: PasswordLimits,
    /// How letters go out; none: none do.
    pub mail: Option<MailOptions>,
}

/// How tokens are made and checked.
#[derive(Clone, Debug)]
pub struct TokenOptions {
    /// The claim `iss`.
    pub issuer: String,
    /// The claim `aud`.
    pub audience: String,
    /// Life of an access token.
    pub access_token_seconds: i64,
    /// Life of a refresh token that is not used.
    pub refresh_token_seconds: i64,
    /// How far two machines' clocks may differ.
    pub leeway_seconds: i64,
    /// Age at which the signing key is replaced; not below an access token's life, for two keys are live.
    pub signing_key_days: i64,
}

/// Who made a request: what a valid access token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The person.
    pub user_id: UserId,
    /// The device they logged in from.
    pub device_id: DeviceId,
    /// The token's end.
    pub expires_at: Timestamp,
}

/// The accounts of this server.
pub struct Accounts {
    store: Store,
    delivery: Arc<Delivery>,
    policies: Arc<Policies>,
    passwords: Passwords,
    tokens: Arc<AccessTokens>,
    setup: SetupToken,
    registration_mode: RegistrationMode,
    refresh_token_seconds: i64,
    letters: Option<Letters>,
    /// Forgotten passwords that are looked after at once.
    forgetting: Arc<Semaphore>,
}

impl Accounts {
    /// Reads or makes what is kept beside the database: signing keys and, while there is no admin, the setup token.
    ///
    /// # Errors
    /// The data folder cannot be used, a key in it cannot be read, or the database fails.
    pub async fn open(
        store: Store,
        delivery: Arc<Delivery>,
        policies: Arc<Policies>,
        options: AccountOptions,
    ) -> Result<Arc<Self>, AccountError> {
        const DAY_SECONDS: i64 = 86_400;
        let keys = KeyRing::open(
            options.data_dir.join("keys"),
            options.tokens.signing_key_days.saturating_mul(DAY_SECONDS),
            Timestamp::now(),
        )?;
        let has_admin = store.has_admin().await?;
        Ok(Arc::new(Self {
            setup: SetupToken::open(options.data_dir.join("setup-token"), has_admin)?,
            passwords: Passwords::new(options.passwords).await?,
            refresh_token_seconds: options.tokens.refresh_token_seconds,
            tokens: Arc::new(AccessTokens::new(keys, options.tokens)),
            registration_mode: options.registration_mode,
            letters: options.mail.as_ref().map(Letters::new).transpose()?,
            forgetting: Arc::new(Semaphore::new(FORGOTTEN_AT_ONCE)),
            store,
            delivery,
            policies,
        }))
    }

    /// Who has this access token, and their account as it is now. A pending account is given too: what it may do is
    /// the caller's to decide.
    ///
    /// # Errors
    /// `Unauthenticated` if the token is not ours, has run out, or its device was logged out; `Rejected`, `Suspended`.
    pub async fn authenticate(
        &self,
        access_token: &str,
    ) -> Result<(Identity, Account), AccountError> {
        let claims = self.tokens.verify(access_token)?;
        let (account, revoked_at) = self
            .store
            .account_of_device(claims.sub, claims.did)
            .await?
            .ok_or(AccountError::Unauthenticated)?;
        if !Guard::LiveDevice.admits(revoked_at.is_none()) {
            return Err(AccountError::Unauthenticated);
        }
        let identity = Identity {
            user_id: claims.sub,
            device_id: claims.did,
            expires_at: claims.expires_at(),
        };
        Ok((identity, not_barred(account)?))
    }

    /// Whom the server lets in.
    #[must_use]
    pub fn registration_mode(&self) -> RegistrationMode {
        self.registration_mode
    }

    /// Whether it sends letters.
    #[must_use]
    pub fn sends_letters(&self) -> bool {
        self.letters.is_some()
    }

    /// The name of the database behind it all.
    #[must_use]
    pub fn database(&self) -> &'static str {
        self.store.database()
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// It does not.
    pub async fn ping(&self) -> Result<(), AccountError> {
        Ok(self.store.ping().await?)
    }

    /// Replaces the signing key when it is due and forgets dead devices and old links, once a day until `stop`.
    pub async fn keep_house(&self, stop: CancellationToken) {
        const DAY: Duration = Duration::from_secs(86_400);
        while stop
            .run_until_cancelled(tokio::time::sleep(DAY))
            .await
            .is_some()
        {
            if let Err(error) = self.clean_up().await {
                tracing::error!(%error, "the daily work on accounts failed");
            }
        }
    }

    async fn clean_up(&self) -> Result<(), AccountError> {
        const DAY_SECONDS: i64 = 86_400;
        /// None works for longer than a day.
        const LINKS_KEPT_SECONDS: i64 = 2 * DAY_SECONDS;
        let now = Timestamp::now();
        let tokens = Arc::clone(&self.tokens);
        tokio::task::spawn_blocking(move || tokens.keys.rotate_if_due(now))
            .await
            .map_err(|error| AccountError::Internal(format!("key task: {error}")))??;
        let unused_since = now.plus_seconds(-DAY_SECONDS);
        let devices = self.store.remove_dead_devices(now, unused_since).await?;
        let made_before = now.plus_seconds(-LINKS_KEPT_SECONDS);
        let links = self.store.remove_old_links(made_before).await?;
        tracing::debug!(devices, links, "dead devices and old links forgotten");
        Ok(())
    }
}

impl std::fmt::Debug for Accounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Accounts")
            .field("registration_mode", &self.registration_mode)
            .finish_non_exhaustive()
    }
}

/// Refuses an account that may not even connect.
fn not_barred(account: Account) -> Result<Account, AccountError> {
    let reason = account.status_reason.clone();
    match account.status {
        AccountStatus::Pending | AccountStatus::Active => Ok(account),
        _ if Guard::UnbarredAccount.is_taken_away() => Ok(account),
        AccountStatus::Rejected => Err(AccountError::Rejected { reason }),
        AccountStatus::Suspended => Err(AccountError::Suspended { reason }),
        // As if it had never been there.
        AccountStatus::Deleted => Err(AccountError::Unauthenticated),
    }
}

fn username_taken(error: StoreError) -> AccountError {
    match error {
        StoreError::Conflict { constraint } if constraint == "users_username_key" => {
            AccountError::UsernameTaken
        }
        other => AccountError::Store(other),
    }
}

/// Finishes the work even if whoever asked for it hangs up in between: what is told after a commit must be told.
async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, AccountError>> + Send + 'static,
) -> Result<T, AccountError> {
    tokio::spawn(work)
        .await
        .unwrap_or_else(|error| Err(AccountError::Internal(format!("account task: {error}"))))
}

/// `BYTES` random bytes as text.
fn random_text<const BYTES: usize>() -> String {
    let mut bytes = [0_u8; BYTES];
    rand::fill(&mut bytes[..]);
    URL_SAFE_NO_PAD.encode(bytes)
}

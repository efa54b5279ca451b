//! The ways to tokens: log in, refresh; and the way out.

use super::{
    AccountError, Accounts, DeviceName, DisplayName, Identity, Password, Username, not_barred,
    refresh_token::RefreshToken, to_its_end,
};
use crate::{
    delivery::CloseReason,
    guard::Guard,
    model::{Account, AccountStatus, DeviceId, Timestamp, UserId, UserRole},
    store::{NewDevice, NewUser, Rotation, TokenTurn},
};

/// What a newcomer says.
#[derive(Clone, Debug)]
pub struct Registration {
    /// Login name.
    pub username: Username,
    /// Password.
    pub password: Password,
    /// Name to show; the login name if absent.
    pub display_name: Option<DisplayName>,
    /// The device.
    pub device_name: DeviceName,
    /// An address, not verified.
    pub email: Option<String>,
    /// The code of an invite.
    pub invite: Option<String>,
}

/// What a login gives. No `Debug`: it holds secrets.
pub struct TokenPair {
    /// For every request.
    pub access_token: String,
    /// Its end.
    pub access_expires_at: Timestamp,
    /// For the next pair; works once.
    pub refresh_token: String,
    /// Its end.
    pub refresh_expires_at: Timestamp,
    /// The account.
    pub user: Account,
    /// The device, new at each login.
    pub device_id: DeviceId,
}

/// An account to make, its device, and the token in clear.
pub(super) struct Newcomer {
    pub(super) user: NewUser,
    pub(super) device: NewDevice,
    refresh_token: RefreshToken,
}

impl Accounts {
    /// Logs in from a new device. Takes what was typed as it is: what breaks a rule cannot be right, and is not told
    /// from what is wrong.
    ///
    /// # Errors
    /// `BadCredentials`, also if the password was changed meanwhile; `Rejected` and `Suspended`, to who has the right one; `Overloaded`.
    pub async fn log_in(
        &self,
        username: &str,
        password: String,
        device_name: DeviceName,
    ) -> Result<TokenPair, AccountError> {
        let (user_id, password_hash) = self.check_password(username, password).await?;
        let account = self.store.account(user_id).await?;
        let account = not_barred(account.ok_or(AccountError::BadCredentials)?)?;
        let now = Timestamp::now();
        let (device, token) = self.new_device(user_id, device_name, now);
        if !self.store.create_device(&device, &password_hash).await? {
            return Err(AccountError::BadCredentials);
        }
        self.tokens_for(account, device.device_id, &token, now)
    }

    /// Gives a refresh token for a new pair. A token that had been given before logs its device out, for one of the
    /// two who have it is a thief.
    ///
    /// # Errors
    /// `Unauthenticated`, `Rejected`, `Suspended`.
    pub async fn refresh(&self, refresh_token: &str) -> Result<TokenPair, AccountError> {
        let presented = RefreshToken::parse(refresh_token)?;
        let next = presented.next();
        let now = Timestamp::now();
        let barred: &[_] = &[AccountStatus::Rejected, AccountStatus::Suspended];
        let turn = TokenTurn {
            barred: Guard::UnbarredRefresh.narrows(&[], barred),
            presented_hash: presented.hash(),
            next: next.to_store(self.refresh_expiry(now)),
            at: now,
        };
        let (store, delivery) = (self.store.clone(), self.delivery.clone());
        let rotation = to_its_end(async move {
            let rotation = store.turn_refresh_token(&turn).await?;
            if let Rotation::Reused(device_id, user_id) = &rotation {
                tracing::warn!(%user_id, %device_id, "a refresh token came twice; its device is logged out");
                delivery.close_device(*user_id, *device_id, CloseReason::Revoked);
            }
            Ok(rotation)
        })
        .await?;
        match rotation {
            Rotation::Turned(device_id, account) => self.tokens_for(account, device_id, &next, now),
            Rotation::Barred(account) => Err(not_barred(account)
                .err()
                .unwrap_or(AccountError::Unauthenticated)),
            Rotation::Reused(..) | Rotation::Unknown => Err(AccountError::Unauthenticated),
        }
    }

    /// Logs a device out: its tokens and sockets end.
    ///
    /// # Errors
    /// The database fails.
    pub async fn log_out(&self, identity: Identity) -> Result<(), AccountError> {
        let Identity {
            user_id, device_id, ..
        } = identity;
        let (store, delivery) = (self.store.clone(), self.delivery.clone());
        to_its_end(async move {
            store.revoke_device(device_id, Timestamp::now()).await?;
            delivery.close_device(user_id, device_id, CloseReason::Revoked);
            Ok(())
        })
        .await
    }

    /// Checks the name first, so that a name that is taken costs no hashing.
    pub(super) async fn newcomer(
        &self,
        registration: Registration,
        status: AccountStatus,
        role: UserRole,
    ) -> Result<Newcomer, AccountError> {
        let username = registration.username;
        if self.store.username_exists(username.as_str()).await? {
            return Err(AccountError::UsernameTaken);
        }
        let password_hash = self.passwords.hash(registration.password).await?;
        let display_name = registration
            .display_name
            .unwrap_or_else(|| DisplayName::from(&username));
        let now = Timestamp::now();
        let user = NewUser {
            user_id: UserId::generate(),
            username: username.as_str().to_owned(),
            display_name: display_name.as_str().to_owned(),
            password_hash,
            status,
            role,
            created_at: now,
        };
        let (device, refresh_token) = self.new_device(user.user_id, registration.device_name, now);
        Ok(Newcomer {
            user,
            device,
            refresh_token,
        })
    }

    /// The tokens of a newcomer who was stored just now.
    pub(super) fn first_tokens(
        &self,
        newcomer: Newcomer,
        now: Timestamp,
    ) -> Result<TokenPair, AccountError> {
        let user = newcomer.user;
        let account = Account {
            user_id: user.user_id,
            username: user.username,
            display_name: user.display_name,
            status: user.status,
            status_reason: None,
            role: user.role,
            created_at: user.created_at,
            user_rev: 1,
        };
        let device_id = newcomer.device.device_id;
        self.tokens_for(account, device_id, &newcomer.refresh_token, now)
    }

    /// Whose password it is, and its hash. Hashes once, whether the name is known or not.
    async fn check_password(
        &self,
        username: &str,
        password: String,
    ) -> Result<(UserId, String), AccountError> {
        let username = Username::parse(username).ok();
        let known = match &username {
            Some(username) => self.store.password_hash(username.as_str()).await?,
            None => None,
        };
        let password = Password::parse(password).map_err(|_| AccountError::BadCredentials)?;
        let Some((user_id, hash)) = known else {
            self.passwords.verify_nobody(password).await?;
            return Err(AccountError::BadCredentials);
        };
        if self.passwords.verify(password, hash.clone()).await? {
            Ok((user_id, hash))
        } else {
            Err(AccountError::BadCredentials)
        }
    }

    fn new_device(
        &self,
        user_id: UserId,
        name: DeviceName,
        now: Timestamp,
    ) -> (NewDevice, RefreshToken) {
        let token = RefreshToken::generate();
        let device = NewDevice {
            device_id: DeviceId::generate(),
            user_id,
            name: name.as_str().to_owned(),
            created_at: now,
            refresh_token: token.to_store(self.refresh_expiry(now)),
        };
        (device, token)
    }

    fn refresh_expiry(&self, now: Timestamp) -> Timestamp {
        now.plus_seconds(self.refresh_token_seconds)
    }

    fn tokens_for(
        &self,
        user: Account,
        device_id: DeviceId,
        refresh_token: &RefreshToken,
        now: Timestamp,
    ) -> Result<TokenPair, AccountError> {
        let (access_token, access_expires_at) = self.tokens.issue(user.user_id, device_id, now)?;
        Ok(TokenPair {
            access_token,
            access_expires_at,
            refresh_token: refresh_token.to_text(),
            refresh_expires_at: self.refresh_expiry(now),
            user,
            device_id,
        })
    }
}

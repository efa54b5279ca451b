//! Accounts over either database, without HTTP.
#![expect(clippy::unwrap_used, reason = "tests")]

mod admin;
mod passwords;
mod people;
mod sign_in;

use std::sync::Arc;

use super::*;
use crate::{
    delivery::{CloseReason, MailboxLimits, Subscription},
    model::SessionId,
    store::testing::{Kind, TestDatabase, on_both_databases},
};

struct House {
    accounts: Arc<Accounts>,
    delivery: Arc<Delivery>,
    folder: tempfile::TempDir,
    database: TestDatabase,
}

const PASSWORD: &str = "correct horse";

impl House {
    async fn new(on: Kind, mode: RegistrationMode) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = TestDatabase::create(on).await;
        let delivery = Delivery::new(MailboxLimits {
            events: 16,
            bytes: 1 << 20,
        });
        let accounts = open(folder.path(), &database, &delivery, mode).await;
        Self {
            accounts,
            delivery,
            folder,
            database,
        }
    }

    async fn open(on: Kind) -> Self {
        Self::new(on, RegistrationMode::Open).await
    }

    async fn reopened(self) -> Self {
        self.accounts.store.close().await;
        let mode = RegistrationMode::Open;
        let accounts = open(self.folder.path(), &self.database, &self.delivery, mode).await;
        Self { accounts, ..self }
    }

    async fn register(&self, name: &str) -> TokenPair {
        self.accounts.register(registration(name)).await.unwrap()
    }

    async fn admin(&self) -> TokenPair {
        let token = self.accounts.setup_token().unwrap();
        self.accounts
            .set_up(&token, registration("root"))
            .await
            .unwrap()
    }

    async fn log_in(&self, name: &str, password: &str) -> Result<TokenPair, AccountError> {
        self.accounts
            .log_in(name, password.to_owned(), DeviceName::default())
            .await
    }

    async fn decide(
        &self,
        by: &TokenPair,
        about: &TokenPair,
        kind: DecisionKind,
    ) -> Result<Account, AccountError> {
        let decision = Decision {
            by: by.user.user_id,
            user_id: about.user.user_id,
            kind,
            reason: Reason::parse("because").unwrap(),
        };
        self.accounts.decide(decision).await
    }

    fn connect(&self, tokens: &TokenPair) -> Subscription {
        self.delivery
            .subscribe(tokens.user.user_id, tokens.device_id, SessionId::generate())
    }
}

async fn open(
    folder: &std::path::Path,
    database: &TestDatabase,
    delivery: &Arc<Delivery>,
    registration_mode: RegistrationMode,
) -> Arc<Accounts> {
    let options = AccountOptions {
        data_dir: folder.to_owned(),
        registration_mode,
        tokens: token_options(),
        passwords: PasswordLimits {
            at_once: 2,
            waiting: 8,
        },
        mail: None,
    };
    let store = database.open().await;
    let policies = Policies::idle(&store);
    Accounts::open(store, Arc::clone(delivery), policies, options)
        .await
        .unwrap()
}

pub(super) fn token_options() -> TokenOptions {
    TokenOptions {
        issuer: "natter".to_owned(),
        audience: "natter".to_owned(),
        access_token_seconds: 600,
        refresh_token_seconds: 3600,
        leeway_seconds: 10,
        signing_key_days: 30,
    }
}

fn registration(name: &str) -> Registration {
    Registration {
        username: Username::parse(name).unwrap(),
        password: Password::parse(PASSWORD.to_owned()).unwrap(),
        display_name: None,
        device_name: DeviceName::default(),
        email: None,
        invite: None,
    }
}

async fn closed_as(session: &Subscription) -> Option<CloseReason> {
    let patience = std::time::Duration::from_millis(200);
    tokio::time::timeout(patience, session.mailbox.take(10))
        .await
        .ok()?
        .err()
}

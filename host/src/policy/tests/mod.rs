//! Policies as the rest of the server uses them, with real plugins from a real folder.
//!
//! The plugins are built by `cargo xtask test` (or `--only unit`) from `tests/fixtures/plugins`.
#![expect(clippy::unwrap_used, reason = "tests")]

mod chain;
mod folder;
mod hooks;
mod hostile;
mod installs;
mod pools;
mod restarts;
mod speed;
mod state;

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use tempfile::TempDir;
use tokio::sync::mpsc;

use super::{
    BreakerOptions, Change, ChangeError, KvLimits, Policies, PolicyOptions, RecordDecisions,
    Started,
};
use crate::{
    metrics::Metrics,
    model::{
        AccountStatus, Cursor, MemberRole, MessageId, RoomId, RoomKind, Timestamp, UserId,
        UserRole,
        policy::{
            Decision, GrantedEffect, MessageChange, PluginState, PluginStatus, PolicyMessage,
            Verdict,
        },
    },
    store::{
        NewUser, Store,
        testing::{Kind, TestDatabase},
    },
};

/// Running policies with a folder and a database of their own.
struct Site {
    policies: std::sync::Arc<Policies>,
    tasks: Option<super::PolicyTasks>,
    effects: mpsc::Receiver<GrantedEffect>,
    metrics: Metrics,
    store: Store,
    options: PolicyOptions,
    folder: TempDir,
    _database: TestDatabase,
}

/// A plugin's file, as built.
fn built(plugin: &str) -> PathBuf {
    let folder = std::env::var_os("NATTER_TEST_PLUGINS").unwrap_or_else(|| {
        panic!("NATTER_TEST_PLUGINS is not set. `cargo xtask test --only unit` builds the plugins and sets it")
    });
    Path::new(&folder).join(format!("{plugin}.wasm"))
}

fn options(folder: &Path) -> PolicyOptions {
    PolicyOptions {
        folder: folder.join("plugins"),
        private_folder: folder.join("private"),
        threads: 2,
        settle: Duration::from_millis(20),
        deadline: Duration::from_millis(50),
        chain_budget: Duration::from_millis(200),
        instance_wait: Duration::from_millis(50),
        instances: 4,
        memory_bytes: 64 << 20,
        body_bytes: 64 << 10,
        after_queue_events: 64,
        breaker: BreakerOptions {
            failures: 5,
            window: Duration::from_secs(10),
            pause: Duration::from_secs(30),
        },
        kv: KvLimits {
            keys: 100,
            bytes: 1 << 20,
        },
        record: RecordDecisions::All,
        record_days: 30,
    }
}

impl Site {
    async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    async fn start_with(change: impl FnOnce(&mut PolicyOptions)) -> Self {
        let database = TestDatabase::create(Kind::Sqlite).await;
        let folder = tempfile::tempdir().unwrap();
        let store = database.open().await;
        let mut options = options(folder.path());
        change(&mut options);
        let metrics = Metrics::new();
        let started = start(&store, &metrics, &options).await;
        Self {
            policies: started.policies,
            tasks: Some(started.tasks),
            effects: started.effects,
            metrics,
            store,
            options,
            folder,
            _database: database,
        }
    }

    /// Stops and starts on the same folder and database.
    async fn restart(&mut self) {
        self.stop().await;
        self.begin().await;
    }

    /// Starts again after it was stopped.
    async fn begin(&mut self) {
        let started = start(&self.store, &self.metrics, &self.options).await;
        self.policies = started.policies;
        self.tasks = Some(started.tasks);
        self.effects = started.effects;
    }

    /// As an admin.
    async fn change(&self, plugin: &str, change: Change) -> Result<(), ChangeError> {
        let admin = match self.store.account_by_name("admin").await.unwrap() {
            Some(admin) => admin,
            None => {
                let admin = NewUser {
                    user_id: UserId::generate(),
                    username: "admin".to_owned(),
                    display_name: String::new(),
                    password_hash: String::new(),
                    status: AccountStatus::Active,
                    role: UserRole::Admin,
                    created_at: Timestamp::now(),
                };
                self.store.create_bot(&admin).await.unwrap();
                self.store.account(admin.user_id).await.unwrap().unwrap()
            }
        };
        self.policies.change(&admin, plugin, change).await
    }

    async fn stop(&mut self) {
        let tasks = self.tasks.take().unwrap();
        tasks.stop(Duration::from_secs(5)).await;
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join("plugins").join(file)
    }

    /// Puts a built plugin into the folder, whole at once.
    fn drop_in(&self, plugin: &str, name: &str) {
        self.write(
            &format!("{name}.wasm"),
            &std::fs::read(built(plugin)).unwrap(),
        );
    }

    fn write(&self, file: &str, content: &[u8]) {
        let part = self.path("incoming.part");
        std::fs::write(&part, content).unwrap();
        std::fs::rename(&part, self.path(file)).unwrap();
    }

    /// Puts a built plugin with settings into the folder and waits until it is active.
    async fn install(&self, plugin: &str, name: &str, settings: &str) {
        let before = self.status(name).map_or(0, |it| it.generation);
        self.write(&format!("{name}.toml"), settings.as_bytes());
        self.drop_in(plugin, name);
        self.until(name, |it| it.generation > before).await;
    }

    fn status(&self, name: &str) -> Option<PluginStatus> {
        let statuses = self.policies.statuses();
        statuses.into_iter().find(|it| &*it.name == name)
    }

    /// Waits until the plugin is so, and answers how it is.
    async fn until(&self, name: &str, is: impl Fn(&PluginStatus) -> bool) -> PluginStatus {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let status = self.status(name);
            match status {
                Some(status) if is(&status) => return status,
                status if Instant::now() > deadline => {
                    panic!("{name} is not as expected: {status:?}")
                }
                _ => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    }

    /// Waits until there is no such plugin any more.
    async fn until_gone(&self, name: &str) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while let Some(status) = self.status(name) {
            assert!(
                Instant::now() < deadline,
                "{name} is still there: {status:?}"
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until the metrics say something.
    async fn until_metric(&self, words: &str) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !self.metrics.render().contains(words) {
            assert!(Instant::now() < deadline, "the metrics do not say {words}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn until_state(&self, name: &str, state: PluginState) -> PluginStatus {
        self.until(name, |it| it.state == state).await
    }

    /// As a client does: where there is too much to do, it tries again.
    async fn judge(&self, body: &str) -> Decision {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            match self.policies.before_message(&message(body)).await {
                Ok(decision) => return decision,
                Err(overloaded) if Instant::now() > deadline => panic!("{body}: {overloaded}"),
                Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
    }

    /// The reason of a rejection.
    async fn reason(&self, body: &str) -> String {
        match self.judge(body).await.verdict {
            Verdict::Reject(rejection) => rejection.reason,
            other => panic!("{body}: {other:?}"),
        }
    }

    /// Waits for an effect of hooks that nobody waits for.
    async fn wait_for(&mut self, kind: &str, text: &str) {
        loop {
            let received = tokio::time::timeout(Duration::from_secs(10), self.effects.recv()).await;
            let effect = received.unwrap().unwrap().effect;
            if effect.kind == kind && effect.attrs.iter().any(|attr| attr.value == text) {
                return;
            }
        }
    }

    /// Reads the kept decisions once so many are there.
    async fn decisions(&self, count: usize) -> Vec<crate::model::policy::DecisionRecord> {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let now = crate::model::Cursor::LAST;
            let decisions = self.policies.decisions(None, now, 1_000).await.unwrap();
            if decisions.len() >= count || Instant::now() > deadline {
                return decisions;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn start(store: &Store, metrics: &Metrics, options: &PolicyOptions) -> Started {
    Policies::start(store.clone(), metrics.policy.clone(), options.clone())
        .await
        .unwrap()
}

fn message(body: &str) -> PolicyMessage {
    PolicyMessage {
        change: MessageChange::Send,
        message_id: MessageId::generate(),
        room_id: Some(RoomId::generate()),
        room_kind: RoomKind::Group,
        sender_id: UserId::generate(),
        sender_role: MemberRole::Member,
        account_role: UserRole::Member,
        recipient_id: None,
        body: body.to_owned(),
        previous_body: None,
        reply_to: None,
        at: Timestamp::now(),
        attrs: Vec::new(),
    }
}

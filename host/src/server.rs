//! The only place that constructs things: start-up and shutdown order.

use std::{
    net::SocketAddr,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    accounts::{self, AccountOptions, Accounts, PasswordLimits, TokenOptions},
    chat::{Chat, ChatLimits, ChatTasks, WriterLimits},
    config::{Config, RegistrationMode, SqliteDurability},
    delivery::{Delivery, MailboxLimits},
    gateway::{
        observe,
        origin::{self, Origins},
        rest::{self, BodyLimits, RestParts},
        session::{Rate, SessionLimits, Sessions},
        transport::{self, Acceptor, TransportOptions},
    },
    metrics::Metrics,
    store::{DbOptions, Durability, Store},
};

/// Jobs of one transaction of the writer. Chosen, not standard: more gains nothing that was measured.
const WRITER_BATCH_JOBS: usize = 500;
/// Jobs that wait for the writer; beyond it clients are told `overloaded`. Chosen, not standard.
const WRITER_QUEUE_JOBS: usize = 16_384;

/// A server that is up.
#[derive(Debug)]
pub struct Running {
    /// Where it can be reached.
    pub url: String,
    /// Makes the first admin; there until one is made.
    pub setup_token: Option<String>,
    store: Store,
    delivery: Arc<Delivery>,
    chat_tasks: ChatTasks,
    draining: CancellationToken,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
    shutdown: Duration,
    reconnect_spread: Duration,
}

/// Starts the server.
///
/// # Errors
/// The data folder, the database or the address cannot be used.
pub async fn start(config: Config) -> anyhow::Result<Running> {
    make_private(&config.server.data_dir)?;
    let store = Store::open(&db_options(&config)).await?;
    let metrics = Arc::new(Metrics::new());
    let delivery = Delivery::new(MailboxLimits {
        events: config.limits.mailbox_events,
        bytes: config.limits.mailbox_bytes,
    });
    let accounts = Accounts::open(
        store.clone(),
        Arc::clone(&delivery),
        account_options(&config),
    )
    .await?;
    let (chat, chat_tasks) = Chat::start(
        store.clone(),
        Arc::clone(&delivery),
        Arc::clone(&metrics),
        chat_limits(&config),
    );
    let sessions = Sessions::new(
        Arc::clone(&accounts),
        Arc::clone(&chat),
        Arc::clone(&delivery),
        Arc::clone(&metrics),
        session_limits(&config),
    );
    let stop = CancellationToken::new();
    let listener = TcpListener::bind(config.server.listen)
        .await
        .with_context(|| format!("cannot listen on {}", config.server.listen))?;
    let address: SocketAddr = listener.local_addr()?;
    let run = move |transport, peer| Arc::clone(&sessions).run(transport, peer);
    let draining = CancellationToken::new();
    let request_timeout = Duration::from_secs(config.limits.request_timeout_s);
    let rest = rest::routes(&RestParts {
        accounts: Arc::clone(&accounts),
        chat,
        draining: draining.clone(),
        metrics: Arc::clone(&metrics),
        body_limits: BodyLimits {
            bytes: config.limits.http_body_bytes,
            timeout: request_timeout,
        },
    });
    let mut origins = config.server.allowed_origins.clone();
    origins.extend(config.server.public_url.clone());
    let sockets = transport::routes(Arc::new(transport_options(&config)), run);
    let origins = Origins { allowed: origins };
    let sockets = origin::guarded(sockets, origins.clone());
    let routes = observe::around(rest.merge(sockets), origins, metrics);
    let acceptor = Acceptor::new(listener)
        .with_send_buffer(config.limits.socket_send_buffer_bytes)
        .with_max_connections(config.limits.max_connections);
    let stopped = stop.clone().cancelled_owned();
    let serving = transport::serve(acceptor, routes, request_timeout, stopped);
    let setup_token = accounts.setup_token();
    let tasks = vec![
        tokio::spawn(serving),
        tokio::spawn({
            let stop = stop.clone();
            async move { accounts.keep_house(stop).await }
        }),
    ];
    Ok(Running {
        url: config
            .server
            .public_url
            .clone()
            .unwrap_or_else(|| format!("http://{address}")),
        setup_token,
        store,
        delivery,
        chat_tasks,
        draining,
        stop,
        tasks,
        shutdown: Duration::from_secs(config.server.shutdown_timeout_s),
        reconnect_spread: Duration::from_millis(config.server.reconnect_spread_ms),
    })
}

impl Running {
    /// Stops in order, within the configured time: clients are told, what waits to be written is committed and
    /// acknowledged, sockets close, the database closes.
    pub async fn stop(self) {
        let deadline = Instant::now() + self.shutdown;
        let left = || deadline.saturating_duration_since(Instant::now());
        self.draining.cancel();
        // Refuses new writes and finishes those that wait; their acks go out before the sessions close.
        if self.chat_tasks.stop(left()).await.is_err() {
            tracing::warn!("writes were not finished in time; none of them was acknowledged");
        }
        self.delivery.drain(self.reconnect_spread);
        self.stop.cancel();
        for task in self.tasks {
            if tokio::time::timeout(left(), task).await.is_err() {
                tracing::warn!(
                    "connections were still open at the end of the shutdown time and are cut"
                );
            }
        }
        self.store.close().await;
    }
}

/// Only brings the database's schema up to date, and answers the versions before and after.
///
/// # Errors
/// The database cannot be opened, or a newer Natter has migrated it.
pub async fn migrate(config: &Config) -> anyhow::Result<(i64, i64)> {
    let change = Store::migrate(&db_options(config)).await?;
    Ok((change.from, change.to))
}

/// Makes the data folder readable for its owner only.
fn make_private(folder: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
    let what = || format!("the data folder {} cannot be used", folder.display());
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(what)?;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).with_context(what)
}

fn db_options(config: &Config) -> DbOptions {
    DbOptions {
        url: config.database_url(),
        read_connections: config.database.read_connections,
        durability: match config.database.sqlite_durability {
            SqliteDurability::Full => Durability::Full,
            SqliteDurability::Normal => Durability::Normal,
        },
    }
}

fn account_options(config: &Config) -> AccountOptions {
    let seconds =
        |count: u64, unit: u64| i64::try_from(count.saturating_mul(unit)).unwrap_or(i64::MAX);
    AccountOptions {
        data_dir: config.server.data_dir.clone(),
        registration_mode: match config.registration.mode {
            RegistrationMode::Open => accounts::RegistrationMode::Open,
            RegistrationMode::Approval => accounts::RegistrationMode::Approval,
            RegistrationMode::Closed => accounts::RegistrationMode::Closed,
        },
        tokens: TokenOptions {
            issuer: config.auth.issuer.clone(),
            audience: config.auth.audience.clone(),
            access_token_seconds: seconds(config.auth.access_token_minutes, 60),
            refresh_token_seconds: seconds(config.auth.refresh_token_days, 86_400),
            leeway_seconds: seconds(config.auth.leeway_s, 1),
            signing_key_days: seconds(config.auth.key_rotation_days, 1),
        },
        passwords: PasswordLimits {
            at_once: config.auth.argon2_concurrency,
            waiting: 32 * config.auth.argon2_concurrency,
        },
    }
}

fn chat_limits(config: &Config) -> ChatLimits {
    ChatLimits {
        body_bytes: config.limits.message_body_bytes,
        writer: WriterLimits {
            batch_jobs: WRITER_BATCH_JOBS,
            queue_jobs: WRITER_QUEUE_JOBS,
            group_members: config.limits.group_members,
        },
    }
}

fn session_limits(config: &Config) -> SessionLimits {
    SessionLimits {
        rate: Rate {
            events_per_second: config.limits.events_per_second,
            burst_events: config.limits.burst_events,
        },
        register_timeout: Duration::from_secs(config.limits.register_timeout_s),
        in_flight: config.limits.in_flight_sends,
        attachment_bytes: config.limits.max_frame_bytes,
        sessions: config.limits.max_sessions,
    }
}

fn transport_options(config: &Config) -> TransportOptions {
    TransportOptions {
        max_frame_bytes: config.limits.max_frame_bytes,
        ping_interval: Duration::from_millis(config.socket.ping_interval_ms),
        ping_timeout: Duration::from_millis(config.socket.ping_timeout_ms),
        max_write_buffer_bytes: config.limits.write_buffer_bytes,
        max_polling_sessions: config.limits.max_sessions,
    }
}

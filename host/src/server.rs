//! The only place that constructs things: start-up and shutdown order.

mod data_dir;
mod options;

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    accounts::Accounts,
    calls::{
        CallParts, CallTasks, Calls,
        worker::{self, MediaWorker},
    },
    chat::{Chat, ChatParts, ChatTasks},
    config::Config,
    delivery::{CloseReason, Delivery},
    effects::Effects,
    gateway::{
        self,
        limits::RequestLimits,
        rest::{BodyLimits, RestParts},
        session::{SessionParts, Sessions},
        transport::{self, Acceptor},
    },
    metrics::Metrics,
    policy::{Policies, PolicyTasks, Started},
    store::Store,
    tls::Certificate,
};
use data_dir::DataDir;
pub use options::{db_options, policy_options};

/// A server that is up.
#[derive(Debug)]
pub struct Running {
    /// Where it can be reached.
    pub url: String,
    /// Of the certificate that the server signed itself: for people to compare.
    pub certificate_sha256: Option<String>,
    /// Makes the first admin; there until one is made.
    pub setup_token: Option<String>,
    data_dir: DataDir,
    store: Store,
    delivery: Arc<Delivery>,
    sessions: Arc<Sessions>,
    chat_tasks: ChatTasks,
    call_tasks: CallTasks,
    policy_tasks: PolicyTasks,
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
    let data_dir = DataDir::open(&config.server.data_dir)?;
    let certificate = options::certificate(&config).map(Certificate::open);
    let certificate = certificate.transpose().context("TLS cannot be used")?;
    let store = Store::open(&db_options(&config)).await?;
    let metrics = Arc::new(Metrics::new());
    count_panics(Arc::clone(&metrics));
    let delivery = Delivery::new(options::mailbox_limits(&config));
    let Started {
        policies,
        tasks: policy_tasks,
        effects,
    } = start_policies(&config, &store, &metrics).await?;
    let accounts = Accounts::open(
        store.clone(),
        Arc::clone(&delivery),
        Arc::clone(&policies),
        options::account_options(&config),
    )
    .await?;
    let parts = ChatParts {
        store: store.clone(),
        delivery: Arc::clone(&delivery),
        metrics: Arc::clone(&metrics),
        policies: Arc::clone(&policies),
    };
    let limits = options::chat_limits(&config);
    let (chat, chat_tasks) = Chat::start(parts.clone(), limits).await?;
    let (calls, call_tasks) = start_calls(&config, &chat, parts).await?;
    let parts = SessionParts {
        accounts: Arc::clone(&accounts),
        chat: Arc::clone(&chat),
        calls: Arc::clone(&calls),
        delivery: Arc::clone(&delivery),
        metrics: Arc::clone(&metrics),
    };
    let sessions = Sessions::new(parts, options::session_limits(&config));
    let stop = CancellationToken::new();
    let carrying_out = Effects {
        accounts: Arc::clone(&accounts),
        chat: Arc::clone(&chat),
    };
    let effects_task = tokio::spawn(carrying_out.clone().run(effects, stop.clone()));
    let (acceptor, address) = listen(&config, certificate.as_ref()).await?;
    let draining = CancellationToken::new();
    let request_timeout = Duration::from_secs(config.limits.request_timeout_s);
    let limits = RequestLimits::new(options::limit_options(&config), Arc::clone(&metrics));
    let rest = RestParts {
        accounts: Arc::clone(&accounts),
        chat,
        calls,
        policies,
        effects: carrying_out,
        draining: draining.clone(),
        metrics,
        body_limits: BodyLimits {
            bytes: config.limits.http_body_bytes,
            timeout: request_timeout,
        },
        limits,
        upload_bytes: config.policies.upload_bytes,
    };
    let routes = gateway::routes(
        &rest,
        &sessions,
        options::transport_options(&config),
        options::origins(&config),
        options::hsts(&config),
    );
    let stopped = stop.clone().cancelled_owned();
    let serving = transport::serve(acceptor, routes, request_timeout, stopped);
    let setup_token = accounts.setup_token();
    let fingerprint = certificate.as_ref().map(Certificate::fingerprint);
    let mut tasks = vec![
        effects_task,
        tokio::spawn(serving),
        tokio::spawn(keep_house(accounts, stop.clone())),
    ];
    if let Some(certificate) = certificate {
        tasks.push(tokio::spawn(certificate.keep_up(stop.clone())));
    }
    Ok(Running {
        url: announce(&config, address),
        certificate_sha256: fingerprint.filter(|_| config.tls.self_signed),
        setup_token,
        data_dir,
        store,
        delivery,
        sessions,
        chat_tasks,
        call_tasks,
        policy_tasks,
        draining,
        stop,
        tasks,
        shutdown: Duration::from_secs(config.server.shutdown_timeout_s),
        reconnect_spread: Duration::from_millis(config.server.reconnect_spread_ms),
    })
}

/// Listens where and as the settings say; the address that it became.
async fn listen(
    config: &Config,
    certificate: Option<&Certificate>,
) -> anyhow::Result<(Acceptor, SocketAddr)> {
    let listener = TcpListener::bind(config.server.listen)
        .await
        .with_context(|| format!("cannot listen on {}", config.server.listen))?;
    let address = listener.local_addr()?;
    let acceptor = Acceptor::new(listener)
        .with_send_buffer(config.limits.socket_send_buffer_bytes)
        .with_max_connections(config.limits.max_connections, config.trusted_proxies());
    let acceptor = match certificate {
        Some(certificate) => acceptor.with_tls(certificate.server_config()?),
        None => acceptor,
    };
    Ok((acceptor, address))
}

impl Running {
    /// Stops in order, within the configured time: clients are told, calls end, what waits to be written is
    /// committed and acknowledged, sockets close, the database closes.
    pub async fn stop(self) {
        tracing::info!("stopping");
        let deadline = Instant::now() + self.shutdown;
        let left = || deadline.saturating_duration_since(Instant::now());
        self.draining.cancel();
        self.delivery.announce_stop(self.reconnect_spread);
        if self.call_tasks.stop(left() / 4).await.is_err() {
            tracing::warn!("missed calls get their messages at the next start");
        }
        // Half of the time at most, so that a stuck database leaves some for closing the sockets.
        if self.chat_tasks.stop(left() / 2).await.is_err() {
            tracing::warn!("writes were not finished in time; none of them was acknowledged");
        }
        self.stop.cancel();
        self.delivery.close_everybody(CloseReason::Draining);
        let ends = async {
            self.sessions.wait_closed().await;
            for task in self.tasks {
                if let Err(error) = task.await {
                    tracing::error!(%error, "a task ended badly");
                }
            }
        };
        if tokio::time::timeout(left(), ends).await.is_err() {
            tracing::warn!("connections were open at the end of the shutdown time and are cut");
        }
        self.policy_tasks
            .stop(left().max(Duration::from_secs(1)))
            .await;
        self.store.close().await;
        // Only now may another server have the folder.
        drop(self.data_dir);
        tracing::info!("stopped");
    }
}

/// Only brings the database's schema up to date, and answers the versions before and after.
///
/// # Errors
/// The database cannot be opened, or a newer Natter has migrated it.
pub async fn migrate(config: &Config) -> anyhow::Result<(i64, i64)> {
    let _data_dir = DataDir::open(&config.server.data_dir)?;
    let change = Store::migrate(&db_options(config)).await?;
    Ok((change.from, change.to))
}

async fn keep_house(accounts: Arc<Accounts>, stop: CancellationToken) {
    accounts.keep_house(stop).await;
}

/// Tells the log where the server is; its URL.
fn announce(config: &Config, address: SocketAddr) -> String {
    let url = config.public_url(address);
    options::warn_of_plain_http(&url);
    tracing::info!(%address, "serving");
    url
}

async fn start_calls(
    config: &Config,
    chat: &Arc<Chat>,
    parts: ChatParts,
) -> anyhow::Result<(Arc<Calls>, CallTasks)> {
    let media = start_media(config)?;
    let parts = CallParts {
        store: parts.store,
        chat: Arc::clone(chat),
        delivery: parts.delivery,
        policies: parts.policies,
        metrics: parts.metrics.calls.clone(),
        media: media.worker,
        media_events: media.events,
    };
    Ok(Calls::start(parts, options::call_options(config)).await?)
}

fn start_media(config: &Config) -> anyhow::Result<worker::Started> {
    let options = options::media_options(config)?;
    let started = MediaWorker::start(&options).with_context(|| {
        let (udp, tcp) = (config.media.udp_port, config.media.tcp_port);
        format!("cannot open media.udp_port = {udp} and media.tcp_port = {tcp}")
    })?;
    tracing::info!(udp_port = started.udp_port, "carrying media");
    if options.is_private() {
        tracing::warn!(
            advertised = ?options.advertised,
            "people outside of this network cannot call: all advertised addresses are private (media.advertised_addresses)"
        );
    }
    Ok(started)
}

async fn start_policies(
    config: &Config,
    store: &Store,
    metrics: &Metrics,
) -> anyhow::Result<Started> {
    let options = policy_options(config);
    Policies::start(store.clone(), metrics.policy.clone(), options).await
}

/// Counts every panic of the process from here on; what the hook did before, it still does.
fn count_panics(metrics: Arc<Metrics>) {
    let earlier_hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        metrics.panics.inc();
        earlier_hook(panic);
    }));
}

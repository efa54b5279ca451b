//! The only place that constructs things: start-up and shutdown order.

use std::net::SocketAddr;

use axum::{Router, routing::get};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use crate::{
    config::{Config, SqliteDurability},
    store::{DbOptions, Durability, Store},
};

/// A server that is up.
#[derive(Debug)]
pub struct Running {
    /// Where it can be reached.
    pub url: String,
    /// Makes the first admin; there until one is made.
    pub setup_token: Option<String>,
    store: Store,
    stop: oneshot::Sender<()>,
    listener: JoinHandle<std::io::Result<()>>,
}

/// Starts the server.
///
/// # Errors
/// The database cannot be opened or the address cannot be listened on.
pub async fn start(config: Config) -> anyhow::Result<Running> {
    let store = Store::open(&db_options(&config)).await?;
    let listener = TcpListener::bind(config.server.listen).await?;
    let address: SocketAddr = listener.local_addr()?;
    let (stop, stopped) = oneshot::channel::<()>();
    let routes = Router::new().route("/healthz", get(|| async { "ok" }));
    let serving = axum::serve(listener, routes).with_graceful_shutdown(async move {
        // An error is a dropped sender: also a reason to stop.
        drop(stopped.await);
    });
    Ok(Running {
        url: config
            .server
            .public_url
            .unwrap_or_else(|| format!("http://{address}")),
        setup_token: None,
        store,
        stop,
        listener: tokio::spawn(serving.into_future()),
    })
}

impl Running {
    /// Finishes what runs and closes.
    pub async fn stop(self) {
        drop(self.stop);
        drop(self.listener.await);
        self.store.close().await;
    }
}

/// How the database is to be opened.
#[must_use]
pub fn db_options(config: &Config) -> DbOptions {
    DbOptions {
        url: config.database_url(),
        read_connections: config.database.read_connections,
        durability: match config.database.sqlite_durability {
            SqliteDurability::Full => Durability::Full,
            SqliteDurability::Normal => Durability::Normal,
        },
    }
}

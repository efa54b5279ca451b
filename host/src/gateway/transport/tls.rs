//! TLS handshakes, bounded in time.
//!
//! Rule: who connects and does not finish the handshake costs a connection for a few seconds. How many of one address may is told by
//! `silent`.

use std::{io, sync::Arc, time::Duration};

use rustls::ServerConfig;
use tokio::time::timeout;
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::Connection;

/// How long a handshake may take. Chosen, not standard: several round trips of a bad network.
const LIMIT: Duration = Duration::from_secs(10);

/// Makes connections safe.
#[derive(Clone)]
pub(super) struct Tls {
    acceptor: TlsAcceptor,
}

impl Tls {
    /// With this certificate.
    pub(super) fn new(config: Arc<ServerConfig>) -> Self {
        Self {
            acceptor: TlsAcceptor::from(config),
        }
    }

    /// The connection, once both sides agree.
    ///
    /// # Errors
    /// The client speaks no TLS that we know, or went away, or it took too long.
    pub(super) async fn handshake(
        &self,
        connection: Connection,
    ) -> io::Result<TlsStream<Connection>> {
        timeout(LIMIT, self.acceptor.accept(connection))
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

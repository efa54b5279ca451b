//! TLS handshakes, bounded in time and number.
//!
//! Rule: who connects and does not finish the handshake costs a place among those for a few seconds, and nothing else.

use std::{io, sync::Arc, time::Duration};

use rustls::ServerConfig;
use tokio::{sync::Semaphore, time::timeout};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::Connection;

/// How long a handshake may take, and the wait for a place. Chosen, not standard: several round trips of a bad network.
const LIMIT: Duration = Duration::from_secs(10);

/// Makes connections safe.
#[derive(Clone)]
pub(super) struct Tls {
    acceptor: TlsAcceptor,
    places: Arc<Semaphore>,
}

impl Tls {
    /// At most so many handshakes at a time.
    pub(super) fn new(config: Arc<ServerConfig>, at_once: usize) -> Self {
        Self {
            acceptor: TlsAcceptor::from(config),
            places: Arc::new(Semaphore::new(at_once)),
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
        let handshake = async {
            let place = self.places.acquire().await;
            let _place = place.expect("Invariant: the semaphore is never closed");
            self.acceptor.accept(connection).await
        };
        timeout(LIMIT, handshake)
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

//! Serves HTTP on what an [`Acceptor`] accepts.
//!
//! Rule: no connection stays without saying something. Its first request's head, and each next one's, must be there
//! within a time limit, so a half-open connection and one that idles are both closed.
//!
//! Instead of `axum::serve`, which has no such limit. Not here: bodies (whoever reads one limits its time), and sockets (they
//! have their heartbeat).

use std::convert::Infallible;
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::{Acceptor, Connection, Peer, silent::SilentPlace, tls::Tls};

/// Serves until `stop`, then until the requests under way are answered. Connections that became sockets are not waited for.
pub async fn serve(
    mut acceptor: Acceptor,
    routes: Router,
    head_timeout: Duration,
    stop: impl Future<Output = ()> + Send,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(head_timeout);
    let stopping = CancellationToken::new();
    let tls = acceptor.tls();
    // Each connection's task holds a receiver while it runs.
    let (running, held) = watch::channel(());
    let mut stop = pin!(stop);
    loop {
        let (connection, peer, silent) = tokio::select! {
            accepted = acceptor.accept() => accepted,
            () = &mut stop => break,
        };
        let serving = Serving {
            http: http.clone(),
            routes: routes.clone(),
            peer,
            silent,
            stopping: stopping.clone(),
        };
        let (tls, held) = (tls.clone(), held.clone());
        tokio::spawn(async move {
            serving.connection(connection, tls).await;
            drop(held);
        });
    }
    drop((acceptor, held));
    stopping.cancel();
    running.closed().await;
}

/// What one connection is served with.
struct Serving {
    http: http1::Builder,
    routes: Router,
    peer: Peer,
    silent: SilentPlace,
    stopping: CancellationToken,
}

impl Serving {
    async fn connection(self, connection: Connection, tls: Option<Tls>) {
        let Some(tls) = tls else {
            return self.http(connection).await;
        };
        let handshake = tls.handshake(connection);
        match self.stopping.run_until_cancelled(handshake).await {
            Some(Ok(stream)) => self.http(stream).await,
            Some(Err(error)) => tracing::trace!(%error, "a handshake failed"),
            None => {}
        }
    }

    async fn http(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let service = service(self.routes, self.peer, self.silent);
        let serving = self.http.serve_connection(TokioIo::new(stream), service);
        let mut serving = pin!(serving.with_upgrades());
        let ended = tokio::select! {
            ended = &mut serving => ended,
            () = self.stopping.cancelled() => {
                serving.as_mut().graceful_shutdown();
                serving.await
            }
        };
        if let Err(error) = ended {
            tracing::trace!(%error, "a connection ended");
        }
    }
}

/// The routes for one connection; they may ask who is at its other end.
fn service(
    routes: Router,
    peer: Peer,
    silent: SilentPlace,
) -> impl HttpService<Incoming, ResBody = Body, Error = Infallible, Future: Send> {
    let silent = Mutex::new(Some(silent));
    service_fn(move |request: hyper::Request<Incoming>| {
        // It has asked for something.
        drop(silent.lock().unwrap_or_else(PoisonError::into_inner).take());
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer.clone()));
        routes.clone().oneshot(request)
    })
}

//! The routes under which clients connect.
//!
//! Rule: a request that is no session yet costs nothing that outlives it.

use std::sync::Arc;

use axum::Router;
use axum::extract::ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection};
use axum::extract::{ConnectInfo, Query, State};
use axum::response::Response;
use axum::routing::any;

use super::engine::{self, EngineWs, Refusal, Registry, Request};
use super::{Peer, Raw, Transport, TransportOptions, socket};

/// The two ways in: `/ws` and `/socket.io/`.
///
/// Each session runs `session` on a task of its own, which ends with it. Serve the router with
/// [`super::serve()`].
pub fn routes<S, F>(options: Arc<TransportOptions>, session: S) -> Router
where
    S: Fn(Transport, Peer) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    raw_websocket("/ws", Arc::clone(&options), session.clone()).merge(engine_io(
        "/socket.io/",
        options,
        session,
    ))
}

/// A route for plain WebSockets.
pub fn raw_websocket<S, F>(path: &str, options: Arc<TransportOptions>, session: S) -> Router
where
    S: Fn(Transport, Peer) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    Router::new()
        .route(path, any(open_raw::<S, F>))
        .with_state(Mount { options, session })
}

/// A route for Engine.IO, over every transport.
pub fn engine_io<S, F>(path: &str, options: Arc<TransportOptions>, session: S) -> Router
where
    S: Fn(Transport, Peer) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let registry = Registry::new(options.max_polling_sessions);
    let mount = EngineMount {
        mount: Mount { options, session },
        registry,
    };
    Router::new()
        .route(path, any(engine_request::<S, F>))
        .with_state(mount)
}

/// What a route needs.
#[derive(Clone)]
struct Mount<S> {
    options: Arc<TransportOptions>,
    session: S,
}

/// What the Engine.IO route needs.
#[derive(Clone)]
struct EngineMount<S> {
    mount: Mount<S>,
    registry: Arc<Registry>,
}

type Upgrade = Result<WebSocketUpgrade, WebSocketUpgradeRejection>;

async fn open_raw<S, F>(
    State(mount): State<Mount<S>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    upgrade: WebSocketUpgrade,
) -> Response
where
    S: Fn(Transport, Peer) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    socket::limit(upgrade, &mount.options).on_upgrade(move |socket| {
        let transport = Raw::new(socket, peer.clone(), &mount.options);
        (mount.session)(Transport::Raw(transport), peer)
    })
}

async fn engine_request<S, F>(
    State(EngineMount { mount, registry }): State<EngineMount<S>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Query(query): Query<engine::Query>,
    upgrade: Upgrade,
    request: axum::extract::Request,
) -> Result<Response, Refusal>
where
    S: Fn(Transport, Peer) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    match Request::parse(request.method(), query)? {
        Request::OpenWs => open_engine_ws(mount, peer, upgrade),
        Request::OpenPolling => {
            let (transport, answer) = engine::open(&registry, &mount.options)?;
            tokio::spawn((mount.session)(Transport::EnginePolling(transport), peer));
            Ok(answer)
        }
        Request::Poll(sid) => engine::poll(registry.find(&sid)?).await,
        Request::Post(sid) => {
            engine::post(registry.find(&sid)?, request.into_body(), &mount.options).await
        }
        Request::Upgrade(sid) => {
            let session = registry.find(&sid)?;
            let upgrade = upgrade.map_err(|_| Refusal::BadRequest)?;
            Ok(engine::upgrade(session, upgrade, peer, &mount.options))
        }
    }
}

fn open_engine_ws<S, F>(mount: Mount<S>, peer: Peer, upgrade: Upgrade) -> Result<Response, Refusal>
where
    S: Fn(Transport, Peer) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let upgrade = upgrade.map_err(|_| Refusal::BadRequest)?;
    let response = socket::limit(upgrade, &mount.options).on_upgrade(move |socket| async move {
        // Fails only if the connection broke already; then there is no session.
        if let Ok(transport) = EngineWs::open(socket, peer.clone(), &mount.options) {
            (mount.session)(Transport::EngineWs(transport), peer).await;
        }
    });
    Ok(response)
}

//! The edge: the only module that knows HTTP, WebSocket, Socket.IO and JSON.
//!
//! Rule: what a client sent is parsed once, here; inside, a value cannot be wrong.
//!
//! Not here: what an event means (`chat`, `accounts`), who hears of it (`delivery`).

#[cfg(debug_assertions)]
mod demo;
mod error;
mod error_code;
#[cfg(fuzzing)]
pub mod fuzzing;
mod json;
pub mod limits;
pub mod observe;
pub mod origin;
pub mod rest;
pub mod session;
pub mod socketio;
pub mod transport;
pub mod web_client;

use std::sync::Arc;

use axum::{Router, middleware::from_fn_with_state};

use error::ApiError;
pub use observe::Hsts;
use origin::Origins;
use rest::RestParts;
use session::Sessions;
use transport::TransportOptions;

/// Every route of the server: REST, sockets and pages, with the layers around them.
pub fn routes(
    rest: &RestParts,
    sessions: &Arc<Sessions>,
    transport: TransportOptions,
    origins: Origins,
    hsts: Hsts,
) -> Router {
    let sessions = Arc::clone(sessions);
    let run = move |transport, peer| Arc::clone(&sessions).run(transport, peer);
    let sockets = transport::routes(Arc::new(transport), run);
    let routes = rest::routes(rest)
        .merge(origin::guarded(sockets, origins.clone()))
        .merge(web_client::routes());
    #[cfg(debug_assertions)]
    let routes = routes.merge(demo::routes());
    let routes = routes.layer(from_fn_with_state(
        Arc::clone(&rest.limits),
        limits::charge_address,
    ));
    observe::around(routes, origins, hsts, Arc::clone(&rest.metrics))
}

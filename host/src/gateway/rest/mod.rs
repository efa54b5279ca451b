//! The REST interface: routes by topic, and the OpenAPI description made from their handlers.
//!
//! Rule: a handler reads, asks one module once, and writes; it decides nothing.
//!
//! Not here: what clients hear of errors (`gateway::error`), the layers around all routes
//! (`gateway::observe`), the sockets (`gateway::transport`).

mod admin;
mod auth;
mod bans;
mod blocks;
mod caller;
mod calls;
mod devices;
mod export;
mod extract;
mod guesser;
mod held;
mod invites;
mod me;
mod messages;
mod mutes;
mod openapi;
mod ops;
mod overview;
mod own_data;
mod passwords;
mod people;
mod plugin_changes;
mod plugins;
mod privacy;
mod reports;
mod rooms;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::{
    Extension, Router,
    extract::{DefaultBodyLimit, FromRef},
    http::StatusCode,
};
use tokio_util::sync::CancellationToken;
use utoipa_axum::router::OpenApiRouter;

use crate::{
    accounts::Accounts,
    calls::Calls,
    chat::Chat,
    effects::Effects,
    gateway::{ApiError, limits::RequestLimits},
    metrics::Metrics,
    policy::Policies,
};
pub use extract::BodyLimits;

/// What the routes work with.
#[derive(Clone, Debug)]
pub struct RestParts {
    /// People.
    pub accounts: Arc<Accounts>,
    /// Rooms and messages.
    pub chat: Arc<Chat>,
    /// Calls.
    pub calls: Arc<Calls>,
    /// The policies of this server.
    pub policies: Arc<Policies>,
    /// Carries out what an admin's click brings about.
    pub effects: Effects,
    /// Cancelled as soon as the server begins to stop.
    pub draining: CancellationToken,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// What a request's body may have.
    pub body_limits: BodyLimits,
    /// How much a client may ask.
    pub limits: Arc<RequestLimits>,
    /// The largest component that admins may upload; 0: none.
    pub upload_bytes: usize,
}

/// What routes about rooms work with.
#[derive(Clone)]
struct Rooms {
    accounts: Arc<Accounts>,
    chat: Arc<Chat>,
}

impl FromRef<Rooms> for Arc<Accounts> {
    fn from_ref(rooms: &Rooms) -> Self {
        Self::clone(&rooms.accounts)
    }
}

/// All REST routes. Put `observe::around` around them. A path that is none of them answers `not_found` here.
pub fn routes(parts: &RestParts) -> Router {
    let (api, description) = handlers(parts).split_for_parts();
    let all = api
        .merge(openapi::pages(openapi::with_refusals(description)))
        // Not left to the default, which would not survive a merge with another router.
        .fallback(async || ApiError::of_status(StatusCode::NOT_FOUND));
    all.layer(Extension(parts.body_limits))
        .layer(Extension(Arc::clone(&parts.limits)))
        .layer(DefaultBodyLimit::max(parts.body_limits.bytes))
}

fn handlers(parts: &RestParts) -> OpenApiRouter {
    let accounts = || Arc::clone(&parts.accounts);
    let rooms = || Rooms {
        accounts: Arc::clone(&parts.accounts),
        chat: Arc::clone(&parts.chat),
    };
    let plugins = || plugins::Plugins {
        accounts: Arc::clone(&parts.accounts),
        policies: Arc::clone(&parts.policies),
        effects: parts.effects.clone(),
        upload_bytes: parts.upload_bytes,
    };
    OpenApiRouter::with_openapi(openapi::base())
        .merge(auth::routes(accounts()))
        .merge(me::routes(accounts()))
        .merge(devices::routes(accounts()))
        .merge(passwords::routes(accounts()))
        .merge(own_data::routes(rooms()))
        .merge(people::routes(accounts()))
        .merge(rooms::routes(rooms()))
        .merge(bans::routes(rooms()))
        .merge(messages::routes(rooms()))
        .merge(blocks::routes(rooms()))
        .merge(privacy::routes(rooms()))
        .merge(reports::routes(rooms()))
        .merge(calls::routes(parts))
        .merge(admin::routes(accounts()))
        .merge(invites::routes(accounts()))
        .merge(held::routes(rooms()))
        .merge(overview::routes(parts))
        .merge(mutes::routes(rooms()))
        .merge(plugins::routes(plugins()))
        .merge(plugin_changes::routes(plugins(), parts.body_limits))
        .merge(ops::routes(parts))
}

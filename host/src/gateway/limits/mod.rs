//! How much one client may ask: each account, each address, each wrong password.
//!
//! Rule: every request pays its route's price from the bucket of its address, and once it is known whose it is, from the
//! account's too. Memory is bounded (`table`). Addresses are counted and never logged or stored.
//!
//! Not here: what a live session may send (`session::rate`), sizes and times (`transport`, `rest::extract`).

mod bucket;
mod client;
mod login;
mod table;

use std::{sync::Arc, time::Instant};

use axum::{
    extract::{ConnectInfo, MatchedPath, Request, State},
    http::{Method, request::Parts},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

pub use bucket::Rate;
pub(in crate::gateway) use bucket::{Bucket, retry_after_ms};
pub(in crate::gateway) use client::ClientAddress;
pub use client::{Proxies, ProxyHeader};

use super::{ApiError, transport::Peer};
use crate::{metrics::Metrics, model::UserId};
use login::{Attempt, Logins};
use table::Buckets;

/// Polls that one address may make for each ordinary request. Chosen, not standard: people behind one address who all poll.
const POLLS: f64 = 10.0;

/// Keys that each table remembers; less than 10 MB in all. Chosen, not standard.
const TABLE_CAPACITY: usize = 65_536;

/// What one client may ask.
#[derive(Clone, Debug)]
pub struct LimitOptions {
    /// Of one account.
    pub account: Rate,
    /// Of one address, with whoever else is behind it.
    pub address: Rate,
    /// Wrong passwords of one address, and of one account.
    pub logins: Rate,
    /// Who may say where requests come from.
    pub proxies: Proxies,
}

/// What was asked lately, and by whom.
#[derive(Debug)]
pub struct RequestLimits {
    accounts: Buckets<UserId>,
    addresses: Buckets<ClientAddress>,
    /// What comes for a session that polls.
    polls: Buckets<ClientAddress>,
    logins: Logins,
    proxies: Proxies,
    metrics: Arc<Metrics>,
}

impl RequestLimits {
    /// Nobody has asked for anything yet.
    #[must_use]
    pub fn new(options: LimitOptions, metrics: Arc<Metrics>) -> Arc<Self> {
        Arc::new(Self {
            accounts: Buckets::new(options.account, TABLE_CAPACITY),
            addresses: Buckets::new(options.address, TABLE_CAPACITY),
            polls: Buckets::new(options.address.times(POLLS), TABLE_CAPACITY),
            logins: Logins::new(options.logins),
            proxies: options.proxies,
            metrics,
        })
    }

    /// The request is known to be this account's.
    pub(super) fn charge_account(&self, user_id: UserId, parts: &Parts) -> Result<(), ApiError> {
        let price = price(&parts.method, parts.extensions.get());
        let taken = self.accounts.take(user_id, price, Instant::now());
        taken.map_err(|wait| self.refuse(wait))
    }

    /// Somebody tries a password.
    pub(super) fn attempt(
        &self,
        address: ClientAddress,
        username: &str,
    ) -> Result<Attempt<'_>, ApiError> {
        let attempt = self.logins.attempt(address, username, Instant::now());
        attempt.map_err(|wait| self.refuse(wait))
    }

    fn refuse(&self, wait: std::time::Duration) -> ApiError {
        self.metrics.rate_limited.inc();
        ApiError::rate_limited(retry_after_ms(wait))
    }
}

/// The layer: charges the client's address, and notes it for who needs it further inside.
pub(super) async fn charge_address(
    State(limits): State<Arc<RequestLimits>>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<ConnectInfo<Peer>>();
    let address = peer.map_or(ClientAddress::UNKNOWN, |ConnectInfo(peer)| {
        limits.proxies.client(peer.addr().ip(), request.headers())
    });
    let (bucket, price) = match names_a_session(&request) {
        true => (&limits.polls, 1),
        false => (
            &limits.addresses,
            price(request.method(), request.extensions().get()),
        ),
    };
    if let Err(wait) = bucket.take(address, price, Instant::now()) {
        return limits.refuse(wait).into_response();
    }
    request.extensions_mut().insert(address);
    next.run(request).await
}

/// The client's address, as the layer noted it.
pub(super) fn address_of(parts: &Parts) -> ClientAddress {
    let noted = parts.extensions.get::<ClientAddress>();
    noted.copied().unwrap_or(ClientAddress::UNKNOWN)
}

/// Polling makes many requests for one session; what they bring is charged there. Whether there is such a session is not known yet.
fn names_a_session(request: &Request) -> bool {
    let query = request.uri().query().unwrap_or_default();
    request.uri().path() == "/socket.io/" && query.split('&').any(|pair| pair.starts_with("sid="))
}

/// What a request costs, in ordinary ones. Chosen by what the server has to do for it.
fn price(method: &Method, route: Option<&MatchedPath>) -> u32 {
    match (method, route.map_or("", MatchedPath::as_str)) {
        // A password is hashed: some tens of milliseconds of a core.
        (
            _,
            "/api/v1/auth/login"
            | "/api/v1/auth/register"
            | "/api/v1/auth/reset"
            | "/api/v1/setup"
            | "/api/v1/me/password"
            | "/api/v1/me/delete",
        )
        | (&Method::PUT, "/api/v1/me/email") => 20,
        // They look at every room, or at many people.
        (_, "/api/v1/sync") | (&Method::GET, "/api/v1/rooms" | "/api/v1/users") => 5,
        (_, "/api/v1/auth/refresh" | "/ws" | "/socket.io/") => 5,
        _ => 1,
    }
}

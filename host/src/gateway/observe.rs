//! The layers around every route: the request's id and span, the shape of errors, security headers, panics.
//!
//! Rule: a log line has method, route, status and time; never a path's values, a query, a header or a body.

use std::{any::Any, sync::Arc, time::Instant};

use axum::{
    Router,
    body::{Body, HttpBody},
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, Response as HttpResponse, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument;
use uuid::Uuid;

use super::{
    ApiError,
    error::error_response,
    origin::{self, Origins},
};
use crate::metrics::{Metrics, StatusClass, StatusLabel};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What browsers may do with our answers. `default-src 'self'` lets the pages that we serve load their own scripts and
/// styles, and connect back to us; nothing inline, nothing from elsewhere, nobody may frame us.
const SECURITY_HEADERS: [(HeaderName, &str); 7] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; object-src 'none'; \
            base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    // Answers hold tokens and private messages.
    (header::CACHE_CONTROL, "no-store"),
    // A page of somebody else's that opened ours, or embeds what is here, gets no hold of it.
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    // For calls; nothing else of what a browser could give.
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=(), usb=()",
    ),
];

/// A year, as is usual. Not for subdomains: they may be somebody else's.
const HSTS: &str = "max-age=31536000";

/// Whether browsers are told to come over TLS only (RFC 6797).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hsts {
    /// They are.
    Insist,
    /// They are not.
    Silent,
}

/// Puts the layers around all routes, the sockets' too; the last is the outermost.
pub fn around(routes: Router, origins: Origins, hsts: Hsts, metrics: Arc<Metrics>) -> Router {
    origin::shared(routes.layer(CatchPanicLayer::custom(panicked)), origins)
        .layer(from_fn_with_state(hsts, secure))
        .layer(from_fn_with_state(metrics, observe))
}

/// Gives the request an id of ours (one that came from outside could forge log lines), runs it in a span of that id,
/// and puts the id into the answer.
async fn observe(State(metrics): State<Arc<Metrics>>, request: Request, next: Next) -> Response {
    let request_id = Uuid::now_v7();
    let route = request.extensions().get::<MatchedPath>();
    let span = tracing::info_span!(
        "request",
        %request_id,
        method = %request.method(),
        route = route.map_or("", MatchedPath::as_str),
    );
    let started = Instant::now();
    let response = next.run(request).instrument(span.clone()).await;
    let mut response = span.in_scope(|| shape(response, request_id));
    let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    span.in_scope(|| tracing::debug!(status = response.status().as_u16(), micros, "answered"));
    let class = StatusClass::from(response.status().as_u16());
    metrics
        .http_requests
        .get_or_create(&StatusLabel { class })
        .inc();
    let id = HeaderValue::from_str(&request_id.to_string())
        .expect("Invariant: a UUID is a valid header value");
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

/// Adds the security headers that the answer does not have itself.
async fn secure(State(hsts): State<Hsts>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if hsts == Hsts::Insist {
        let value = HeaderValue::from_static(HSTS);
        headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
    }
    for (name, value) in SECURITY_HEADERS {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}

/// What the client hears after a panic. The panic hook has written where it was; its text may hold anything.
fn panicked(_: Box<dyn Any + Send + 'static>) -> HttpResponse<Body> {
    ApiError::internal(&"a handler panicked").into_response()
}

/// Puts the request's id into the body of an error, and gives the framework's own refusals the same shape.
fn shape(mut response: Response, request_id: Uuid) -> Response {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let error = match response.extensions_mut().remove::<ApiError>() {
        Some(error) => error,
        None if has_own_body(&response) => return response,
        None => ApiError::of_status(status),
    };
    let mut shaped = error_response(error, Some(request_id));
    // `Allow` and the security headers stay; what describes the former body goes.
    for (name, value) in response.headers() {
        if *name != header::CONTENT_LENGTH && *name != header::CONTENT_TYPE {
            shaped.headers_mut().insert(name.clone(), value.clone());
        }
    }
    shaped
}

/// Whether a handler wrote this answer on purpose, in a format of its own (a metric page, a readiness report).
fn has_own_body(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_json = kind.is_some_and(|it| it.as_bytes().starts_with(b"application/json"));
    is_json && !response.body().is_end_stream()
}

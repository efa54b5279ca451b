//! A page to place calls by hand, `/demo/call`, for who develops Natter or a client of its protocol: the least that a client must do.
//!
//! Rule: no release has it.

use axum::{
    Router,
    http::{HeaderValue, header},
    response::{Html, IntoResponse},
    routing::get,
};

const PAGE: &str = include_str!("demo/call.html");
const SCRIPT: &str = include_str!("demo/call.js");
const PAGE_POLICY: &str =
    "default-src 'none'; script-src 'self'; connect-src 'self'; media-src 'self' blob:";

pub(super) fn routes() -> Router {
    Router::new()
        .route("/demo/call", get(async || page()))
        .route("/demo/call.js", get(async || script()))
}

fn page() -> impl IntoResponse {
    let policy = HeaderValue::from_static(PAGE_POLICY);
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(PAGE))
}

fn script() -> impl IntoResponse {
    let javascript = HeaderValue::from_static("text/javascript; charset=utf-8");
    ([(header::CONTENT_TYPE, javascript)], SCRIPT)
}

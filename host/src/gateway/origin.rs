//! Which web pages may open a socket here, and which may read our answers.
//!
//! Rule: a browser names a page's origin in `Origin` (RFC 6454 §7); it must be ours or one that the settings name. Where we are reached by
//! TLS, a page that came without it is not ours: whoever is in between may have put it there. What is no browser sends none and is let in: a token decides, never the place where somebody stands.
//! Pages of the named origins may read answers, too (CORS, as the Fetch standard has it); without any named one, nobody may.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse as _, Response},
};

use tower_http::cors::{AllowOrigin, CorsLayer};

use super::ApiError;
use crate::guard::Guard;

/// How long a browser may remember a preflight. Chosen, not standard; browsers cap it at two hours or more.
const REMEMBER_FOR: Duration = Duration::from_secs(3600);

/// The origins that may connect besides the one under which we are asked.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    /// As a browser sends them: `https://chat.example`.
    pub allowed: Vec<String>,
    /// Whether we do TLS ourselves, so that none of our pages comes without it.
    pub by_tls_only: bool,
}

impl Origins {
    fn admit(&self, headers: &HeaderMap) -> bool {
        let Some(origin) = headers.get(header::ORIGIN) else {
            return true;
        };
        let Ok(origin) = origin.to_str() else {
            return false;
        };
        let host = headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok());
        let is_ours = origin.split_once("://").zip(host);
        is_ours.is_some_and(|((scheme, place), host)| {
            place.eq_ignore_ascii_case(host) && (scheme == "https" || !self.is_behind_tls(host))
        }) || self.names(origin)
    }

    /// Whether people reach us under this host by TLS, ours or a proxy's.
    fn is_behind_tls(&self, host: &str) -> bool {
        let with_tls = |it: &String| it.strip_prefix("https://") == Some(host);
        self.by_tls_only || self.allowed.iter().any(with_tls)
    }

    fn names(&self, origin: &str) -> bool {
        self.allowed.iter().any(|allowed| allowed == origin)
    }
}

/// Refuses requests that other pages make.
pub fn guarded(routes: Router, origins: Origins) -> Router {
    routes.layer(from_fn_with_state(Arc::new(origins), check))
}

/// Lets pages of the named origins read answers. No credentials: a page sends its token itself, and cookies mean nothing
/// here.
pub fn shared(routes: Router, origins: Origins) -> Router {
    if origins.allowed.is_empty() {
        return routes;
    }
    let is_named =
        move |origin: &HeaderValue| origin.to_str().is_ok_and(|origin| origins.names(origin));
    let cors = CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(move |origin, _| is_named(origin)))
        .allow_methods([
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
        .expose_headers([HeaderName::from_static("x-request-id"), header::RETRY_AFTER])
        .max_age(REMEMBER_FOR);
    routes.layer(cors)
}

async fn check(State(origins): State<Arc<Origins>>, request: Request, next: Next) -> Response {
    if Guard::KnownOrigin.admits(origins.admit(request.headers())) {
        next.run(request).await
    } else {
        ApiError::forbidden("this web page may not connect here (server.allowed_origins)")
            .into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_pages_those_allowed_and_programs_may_connect() {
        let origins = Origins {
            allowed: vec!["https://app.example".to_owned()],
            by_tls_only: false,
        };
        let check = |origin: Option<&'static str>, expected| {
            let mut headers = HeaderMap::new();
            headers.insert(
                header::HOST,
                "chat.example:8080".parse().expect("it is a host"),
            );
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, origin.parse().expect("it is a value"));
            }
            assert_eq!(origins.admit(&headers), expected, "{origin:?}");
        };
        check(None, true);
        check(Some("http://chat.example:8080"), true);
        check(Some("https://CHAT.example:8080"), true);
        check(Some("https://app.example"), true);
        check(Some("https://app.example.evil"), false);
        check(Some("http://chat.example"), false);
        check(Some("http://evil.example"), false);
        check(Some("null"), false);
    }

    #[test]
    fn where_there_is_tls_a_page_without_it_is_not_ours() {
        let check = |(by_tls_only, public_url): (bool, &str), origin: &str, expected| {
            let origins = Origins {
                allowed: vec![public_url.to_owned()],
                by_tls_only,
            };
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static("chat.example"));
            headers.insert(header::ORIGIN, origin.parse().expect("it is a value"));
            assert_eq!(origins.admit(&headers), expected, "{origin}");
        };
        check((true, ""), "http://chat.example", false);
        check((true, ""), "https://chat.example", true);
        check(
            (false, "https://chat.example"),
            "http://chat.example",
            false,
        );
        check(
            (false, "https://chat.example"),
            "https://chat.example",
            true,
        );
        check((false, "http://chat.example"), "http://chat.example", true);
        check(
            (false, "https://other.example"),
            "http://chat.example",
            true,
        );
    }
}

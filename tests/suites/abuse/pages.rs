//! Web pages of other origins, over REST and at the sockets' routes.

use anyhow::{Context as _, Result, ensure};
use natter_tests::rest::{Outcome as _, read_answer};
use natter_tests::server::{Server, Settings, Site};
use reqwest::{Method, RequestBuilder, Response};

const ALLOWED: &str = "https://app.example";
const OTHERS: &str = "https://evil.example";

const POLLING: &str = "/socket.io/?EIO=4&transport=polling";

/// The sockets' routes have what the others have: an id, the security headers, a place among the counted answers.
#[tokio::test(flavor = "multi_thread")]
async fn the_sockets_routes_answer_like_all_others() -> Result<()> {
    let server = Site::create(&Settings::open())?.start().await?;
    for path in ["/ws", "/socket.io/", POLLING, "/healthz"] {
        let answer = ask(&server, Method::GET, path, None).send().await?;
        for name in ["x-request-id", "x-content-type-options"] {
            ensure!(!header(&answer, name).is_empty(), "{path} has no {name}");
        }
    }
    let refused = "natter_http_requests_total{class=\"4xx\"}";
    let before = server.metric(refused).await?;
    for path in ["/ws", POLLING] {
        let answer = ask(&server, Method::GET, path, Some(OTHERS)).send().await?;
        // It must have a request id.
        let refusal = read_answer(answer).await.context(path)?;
        refusal.refused_as("forbidden")?;
    }
    let counted = server.metric(refused).await? - before;
    ensure!(counted == 2.0, "{counted} of 2 refusals were counted");
    Ok(())
}

/// A page that may connect may also log in and poll; any other page reads nothing.
#[tokio::test(flavor = "multi_thread")]
async fn allowed_pages_may_read_answers_and_no_others() -> Result<()> {
    const LOGIN: &str = "/api/v1/auth/login";
    let settings = Settings::open().texts("server.allowed_origins", &[ALLOWED]);
    let server = Site::create(&settings)?.start().await?;
    for (origin, expected) in [(ALLOWED, ALLOWED), (OTHERS, "")] {
        let preflight = ask(&server, Method::OPTIONS, LOGIN, Some(origin))
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type")
            .send()
            .await?;
        check_shared(&preflight, expected)?;
        ensure!(
            preflight.status().is_success(),
            "answers {}",
            preflight.status()
        );
        let methods = header(&preflight, "access-control-allow-methods");
        ensure!(methods.contains("PUT"), "may use {methods}");
        let headers = header(&preflight, "access-control-allow-headers");
        ensure!(headers.contains("authorization"), "may send {headers}");
        for path in ["/api/v1/me", "/api/v1/no/such/route", POLLING] {
            let answer = ask(&server, Method::GET, path, Some(origin)).send().await?;
            check_shared(&answer, expected).context(path)?;
        }
    }
    Ok(())
}

/// Nobody is named, so nobody is told anything.
#[tokio::test(flavor = "multi_thread")]
async fn no_page_may_read_answers_unless_named() -> Result<()> {
    let server = Site::create(&Settings::open())?.start().await?;
    for (method, path) in [
        (Method::OPTIONS, "/api/v1/auth/login"),
        (Method::GET, "/api/v1/me"),
        (Method::GET, POLLING),
    ] {
        let answer = ask(&server, method, path, Some(OTHERS)).send().await?;
        ensure!(answer.status().is_client_error(), "{path} was granted");
        check_shared(&answer, "").context(path)?;
    }
    Ok(())
}

fn check_shared(answer: &Response, expected: &str) -> Result<()> {
    let shared_with = header(answer, "access-control-allow-origin");
    ensure!(
        shared_with == expected,
        "shared with {shared_with:?}, expected {expected:?}"
    );
    let credentials = header(answer, "access-control-allow-credentials");
    ensure!(credentials.is_empty(), "credentials: {credentials}");
    Ok(())
}

fn ask(server: &Server, method: Method, path: &str, origin: Option<&str>) -> RequestBuilder {
    let request =
        natter_tests::rest::http_client().request(method, format!("{}{path}", server.url()));
    match origin {
        Some(origin) => request.header("origin", origin),
        None => request,
    }
}

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    let value = answer.headers().get(name);
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

//! Web pages of other origins, over REST and at the sockets' routes.

use anyhow::{Context as _, Result, ensure};
use natter_tests::rest::{Outcome as _, read_answer};
use natter_tests::server::{Server, Settings, Site};
use reqwest::{Method, RequestBuilder, Response};

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

fn ask(server: &Server, method: Method, path: &str, origin: Option<&str>) -> RequestBuilder {
    let request = reqwest::Client::new().request(method, format!("{}{path}", server.url()));
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

//! Engine.IO over polling: requests that no honest client makes.

use anyhow::{Result, ensure};
use natter_tests::deadline::within;
use natter_tests::server::{Server, Settings};
use reqwest::Method;
use serde_json::{Value, json};

use super::witness::Witness;

const BASE: &str = "/socket.io/?EIO=4&transport=polling";
const OVERSIZE_BYTES: usize = 2 * 1024 * 1024;

/// A polling session without a client program.
pub(super) struct Polling {
    http: reqwest::Client,
    url: String,
}

impl Polling {
    /// Opens a session and connects to the namespace with a token.
    pub(super) async fn connect(server: &Server, token: &str) -> Result<Self> {
        let session = Self::open(server).await?;
        session
            .post(format!("40{}", json!({ "token": token })))
            .await?;
        let mut seen = String::new();
        while !seen.contains("42[\"registered\"") {
            let (status, body) = session.get().await?;
            ensure!(status == 200, "not connected: {status} {body}");
            seen.push_str(&body);
        }
        Ok(session)
    }

    /// Opens a session.
    pub(super) async fn open(server: &Server) -> Result<Self> {
        let http = natter_tests::rest::http_client();
        let text = http
            .get(format!("{}{BASE}", server.url()))
            .send()
            .await?
            .text()
            .await?;
        let open: Value = serde_json::from_str(text.trim_start_matches('0'))?;
        let sid = natter_tests::fields::text(&open, "sid")?;
        Ok(Self {
            http,
            url: format!("{}{BASE}&sid={sid}", server.url()),
        })
    }

    /// One poll: its status and body.
    pub(super) async fn get(&self) -> Result<(u16, String)> {
        within("a poll", async {
            let response = self.http.get(&self.url).send().await?;
            Ok((response.status().as_u16(), response.text().await?))
        })
        .await?
    }

    /// One post: its status.
    pub(super) async fn post(&self, body: impl Into<Vec<u8>>) -> Result<u16> {
        let request = self
            .http
            .post(&self.url)
            .header("content-type", "text/plain;charset=UTF-8")
            .body(body.into());
        Ok(within("a post", request.send()).await??.status().as_u16())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_no_honest_client_makes_are_refused() -> Result<()> {
    let mut witness = Witness::arrive(Settings::open().unhurried()).await?;
    let rest = witness.server.rest();
    for (method, path) in [
        (Method::GET, "/socket.io/"),
        (Method::GET, "/socket.io/?EIO=3&transport=polling"),
        (Method::GET, "/socket.io/?EIO=4&transport=carrier-pigeon"),
        (
            Method::GET,
            "/socket.io/?EIO=4&transport=polling&sid=nobody",
        ),
        (Method::GET, "/socket.io/?EIO=4&transport=websocket"),
        (Method::POST, "/socket.io/?EIO=4&transport=polling"),
        (
            Method::POST,
            "/socket.io/?EIO=4&transport=polling&sid=%00%ff",
        ),
        (Method::DELETE, "/socket.io/?EIO=4&transport=polling"),
    ] {
        let status = rest.raw(method.clone(), path, Vec::new()).await?.status();
        ensure!(status.is_client_error(), "{method} {path} answers {status}");
    }
    for body in [
        Vec::new(),
        b"x".to_vec(),
        vec![0xff, 0xfe],
        b"4\x1e\x1e4".to_vec(),
        b"bAAAA".to_vec(),
        b"42[".to_vec(),
    ] {
        let session = Polling::connect(&witness.server, &witness.ann.token).await?;
        let status = session.post(body.clone()).await?;
        ensure!(status < 500, "a post of {body:?} answers {status}");
    }
    witness.testify().await
}

#[tokio::test(flavor = "multi_thread")]
async fn oversize_posts_and_double_polls_are_refused() -> Result<()> {
    let mut witness = Witness::arrive(Settings::open().unhurried()).await?;
    let session = Polling::connect(&witness.server, &witness.ann.token).await?;
    let outcome = session
        .post(format!("42[\"sync\",\"{}\"]", "x".repeat(OVERSIZE_BYTES)))
        .await;
    // The server may close the connection before it has read all of it; then there is no status.
    if let Ok(status) = outcome {
        ensure!(
            (400..500).contains(&status),
            "an oversize post answers {status}"
        );
    }
    let session = Polling::connect(&witness.server, &witness.ann.token).await?;
    let (first, second) = tokio::try_join!(session.get(), session.get())?;
    ensure!(
        first.0 != 200 || second.0 != 200,
        "two polls at once were both served: {first:?} {second:?}"
    );
    witness.testify().await
}

//! REST: bodies and headers that cannot be understood; connections that say nothing.

use anyhow::{Context as _, Result, ensure};
use natter_tests::deadline::within;
use natter_tests::rest::{Outcome as _, read_answer};
use natter_tests::server::Settings;
use reqwest::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::witness::Witness;

const HALF_OPEN: usize = 200;

/// Nothing; half a head; a body that does not come; a whole request, and then nothing.
const BEGINNINGS: [&[u8]; 4] = [
    b"",
    b"GET /ws HTTP/1.1\r\nHost: natter\r\nUpgrade: webso",
    b"POST /api/v1/auth/login HTTP/1.1\r\nHost: natter\r\nContent-Length: 9\r\n\r\n{",
    b"GET /healthz HTTP/1.1\r\nHost: natter\r\n\r\n",
];

/// Over `limits.http_body_bytes` (256 KiB by default).
const OVERSIZE_BYTES: usize = 300 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_cannot_be_understood_are_refused_by_code() -> Result<()> {
    let mut witness = Witness::arrive(Settings::open()).await?;
    let deep = [vec![b'['; 50_000], vec![b']'; 50_000]].concat();
    let with_nul = br#"{"name":"a\u0000b","member_ids":[]}"#.to_vec();
    for body in [
        Vec::new(),
        b"{".to_vec(),
        b"null".to_vec(),
        b"[]".to_vec(),
        vec![b'"', 0xff, 0xfe, b'"'],
        deep,
        br#"{"name":5,"member_ids":[]}"#.to_vec(),
        br#"{"name":"x","member_ids":["not an id"]}"#.to_vec(),
        br#"{"name":"","member_ids":[]}"#.to_vec(),
        with_nul,
    ] {
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        let answer = read_answer(
            witness
                .ann
                .rest
                .raw(Method::POST, "/api/v1/rooms", body)
                .await?,
        )
        .await;
        let refusal = answer
            .with_context(|| shown.clone())?
            .err()
            .with_context(|| format!("{shown} was granted"))?;
        ensure!(
            ["invalid_payload", "bad_frame"].contains(&refusal.code.as_str()),
            "{shown} answers {}",
            refusal.error
        );
        ensure!(
            refusal.status == Some(400),
            "{shown} answers {:?}",
            refusal.status
        );
    }
    let response = witness
        .ann
        .rest
        .raw(Method::POST, "/api/v1/rooms", vec![b' '; OVERSIZE_BYTES])
        .await?;
    let refusal = read_answer(response).await?.refused_as("too_large")?;
    ensure!(refusal.status == Some(413), "{refusal:?}");
    witness.testify().await
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_tokens_and_paths_are_refused_by_code() -> Result<()> {
    let mut witness = Witness::arrive(Settings::open()).await?;
    let rest = witness.server.rest();
    rest.get("/api/v1/me")
        .await?
        .refused_as("unauthenticated")?;
    let token = &witness.ann.token;
    let (payload, signature) = token.rsplit_once('.').context("a JWT has three parts")?;
    let unsigned = format!(
        "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{}.",
        payload.split('.').nth(1).unwrap_or_default()
    );
    for wrong in [
        "x",
        "",
        "a.b.c",
        &format!("{payload}."),
        &unsigned,
        &format!("{payload}.{}", signature.to_lowercase()),
    ] {
        rest.with_token(wrong)
            .get("/api/v1/me")
            .await?
            .refused_as("unauthenticated")?;
    }
    for (path, codes) in [
        ("/api/v1/rooms/not-an-id", ["invalid_payload", "not_found"]),
        (
            "/api/v1/rooms/00000000-0000-0000-0000-000000000000",
            ["not_found", "not_found"],
        ),
        ("/api/v1/users/%ff%fe", ["invalid_payload", "not_found"]),
        (
            "/api/v1/users?limit=many",
            ["invalid_payload", "invalid_payload"],
        ),
        ("/api/v1/no/such/route", ["not_found", "not_found"]),
    ] {
        let refusal = witness
            .ann
            .rest
            .get(path)
            .await?
            .err()
            .with_context(|| format!("{path} was granted"))?;
        ensure!(
            codes.contains(&refusal.code.as_str()),
            "{path} answers {}",
            refusal.error
        );
    }
    witness
        .ann
        .rest
        .get("/api/v1/admin/users")
        .await?
        .refused_as("forbidden")?;
    witness.testify().await
}

/// Connections that say nothing, or stop in the middle of a request, cost a descriptor for a while and nothing more.
#[tokio::test(flavor = "multi_thread")]
async fn half_open_connections_do_not_disturb() -> Result<()> {
    let settings = Settings::open()
        .number("limits.request_timeout_s", 2)
        .number("limits.max_sessions", 100)
        .number("limits.max_connections", 100);
    let mut witness = Witness::arrive(settings).await?;
    let mut connections = Vec::new();
    for at in 0..HALF_OPEN {
        let mut connection = TcpStream::connect(witness.server.address()).await?;
        connection
            .write_all(BEGINNINGS[at % BEGINNINGS.len()])
            .await?;
        connections.push(connection);
    }
    // There are more of them than places; those in the queue are accepted as the first are closed.
    witness.testify().await?;
    for (at, mut connection) in connections.into_iter().enumerate() {
        let beginning = String::from_utf8_lossy(BEGINNINGS[at % BEGINNINGS.len()]);
        let mut answer = Vec::new();
        // A reset is an end, too.
        let _ = within(
            &format!("the end of connection {at}, {beginning:?}"),
            connection.read_to_end(&mut answer),
        )
        .await?;
        let answer = String::from_utf8_lossy(&answer);
        let expected = match beginning.get(..4) {
            Some("POST") => "HTTP/1.1 400",
            Some("GET ") if beginning.ends_with("\r\n\r\n") => "HTTP/1.1 200",
            _ => "",
        };
        ensure!(answer.starts_with(expected), "{beginning:?}: {answer}");
    }
    // Their sockets said nothing for as long, and are still there.
    witness.testify().await
}

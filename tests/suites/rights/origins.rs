//! Which web pages may connect: our own, those that the settings name, and programs.

use anyhow::{Result, ensure};
use natter_tests::server::{Server, Settings, Site};

const NAMED: &str = "https://app.example";

/// A handshake of each transport, as a page of this origin makes it.
async fn statuses(server: &Server, origin: Option<&str>) -> Result<[u16; 3]> {
    let http = natter_tests::rest::http_client();
    let paths = [
        "/ws",
        "/socket.io/?EIO=4&transport=websocket",
        "/socket.io/?EIO=4&transport=polling",
    ];
    let mut statuses = [0; 3];
    for (status, path) in statuses.iter_mut().zip(paths) {
        let mut request = http.get(format!("{}{path}", server.url()));
        if path != paths[2] {
            request = request
                .header("connection", "upgrade")
                .header("upgrade", "websocket")
                .header("sec-websocket-version", "13")
                .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
        }
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        *status = request.send().await?.status().as_u16();
    }
    Ok(statuses)
}

/// What is otherwise than it should be.
pub(crate) async fn differences(server: &Server) -> Result<Vec<String>> {
    let own = server.url().to_owned();
    let cases = [
        (None, [101, 101, 200]),
        (Some(own.as_str()), [101, 101, 200]),
        (Some(NAMED), [101, 101, 200]),
        (Some("https://evil.example"), [403, 403, 403]),
        (Some("null"), [403, 403, 403]),
    ];
    let mut found = Vec::new();
    for (origin, expected) in cases {
        let heard = statuses(server, origin).await?;
        if heard != expected {
            found.push(format!("{origin:?}: {heard:?} instead of {expected:?}"));
        }
    }
    Ok(found)
}

/// The settings of a server that [`differences`] can be asked of.
pub(crate) fn settings() -> Settings {
    Settings::open().texts("server.allowed_origins", &[NAMED])
}

#[tokio::test(flavor = "multi_thread")]
async fn other_pages_open_no_socket() -> Result<()> {
    let site = Site::create(&settings())?;
    let server = site.start().await?;
    let differences = differences(&server).await?;
    ensure!(differences.is_empty(), "{differences:?}");
    Ok(())
}

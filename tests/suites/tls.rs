//! TLS: the operator's certificate and its renewal, one that the server signs itself, clients that do not finish their handshake.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use futures_util::{SinkExt as _, StreamExt as _};
use natter_tests::deadline::{eventually, within};
use natter_tests::people::Person;
use natter_tests::server::{Server, Settings, Site};
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite::Message;

/// Connections at a time, which clients that say nothing from one address would take all.
const CONNECTIONS: u64 = 100;
const SILENT_CLIENTS: usize = 120;

/// Certificate and key of an operator.
struct Pair {
    folder: tempfile::TempDir,
}

impl Pair {
    fn new() -> Result<Self> {
        let pair = Self {
            folder: tempfile::tempdir()?,
        };
        pair.renew()?;
        Ok(pair)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn renew(&self) -> Result<()> {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
        std::fs::write(self.file("key.pem"), made.signing_key.serialize_pem())?;
        Ok(std::fs::write(self.file("cert.pem"), made.cert.pem())?)
    }

    fn settings(&self) -> Settings {
        Settings::open()
            .text("tls.cert", &self.file("cert.pem").to_string_lossy())
            .text("tls.key", &self.file("key.pem").to_string_lossy())
    }

    /// A client that believes the certificate that lies there now.
    async fn connect(&self, server: &Server) -> Result<TlsStream<TcpStream>> {
        connect(server, &self.file("cert.pem")).await
    }
}

async fn connect(server: &Server, believed: &Path) -> Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(believed)?)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let tcp = connect_from("127.0.0.2", server).await?;
    let name = ServerName::try_from("localhost")?;
    let connecting = TlsConnector::from(Arc::new(config)).connect(name, tcp);
    Ok(within("the handshake", connecting).await??)
}

/// The whole answer to a GET.
async fn get(mut stream: TlsStream<TcpStream>, path: &str) -> Result<String> {
    let head = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    let mut answer = Vec::new();
    // Who closes without saying goodbye in TLS has said it in HTTP.
    let _ = within("the answer", stream.read_to_end(&mut answer)).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_goes_over_tls() -> Result<()> {
    let pair = Pair::new()?;
    let site = Site::create(&pair.settings())?;
    let mut server = site.start().await?;
    ensure!(server.url().starts_with("https://"), "{}", server.url());
    let answer = get(pair.connect(&server).await?, "/healthz").await?;
    ensure!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    ensure!(
        answer.contains("strict-transport-security: max-age=31536000\r\n"),
        "{answer}"
    );
    let polling = "/socket.io/?EIO=4&transport=polling";
    let answer = get(pair.connect(&server).await?, polling).await?;
    ensure!(answer.contains("\r\n0{\"sid\""), "{answer}");

    let ann = Person::register(&server, "ann").await?;
    let stream = pair.connect(&server).await?;
    let opening = tokio_tungstenite::client_async("wss://localhost/ws", stream);
    let (mut socket, _) = within("the WebSocket", opening).await??;
    let register = json!({ "id": 1, "event": "register_user", "data": { "token": ann.token } });
    socket.send(Message::text(register.to_string())).await?;
    let answer = within("the answer", socket.next())
        .await?
        .context("an answer")??;
    let answer: Value = serde_json::from_str(answer.to_text()?)?;
    ensure!(answer["ok"] == true, "{answer}");
    server.check_health().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_certificate_is_taken_over_and_a_bad_one_is_not() -> Result<()> {
    let pair = Pair::new()?;
    let site = Site::create(&pair.settings())?;
    let mut server = site.start().await?;
    let before = pair.folder.path().join("before.pem");
    std::fs::copy(pair.file("cert.pem"), &before)?;

    std::fs::write(pair.file("key.pem"), "half a key")?;
    let complained = "the new certificate cannot be used";
    eventually("a complaint", async || {
        Ok(server.log()?.contains(complained).then_some(()))
    })
    .await?;
    let answer = get(connect(&server, &before).await?, "/healthz").await?;
    ensure!(answer.starts_with("HTTP/1.1 200"), "{answer}");

    pair.renew()?;
    eventually("the new certificate", async || {
        let renewed = server.log()?.contains("the new certificate is in force");
        Ok(renewed.then_some(()))
    })
    .await?;
    pair.connect(&server).await?;
    ensure!(
        connect(&server, &before).await.is_err(),
        "the old one is still served"
    );
    server.check_health().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_our_own_is_kept_private_and_told_by_its_fingerprint() -> Result<()> {
    let settings = Settings::open()
        .text("server.public_url", "https://chat.example")
        .word("tls.self_signed", "true");
    let site = Site::create(&settings)?;
    let file = site.data_dir().join("tls/self-signed.pem");
    let mut fingerprints = Vec::new();
    for _ in 0..2 {
        let server = site.start().await?;
        let stream = connect(&server, &file).await?;
        let (_, session) = stream.get_ref();
        let served = session.peer_certificates().context("a certificate")?[0].clone();
        let shown = fingerprint(&served);
        ensure!(
            server.log()?.contains(&shown),
            "{shown} is not in\n{}",
            server.log()?
        );
        let answer = get(stream, "/healthz").await?;
        // Browsers that believe nobody must not be told to insist.
        ensure!(!answer.contains("strict-transport-security"), "{answer}");
        fingerprints.push(shown);
        server.stop().await?;
    }
    ensure!(
        fingerprints[0] == fingerprints[1],
        "it is another after a restart"
    );
    let mode = std::fs::metadata(&file)?.permissions().mode() & 0o777;
    ensure!(mode == 0o600, "its mode is {mode:03o}");
    Ok(())
}

fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    let digest = Sha256::digest(certificate);
    let pairs: Vec<String> = digest.iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}

/// Who connects and says nothing keeps others out neither here nor without TLS.
#[tokio::test(flavor = "multi_thread")]
async fn clients_that_finish_no_handshake_do_not_disturb() -> Result<()> {
    let pair = Pair::new()?;
    let site = Site::create(&crowded(pair.settings()))?;
    let mut server = site.start().await?;
    let silent = silent_clients(&server).await?;
    let answer = get(pair.connect(&server).await?, "/healthz").await?;
    ensure!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    ensure!(
        is_open(&silent[0]),
        "the answer came only after they had been cut"
    );
    let mut plain = connect_from("127.0.0.2", &server).await?;
    plain.write_all(b"GET / HTTP/1.1\r\n\r\n").await?;
    for mut client in silent.into_iter().chain([plain]) {
        let mut rest = Vec::new();
        // A reset is an end, too.
        let _ = within("the end", client.read_to_end(&mut rest)).await?;
    }
    server.check_health().await
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_ask_for_nothing_do_not_disturb() -> Result<()> {
    let settings = Settings::open().number("limits.request_timeout_s", 600);
    let site = Site::create(&crowded(settings))?;
    let mut server = site.start().await?;
    let silent = silent_clients(&server).await?;
    let mut client = connect_from("127.0.0.2", &server).await?;
    let request = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    client.write_all(request).await?;
    let mut answer = String::new();
    within("the answer", client.read_to_string(&mut answer)).await??;
    ensure!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    ensure!(is_open(&silent[0]), "it was cut too early");
    drop(silent);
    server.check_health().await
}

/// Few connections, and no proxy that stands for many.
fn crowded(settings: Settings) -> Settings {
    settings
        .number("limits.max_sessions", CONNECTIONS)
        .number("limits.max_connections", CONNECTIONS)
        .texts("proxy.trusted", &[])
}

/// All from one address.
async fn silent_clients(server: &Server) -> Result<Vec<TcpStream>> {
    let mut silent = vec![connect_from("127.0.0.3", server).await?];
    for _ in 1..SILENT_CLIENTS {
        // Some are reset so early that they never hear that they were connected.
        silent.extend(connect_from("127.0.0.3", server).await.ok());
    }
    Ok(silent)
}

async fn connect_from(address: &str, server: &Server) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::new(address.parse()?, 0))?;
    Ok(socket.connect(server.address().parse()?).await?)
}

/// Neither closed nor reset.
fn is_open(client: &TcpStream) -> bool {
    let read = client.try_read(&mut [0]);
    read.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_for_others_is_warned_of() -> Result<()> {
    const WARNING: &str = "people reach this server without TLS";
    for (url, is_warned) in [
        ("http://chat.example", true),
        ("https://chat.example", false),
        ("http://localhost:8080", false),
    ] {
        let site = Site::create(&Settings::open().text("server.public_url", url))?;
        let server = site.start().await?;
        ensure!(server.log()?.contains(WARNING) == is_warned, "{url}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pair_that_cannot_be_used_is_a_reason_not_to_start() -> Result<()> {
    let pair = Pair::new()?;
    std::fs::write(pair.file("key.pem"), "no key")?;
    let site = Site::create(&pair.settings())?;
    let refused = site.start().await.err().context("it started")?;
    let refused = format!("{refused:#}");
    ensure!(refused.contains("TLS cannot be used"), "{refused}");
    ensure!(refused.contains("key.pem"), "{refused}");
    Ok(())
}

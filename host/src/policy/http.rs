//! Requests of plugins to other servers.
//!
//! Rule: only to hosts that the operator listed, by TLS unless listed with `http://`, and never to an address of the operator's own network, whatever a name resolves to. The
//! address that was checked is the one that is used. Redirects are answers like others.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use reqwest::{
    Client, Method, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};

use super::settings::Settings;

/// How long an answer may take. Chosen, not standard.
pub(super) const TIMEOUT: Duration = Duration::from_secs(10);
/// What only the client itself may say, for it decides where a request goes and where it ends (RFC 9110 §7.6, RFC 9112 §6).
const OUR_HEADERS: [&str; 9] = [
    "host",
    "connection",
    "content-length",
    "transfer-encoding",
    "te",
    "trailer",
    "upgrade",
    "keep-alive",
    "expect",
];
/// The largest body either way.
const BODY_BYTES: usize = 1024 * 1024;

/// The way to other servers.
#[derive(Debug)]
pub(super) struct Http {
    /// None if the system cannot have one, for want of certificates perhaps: then there are no requests, but there is a server.
    client: Option<Client>,
    addresses: Addresses,
}

/// Which addresses may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Addresses {
    /// Those of the Internet.
    Public,
    /// All: tests have no other.
    #[cfg(test)]
    All,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Fetched {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Http {
    pub(super) fn new(addresses: Addresses) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        // Somebody else of this process may have been first.
        drop(rustls::crypto::CryptoProvider::install_default(
            (*provider).clone(),
        ));
        let client = Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .timeout(TIMEOUT)
            .dns_resolver(Resolver(addresses))
            .user_agent(concat!("natter/", env!("CARGO_PKG_VERSION")))
            .build()
            .inspect_err(|error| {
                let error = error as &dyn std::error::Error;
                tracing::warn!(error, "plugins cannot reach other servers");
            })
            .ok();
        Self { client, addresses }
    }

    /// # Errors
    /// A word of the contract, perhaps with a colon and more.
    pub(super) async fn fetch(
        &self,
        settings: &Settings,
        method: &str,
        url: &str,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    ) -> Result<Fetched, String> {
        if !settings.grants_http() {
            return Err("not_granted".to_owned());
        }
        let url = Url::parse(url).map_err(|error| format!("bad_request: {error}"))?;
        self.check(settings, &url)?;
        if body.len() > BODY_BYTES {
            return Err(format!(
                "too_large: {} bytes, limit {BODY_BYTES}",
                body.len()
            ));
        }
        let method = checked_method(method)?;
        for (name, _) in &headers {
            check_header(name)?;
        }
        let client = self.client.as_ref().ok_or("failed: no client")?;
        let mut request = client.request(method, url).body(body);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let mut response = request.send().await.map_err(|error| word(&error))?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| word(&error))? {
            if body.len() + chunk.len() > BODY_BYTES {
                return Err(format!("too_large: more than {BODY_BYTES} bytes"));
            }
            body.extend_from_slice(&chunk);
        }
        let headers = response.headers().iter();
        let text = |value: &reqwest::header::HeaderValue| {
            String::from_utf8_lossy(value.as_bytes()).into_owned()
        };
        Ok(Fetched {
            status: response.status().as_u16(),
            headers: headers
                .map(|(name, value)| (name.to_string(), text(value)))
                .collect(),
            body,
        })
    }

    fn check(&self, settings: &Settings, url: &Url) -> Result<(), String> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err("bad_request: only http and https".to_owned());
        }
        let host = url.host_str().unwrap_or_default();
        // A port is allowed by its number; the usual ones by none.
        let place = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        let is_listed = settings.http_hosts.iter().any(|listed| {
            let (scheme, listed) = match listed.split_once("://") {
                Some((scheme, listed)) => (scheme, listed),
                None => ("https", listed.as_str()),
            };
            url.scheme() == scheme && listed.eq_ignore_ascii_case(&place)
        });
        if !is_listed {
            return Err("host_not_allowed".to_owned());
        }
        // An address in place of a name is not resolved.
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse();
        match literal {
            Ok(address) if !self.addresses.allow(address) => Err("private_address".to_owned()),
            _ => Ok(()),
        }
    }
}

fn checked_method(method: &str) -> Result<Method, String> {
    match Method::from_bytes(method.as_bytes()) {
        Ok(Method::CONNECT) => Err("bad_request: the method CONNECT is not allowed".to_owned()),
        Ok(method) => Ok(method),
        Err(_) => Err("bad_request: no such method".to_owned()),
    }
}

fn check_header(name: &str) -> Result<(), String> {
    let name = name.to_ascii_lowercase();
    if OUR_HEADERS.contains(&name.as_str()) || name.starts_with("proxy-") {
        return Err(format!("bad_request: the header {name} is not allowed"));
    }
    Ok(())
}

/// The contract's word for what went wrong.
fn word(error: &reqwest::Error) -> String {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(inner) = cause {
        if inner.is::<PrivateAddress>() {
            return "private_address".to_owned();
        }
        cause = inner.source();
    }
    if error.is_timeout() {
        return "timeout".to_owned();
    }
    if error.is_builder() {
        return "bad_request".to_owned();
    }
    "failed".to_owned()
}

#[derive(Debug, thiserror::Error)]
#[error("the name resolves to private addresses only")]
struct PrivateAddress;

/// Resolves by the system and leaves out what may not be used.
struct Resolver(Addresses);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let addresses = self.0;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found
                .filter(|address| addresses.allow(address.ip()))
                .collect();
            if allowed.is_empty() {
                return Err(PrivateAddress.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

impl Addresses {
    fn allow(self, address: IpAddr) -> bool {
        match self {
            Self::Public => is_public(address),
            #[cfg(test)]
            Self::All => true,
        }
    }
}

/// Whether an address belongs to the Internet, by the registries of special addresses (RFC 6890 and its successors).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(v4: Ipv4Addr) -> bool {
    let [a, b, c, _] = v4.octets();
    let special = match a {
        0 | 10 | 127 | 224.. => true,
        100 => (64..128).contains(&b),
        169 => b == 254,
        172 => (16..32).contains(&b),
        192 => b == 168 || (b == 0 && (c == 0 || c == 2)) || (b == 88 && c == 99),
        198 => b == 18 || b == 19 || (b == 51 && c == 100),
        203 => b == 0 && c == 113,
        _ => false,
    };
    !special
}

fn is_public_v6(v6: Ipv6Addr) -> bool {
    let segments = v6.segments();
    // Ways to say an IPv4 address: mapped, translated (64:ff9b::/96), 6to4 (2002::/16).
    if let Some(v4) = v6.to_ipv4_mapped() {
        return is_public_v4(v4);
    }
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match segments {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        [0x2002, high, low, ..] => embedded(high, low),
        // Teredo, benchmarks, documentation.
        [0x2001, 0..0x200 | 0xdb8, ..] => false,
        // Global unicast.
        [first, ..] => (0x2000..0x4000).contains(&first),
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    fn settings(host: &str) -> Settings {
        let text = format!("grants = [\"http\"]\nhttp_hosts = [\"{host}\"]");
        Settings::parse(&text).expect("they are valid")
    }

    async fn fetch(http: &Http, settings: &Settings, url: &str) -> Result<Fetched, String> {
        http.fetch(settings, "GET", url, Vec::new(), Vec::new())
            .await
    }

    #[test]
    fn private_addresses_are_told_from_public_ones() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "2001::1",
            "100::1",
        ] {
            assert!(!is_public(private.parse().expect(private)), "{private}");
        }
        for public in [
            "1.1.1.1",
            "172.32.0.1",
            "100.128.0.1",
            "192.169.0.1",
            "2606:4700::1111",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
        ] {
            assert!(is_public(public.parse().expect(public)), "{public}");
        }
    }

    #[tokio::test]
    async fn what_is_not_granted_or_listed_is_refused() {
        let http = Http::new(Addresses::Public);
        let refused = async |settings: &Settings, url: &str, word: &str| {
            let error = fetch(&http, settings, url).await.expect_err(url);
            assert!(error.starts_with(word), "{url}: {error}");
        };
        refused(&Settings::default(), "http://example.org/", "not_granted").await;
        let example = settings("example.org");
        for other in [
            "https://example.com/",
            "https://example.org:8080/",
            "https://a.example.org/",
            "https://example.org@evil.test/",
        ] {
            refused(&example, other, "host_not_allowed").await;
        }
        // By TLS, if not listed otherwise.
        refused(&example, "http://example.org/", "host_not_allowed").await;
        let plain = settings("http://example.org");
        refused(&plain, "https://example.org/", "host_not_allowed").await;
        refused(&example, "ftp://example.org/", "bad_request").await;
        refused(&example, "no address", "bad_request").await;
        refused(
            &settings("http://127.0.0.1"),
            "http://127.0.0.1/",
            "private_address",
        )
        .await;
        refused(
            &settings("http://127.0.0.1"),
            "http://2130706433/",
            "private_address",
        )
        .await;
        refused(
            &settings("http://[::1]"),
            "http://[::1]/",
            "private_address",
        )
        .await;
        refused(
            &settings("http://localhost"),
            "http://localhost/",
            "private_address",
        )
        .await;
    }

    #[tokio::test]
    async fn what_is_the_clients_own_is_not_a_plugins_to_say() {
        let (http, example) = (Http::new(Addresses::Public), settings("example.org"));
        let refused = async |method: &str, header: &str| {
            let headers = vec![(header.to_owned(), "evil.test".to_owned())];
            let url = "https://example.org/";
            let fetched = http.fetch(&example, method, url, headers, Vec::new());
            let error = fetched.await.expect_err(header);
            assert!(error.starts_with("bad_request: the "), "{header}: {error}");
        };
        for header in [
            "Host",
            "transfer-encoding",
            "Content-Length",
            "Proxy-Authorization",
        ] {
            refused("GET", header).await;
        }
        refused("CONNECT", "accept").await;
    }

    #[tokio::test]
    async fn a_redirect_is_not_followed_and_a_large_answer_not_taken() {
        let http = Http::new(Addresses::All);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        tokio::spawn(async move {
            let length = 2 * BODY_BYTES;
            for head in [
                "HTTP/1.1 302 Found\r\nlocation: /other\r\ncontent-length: 0\r\n\r\n".to_owned(),
                format!(
                    "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{}",
                    "x".repeat(length)
                ),
            ] {
                let (mut socket, _) = listener.accept().await.expect("somebody comes");
                let mut request = [0; 4_096];
                drop(socket.read(&mut request).await);
                drop(socket.write_all(head.as_bytes()).await);
                drop(socket.shutdown().await);
            }
        });
        let settings = settings(&format!("http://{address}"));
        let url = format!("http://{address}/");
        let redirect = fetch(&http, &settings, &url)
            .await
            .expect("it is an answer");
        assert_eq!(redirect.status, 302);
        let large = fetch(&http, &settings, &url)
            .await
            .expect_err("it is too large");
        assert!(large.starts_with("too_large"), "{large}");
    }
}

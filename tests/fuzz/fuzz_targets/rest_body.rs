//! The bodies of all routes that take one, sent to a server in this process by its admin: the first line says to which route, the rest is the body. No
//! answer may be a 5xx.
#![no_main]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    sync::{LazyLock, Mutex},
};

use natter::{
    config::{Config, Sources},
    gateway::fuzzing,
};
use serde_json::Value;

/// Routes of the server's own description that are left out: each of them hashes a password each time, which leaves a few inputs a second; the
/// third and fourth, if it were the right one, would end our session.
const LEFT_OUT: [&str; 5] = [
    "POST /api/v1/auth/register",
    "POST /api/v1/auth/login",
    "POST /api/v1/me/password",
    "POST /api/v1/me/delete",
    "PUT /api/v1/me/email",
];

/// Whom, what, and which plugin a path names.
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";
const PLUGIN: &str = "x";

/// One connection to the server, kept alive.
struct Client {
    stream: BufReader<TcpStream>,
    token: String,
    routes: Vec<String>,
}

static CLIENT: LazyLock<Mutex<Client>> = LazyLock::new(|| Mutex::new(Client::new()));

impl Client {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder").keep();
        let set = |key: &str, value: &str| (key.to_owned(), value.to_owned(), "fuzzing".to_owned());
        let wide = "1000000";
        let sources = Sources {
            file: None,
            environment: Vec::new(),
            flags: vec![
                set("server.listen", "127.0.0.1:0"),
                set("server.data_dir", &folder.display().to_string()),
                set(
                    "policies.folder",
                    &folder.join("plugins").display().to_string(),
                ),
                set("policies.upload_bytes", "65536"),
                set("database.sqlite_durability", "normal"),
                set("limits.requests_per_second", wide),
                set("limits.burst_requests", wide),
                set("limits.address_requests_per_second", wide),
                set("limits.address_burst_requests", wide),
            ],
        };
        let config = Config::load(&sources)
            .expect("the settings are right")
            .config;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let running = runtime.block_on(natter::server::start(config));
        let running = running.expect("the server starts");
        let setup_token = running.setup_token.clone().expect("there is no admin yet");
        let address = running.url.trim_start_matches("http://").to_owned();
        // Both stay as long as the process.
        std::mem::forget((running, runtime));
        let stream = TcpStream::connect(address).expect("the server listens");
        stream.set_nodelay(true).expect("a socket");
        let mut client = Self {
            stream: BufReader::new(stream),
            token: String::new(),
            routes: Vec::new(),
        };
        let admin =
            format!(r#"{{"token":"{setup_token}","username":"admin","password":"correct horse"}}"#);
        let (status, answer) = client.send("POST /api/v1/setup", admin.as_bytes());
        assert_eq!(status, 201, "{answer}");
        let token = answer.split("\"access_token\":\"").nth(1).expect("a token");
        client.token = token.split('"').next().unwrap_or_default().to_owned();
        let (_, description) = client.send("GET /openapi.json", b"");
        client.routes = routes(&serde_json::from_str(&description).expect("JSON"));
        client
    }

    fn send(&mut self, route: &str, body: &[u8]) -> (u16, String) {
        let head = format!(
            "{route} HTTP/1.1\r\nhost: natter\r\ncontent-type: application/json\r\n\
             authorization: Bearer {}\r\ncontent-length: {}\r\n\r\n",
            self.token,
            body.len()
        );
        let message = [head.as_bytes(), body].concat();
        self.stream
            .get_mut()
            .write_all(&message)
            .expect("the connection is open");
        let (mut status, mut length) = (0, 0);
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line).expect("an answer");
            let line = line.trim_end().to_ascii_lowercase();
            if let Some(rest) = line.strip_prefix("http/1.1 ") {
                status = rest[..3].parse().expect("a status");
            } else if let Some(rest) = line.strip_prefix("content-length: ") {
                length = rest.parse().expect("a length");
            } else if line.is_empty() {
                break;
            }
        }
        let mut answer = vec![0; length];
        self.stream.read_exact(&mut answer).expect("a whole answer");
        (status, String::from_utf8_lossy(&answer).into_owned())
    }
}

/// Every route with a body, with nobody in the place of its variables.
fn routes(description: &Value) -> Vec<String> {
    let mut routes = Vec::new();
    for (path, methods) in description["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            let mut route = format!("{} ", method.to_uppercase());
            for (nth, part) in path.split(['{', '}']).enumerate() {
                route += match part {
                    _ if nth % 2 == 0 => part,
                    "name" => PLUGIN,
                    _ => NOBODY,
                };
            }
            if !operation["requestBody"].is_null() {
                routes.push(route);
            }
        }
    }
    for left_out in LEFT_OUT {
        let place = routes.iter().position(|it| it == left_out);
        routes.remove(place.unwrap_or_else(|| panic!("there is no {left_out}")));
    }
    routes
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let mut client = CLIENT.lock().expect("one input at a time");
    let routes = std::mem::take(&mut client.routes);
    let (route, body) = fuzzing::named(input, &routes);
    let (status, answer) = client.send(route, body);
    assert!(status < 500, "{route} answers {status}: {answer}");
    client.routes = routes;
});

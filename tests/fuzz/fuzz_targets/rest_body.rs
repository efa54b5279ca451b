//! The bodies of all routes that take one, sent to a server in this process by its admin: the first byte says to which route, the rest is the body. No
//! answer may be a 5xx.
#![no_main]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    sync::{LazyLock, Mutex},
};

use natter::config::{Config, Sources};

/// Every route with a body, but those that would end our own session or hash a password each time.
const ROUTES: &[&str] = &[
    "POST /api/v1/setup",
    "POST /api/v1/auth/refresh",
    "PATCH /api/v1/me",
    "POST /api/v1/me/registration",
    "POST /api/v1/sync",
    "POST /api/v1/rooms",
    "PATCH /api/v1/rooms/00000000-0000-0000-0000-000000000000",
    "POST /api/v1/rooms/00000000-0000-0000-0000-000000000000/members",
    "PATCH /api/v1/rooms/00000000-0000-0000-0000-000000000000/members/00000000-0000-0000-0000-000000000000",
    "POST /api/v1/admin/users/00000000-0000-0000-0000-000000000000/suspend",
    "POST /api/v1/admin/invites",
    "POST /api/v1/admin/mutes",
    "POST /api/v1/admin/held/00000000-0000-0000-0000-000000000000/reject",
    "PUT /api/v1/admin/plugins/x",
    "PUT /api/v1/admin/plugins/x/config",
    "POST /api/v1/admin/plugins/x/actions",
];

/// One connection to the server, kept alive.
struct Client {
    stream: BufReader<TcpStream>,
    token: String,
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
        };
        let admin =
            format!(r#"{{"token":"{setup_token}","username":"admin","password":"correct horse"}}"#);
        let (status, answer) = client.send("POST /api/v1/setup", admin.as_bytes());
        assert_eq!(status, 201, "{answer}");
        let token = answer.split("\"access_token\":\"").nth(1).expect("a token");
        client.token = token.split('"').next().unwrap_or_default().to_owned();
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

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some((first, body)) = input.split_first() else {
        return;
    };
    let route = ROUTES[usize::from(*first) % ROUTES.len()];
    let mut client = CLIENT.lock().expect("one input at a time");
    let (status, answer) = client.send(route, body);
    assert!(status < 500, "{route} answers {status}: {answer}");
});

//! Official Socket.IO clients, each in a process of its own language (`tests/clients`).
//!
//! A driver reads commands as JSON lines and writes JSON lines. One process holds many connections, numbered by us:
//! ```text
//! {"id":1,"conn":1,"op":"connect","url":…,"transports":[…],"auth":…}   -> {"id":1,"conn":1,"ok":true}
//! {"id":2,"conn":1,"op":"emit","event":…,"data":…}                     -> {"id":2,"conn":1,"ok":true,"answer":…}
//! {"id":3,"conn":1,"op":"tell","event":…,"data":…}                     (no answer)
//! {"id":4,"conn":1,"op":"transport","wanted":"websocket"}              -> {"id":4,…,"answer":"websocket"}
//! {"id":5,"conn":1,"op":"disconnect"}                                  -> {"conn":1,"closed":…}
//! ```
//! and tells `{"conn":1,"event":…,"data":…}` and `{"conn":1,"closed":reason,"code":…}` on its own; `code` and then mostly its
//! reason are those of a WebSocket's close frame.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{Mutex, OnceCell};

use super::Transport;
use super::inbox::{Closed, Inbox, Pending};
use crate::server::Server;

/// The client programs of a test; each is started when it is first needed and ends with this.
#[derive(Debug, Default)]
pub struct Drivers {
    js: OnceCell<Arc<Driver>>,
    python: OnceCell<Arc<Driver>>,
}

impl Drivers {
    /// For tests that use plain WebSockets only: nothing is started unless asked for.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    pub(super) async fn connect(
        &self,
        server: &Server,
        transport: Transport,
        auth: Option<Value>,
    ) -> Result<ScriptSocket> {
        let driver = match transport {
            Transport::PlainWebSocket => bail!("`/ws` has no client program"),
            Transport::JsPolling | Transport::JsWebSocket | Transport::JsUpgrade => {
                self.js
                    .get_or_try_init(async || Driver::start(js_command()?))
                    .await?
            }
            Transport::PythonPolling | Transport::PythonWebSocket | Transport::PythonUpgrade => {
                self.python
                    .get_or_try_init(async || Driver::start(python_command()?))
                    .await?
            }
        };
        let (conn, inbox) = driver.new_connection();
        let socket = ScriptSocket {
            conn,
            inbox,
            driver: Arc::clone(driver),
        };
        let command = json!({ "url": server.url(), "transports": transport.socket_io_option(), "auth": auth });
        let answer = socket.ask("connect", command).await?.answer().await?;
        ensure!(
            answer["ok"] == true,
            "not connected: {} {}",
            answer["message"],
            answer["data"]
        );
        Ok(socket)
    }
}

/// One Socket.IO connection within a driver.
#[derive(Debug)]
pub struct ScriptSocket {
    conn: u64,
    inbox: Inbox,
    driver: Arc<Driver>,
}

impl ScriptSocket {
    pub(super) fn inbox(&self) -> &Inbox {
        &self.inbox
    }

    pub(super) async fn emit(&self, event: &str, data: Value) -> Result<Pending> {
        self.ask("emit", json!({ "event": event, "data": data }))
            .await
    }

    pub(super) async fn tell(&self, event: &str, data: Value) -> Result<()> {
        self.driver
            .write(self.conn, "tell", json!({ "event": event, "data": data }))
            .await?;
        Ok(())
    }

    pub(super) async fn carrier(&self, wanted: &str) -> Result<String> {
        let answer = answered(
            self.ask("transport", json!({ "wanted": wanted }))
                .await?
                .answer()
                .await?,
        )?;
        Ok(answer.as_str().unwrap_or_default().to_owned())
    }

    pub(super) async fn disconnect(self) -> Result<()> {
        self.driver
            .write(self.conn, "disconnect", json!({}))
            .await?;
        self.inbox.closed().await?;
        Ok(())
    }

    async fn ask(&self, op: &str, command: Value) -> Result<Pending> {
        let id = self.driver.next_id.fetch_add(1, Ordering::Relaxed);
        let pending = self.inbox.expect_answer(id);
        self.driver.write_as(id, self.conn, op, command).await?;
        Ok(pending)
    }
}

/// The `answer` of a driver's line.
pub(super) fn answered(mut line: Value) -> Result<Value> {
    ensure!(
        line["ok"] == true,
        "the client program failed: {}",
        line["message"]
    );
    Ok(line["answer"].take())
}

type Connections = Arc<std::sync::Mutex<HashMap<u64, Inbox>>>;

/// A client program.
#[derive(Debug)]
struct Driver {
    /// Killed when the last socket and [`Drivers`] are gone.
    _process: Child,
    stdin: Mutex<ChildStdin>,
    next_id: AtomicU64,
    connections: Connections,
}

impl Driver {
    fn start(mut command: Command) -> Result<Arc<Self>> {
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting {command:?}"))?;
        let stdin = process.stdin.take().context("stdin")?;
        let stdout = process.stdout.take().context("stdout")?;
        let connections = Connections::default();
        tokio::spawn(read(
            BufReader::new(stdout).lines(),
            Arc::clone(&connections),
        ));
        Ok(Arc::new(Self {
            _process: process,
            stdin: Mutex::new(stdin),
            next_id: AtomicU64::new(1),
            connections,
        }))
    }

    fn new_connection(&self) -> (u64, Inbox) {
        let conn = self.next_id.fetch_add(1, Ordering::Relaxed);
        let inbox = Inbox::default();
        self.connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(conn, inbox.clone());
        (conn, inbox)
    }

    async fn write(&self, conn: u64, op: &str, command: Value) -> Result<()> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        self.write_as(id, conn, op, command).await
    }

    async fn write_as(&self, id: u64, conn: u64, op: &str, mut command: Value) -> Result<()> {
        command["id"] = id.into();
        command["conn"] = conn.into();
        command["op"] = op.into();
        let line = format!("{command}\n");
        Ok(self.stdin.lock().await.write_all(line.as_bytes()).await?)
    }
}

async fn read(mut lines: Lines<BufReader<ChildStdout>>, connections: Connections) {
    while let Ok(Some(line)) = lines.next_line().await {
        let Ok(mut line) = serde_json::from_str::<Value>(&line) else {
            println!("a client program printed: {line}");
            continue;
        };
        let Some(inbox) = line["conn"].as_u64().and_then(|conn| {
            connections
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get(&conn)
                .cloned()
        }) else {
            continue;
        };
        if let Some(id) = line["id"].as_u64() {
            inbox.answer(id, line);
        } else if let Some(event) = line["event"].as_str().map(str::to_owned) {
            inbox.push(&event, line["data"].take());
        } else if let Some(reason) = line["closed"].as_str() {
            inbox.close(Closed {
                code: line["code"].as_u64().and_then(|code| code.try_into().ok()),
                reason: reason.to_owned(),
            });
        }
    }
    for inbox in connections
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .values()
    {
        inbox.close(Closed {
            code: None,
            reason: "the client program ended".to_owned(),
        });
    }
}

fn js_command() -> Result<Command> {
    let folder = clients().join("js");
    let installed = folder.join("node_modules/socket.io-client");
    ensure!(
        installed.is_dir(),
        "socket.io-client is missing: run `npm ci` in tests/clients/js"
    );
    let mut command = Command::new("node");
    command.arg(folder.join("driver.mjs"));
    Ok(command)
}

fn python_command() -> Result<Command> {
    let folder = clients().join("python");
    let python = folder.join(".venv/bin/python");
    ensure!(
        python.is_file(),
        "python-socketio is missing: in tests/clients/python run \
         `python3 -m venv .venv && .venv/bin/pip install -r requirements.txt`"
    );
    let mut command = Command::new(python);
    command.arg(folder.join("driver.py"));
    Ok(command)
}

fn clients() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients")
}

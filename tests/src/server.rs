//! The server under test, as a process with its own data and configuration.
//!
//! Rule: whatever happens to the test, the process is killed with the [`Server`] that stands for it.
//!
//! The binary is `NATTER_BIN`, or `natter` beside the test executable's folder (`cargo build --workspace` makes it).

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use anyhow::{Context, Result, ensure};
use natter::logging::PANICKED;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::process::{Child, Command};

use crate::deadline::{eventually, within};
use crate::postgres::Database;
use crate::rest::Rest;
pub use crate::settings::Settings;

/// What a server keeps its data in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// A file in the site's folder.
    Sqlite,
    /// A database on the PostgreSQL of `cargo xtask test`.
    Postgres,
}

/// A place where a server runs, stops and runs again: configuration, log and data.
#[derive(Debug)]
pub struct Site {
    dir: tempfile::TempDir,
    data_dir: PathBuf,
    scheme: &'static str,
    _database: Option<Database>,
}

impl Site {
    /// A fresh site in a temporary folder.
    pub fn create(settings: &Settings) -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let data_dir = dir.path().join("data");
        Self::write(dir, data_dir, settings)
    }

    /// A fresh site that keeps its data so.
    pub fn create_on(storage: Storage, settings: &Settings) -> Result<Self> {
        match storage {
            Storage::Sqlite => Self::create(settings),
            Storage::Postgres => Self::with_database(Database::create()?, settings),
        }
    }

    /// A fresh site with this database.
    pub fn with_database(database: Database, settings: &Settings) -> Result<Self> {
        let settings = settings.clone().text("database.url", &database.url());
        let site = Self::create(&settings)?;
        Ok(Self {
            _database: Some(database),
            ..site
        })
    }

    /// A site whose data lies in a folder of the caller's, which may hold data already.
    pub fn with_data(data_dir: &Path, settings: &Settings) -> Result<Self> {
        Self::write(tempfile::tempdir()?, data_dir.to_owned(), settings)
    }

    fn write(dir: tempfile::TempDir, data_dir: PathBuf, settings: &Settings) -> Result<Self> {
        let settings = settings
            .clone()
            .text("server.data_dir", &data_dir.to_string_lossy());
        std::fs::write(dir.path().join("natter.toml"), settings.to_toml())?;
        Ok(Self {
            dir,
            data_dir,
            scheme: if settings.has_section("tls") {
                "https"
            } else {
                "http"
            },
            _database: None,
        })
    }

    /// Starts the server and waits until it answers.
    pub async fn start(&self) -> Result<Server> {
        self.start_program(&binary()?).await
    }

    /// Starts the server with variables of the environment.
    pub async fn start_in(&self, variables: &[(&str, &str)]) -> Result<Server> {
        let mut program = Command::new(binary()?);
        program.envs(variables.iter().copied());
        self.start_command(program).await
    }

    /// Starts another program that takes a server's arguments and speaks like one.
    pub async fn start_program(&self, program: &Path) -> Result<Server> {
        self.start_command(Command::new(program)).await
    }

    async fn start_command(&self, mut program: Command) -> Result<Server> {
        let log_path = self.dir.path().join("server.log");
        let log = File::options().create(true).append(true).open(&log_path)?;
        let log_start = usize::try_from(log.metadata()?.len())?;
        let child = program
            .arg("serve")
            .arg("--config")
            .arg(self.config())
            .current_dir(self.dir.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting {program:?}"))?;
        let pid = i32::try_from(child.id().context("the server ended at once")?)?;
        let mut server = Server {
            child,
            pid: Pid::from_raw(pid),
            url: String::new(),
            log_path,
            log_start,
        };
        server.wait_until_it_answers(self.scheme).await?;
        Ok(server)
    }

    /// The folder of its plugins.
    #[must_use]
    pub fn plugins(&self) -> PathBuf {
        self.dir.path().join("plugins")
    }

    /// The folder of its data.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// The file of its settings.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.dir.path().join("natter.toml")
    }

    /// A file of its data.
    #[must_use]
    pub fn data(&self, name: &str) -> PathBuf {
        self.data_dir.join(name)
    }

    /// The one-time token that makes the first admin.
    pub fn setup_token(&self) -> Result<String> {
        let path = self.data_dir.join("setup-token");
        let token = std::fs::read_to_string(&path)
            .with_context(|| format!("reading {}", path.display()))?;
        Ok(token.trim().to_owned())
    }
}

/// A running server.
#[derive(Debug)]
pub struct Server {
    child: Child,
    pid: Pid,
    url: String,
    log_path: PathBuf,
    log_start: usize,
}

impl Server {
    /// `http://127.0.0.1:port`, or `https`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The host and port.
    #[must_use]
    pub fn address(&self) -> &str {
        let url = self.url.split_once("://");
        url.map_or("", |(_, address)| address)
    }

    /// The process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid.as_raw().unsigned_abs()
    }

    /// REST without a token.
    #[must_use]
    pub fn rest(&self) -> Rest {
        Rest::anonymous(&self.url)
    }

    /// Resident memory now, in bytes.
    pub fn resident_bytes(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .context("no VmRSS")?;
        let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kilobytes * 1024)
    }

    /// A value of `/metrics`, by the line's beginning up to the space before its value; 0 if nothing was counted yet.
    pub async fn metric(&self, series: &str) -> Result<f64> {
        let response = self
            .rest()
            .raw(reqwest::Method::GET, "/metrics", Vec::new())
            .await?;
        let text = response.text().await?;
        let value = text
            .lines()
            .find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        Ok(value.map_or(Ok(0.0), str::parse)?)
    }

    /// Freezes the process: it does nothing more, not even end.
    pub fn pause(&self) -> Result<()> {
        Ok(kill(self.pid, Signal::SIGSTOP)?)
    }

    /// `kill -9`, and waits until it is gone.
    pub async fn kill(mut self) -> Result<()> {
        kill(self.pid, Signal::SIGKILL)?;
        within("the killed server to be gone", self.child.wait()).await??;
        Ok(())
    }

    /// Asks it to stop (SIGTERM).
    pub fn ask_to_stop(&self) -> Result<()> {
        Ok(kill(self.pid, Signal::SIGTERM)?)
    }

    /// Asks it to stop and waits for its end.
    pub async fn stop(mut self) -> Result<ExitStatus> {
        self.ask_to_stop()?;
        self.ended().await
    }

    /// Waits for its end, which must not be a panic.
    pub async fn ended(&mut self) -> Result<ExitStatus> {
        let status = within("the server to stop", self.child.wait()).await??;
        self.check_log()?;
        Ok(status)
    }

    /// What it printed since this start.
    pub fn log(&self) -> Result<String> {
        let bytes = std::fs::read(&self.log_path)?;
        Ok(String::from_utf8_lossy(bytes.get(self.log_start..).unwrap_or_default()).into_owned())
    }

    /// Fails if the server died, panicked, or no longer answers.
    pub async fn check_health(&mut self) -> Result<()> {
        if let Some(status) = self.child.try_wait()? {
            anyhow::bail!("the server ended with {status}; its log:\n{}", self.log()?);
        }
        self.check_log()?;
        let panics = self.metric("natter_panics_total").await?;
        ensure!(panics == 0.0, "the server counts {panics} panics");
        let health = self
            .rest()
            .raw(reqwest::Method::GET, "/healthz", Vec::new())
            .await?;
        ensure!(
            health.status().is_success(),
            "/healthz answers {}",
            health.status()
        );
        Ok(())
    }

    /// Fails if the log tells of a panic: of ours, or of Rust's own words for one.
    fn check_log(&self) -> Result<()> {
        let log = self.log()?;
        ensure!(
            !log.contains(PANICKED) && !log.contains("panicked at"),
            "the server panicked; its log:\n{log}"
        );
        Ok(())
    }

    async fn wait_until_it_answers(&mut self, scheme: &str) -> Result<()> {
        let announced = eventually("the server's URL on its output", async || {
            if let Some(status) = self.child.try_wait()? {
                anyhow::bail!("the server ended with {status}; its log:\n{}", self.log()?);
            }
            Ok(announced_address(&self.log()?))
        });
        self.url = format!("{scheme}://{}", announced.await?);
        let rest = self.rest();
        eventually("/healthz", async || {
            let health = rest.raw(reqwest::Method::GET, "/healthz", Vec::new()).await;
            Ok(health
                .is_ok_and(|health| health.status().is_success())
                .then_some(()))
        })
        .await
    }
}

/// The first loopback address with a port that is told as a URL, or in the log.
fn announced_address(log: &str) -> Option<String> {
    const HOST: &str = "127.0.0.1:";
    let before = ["://", "\"address\":\""];
    log.match_indices(HOST).find_map(|(at, _)| {
        let digits: String = log[at + HOST.len()..]
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        let is_told = before.iter().any(|it| log[..at].ends_with(it));
        let is_complete = log.len() > at + HOST.len() + digits.len();
        (is_told && is_complete && digits.parse::<u16>().is_ok_and(|port| port != 0))
            .then(|| format!("{HOST}{digits}"))
    })
}

/// The program under test.
pub fn binary() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("NATTER_BIN") {
        return Ok(path.into());
    }
    let test = std::env::current_exe()?;
    let folder = test
        .parent()
        .and_then(Path::parent)
        .context("the test executable has no folder")?;
    let path = folder.join("natter");
    ensure!(
        path.is_file(),
        "{} is missing: run `cargo build --workspace`, or set NATTER_BIN",
        path.display()
    );
    Ok(path)
}

//! A PostgreSQL of the tests' own: started from the installed binaries, durable as in production, and gone with the
//! value that stands for it, even if the process is killed.
//!
//! Rule: loopback only, a password of its own, and its data in a folder of its own in `target/`. It collates by the rules of
//! a language, so that a query that leans on the order of bytes without saying so is noticed.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rand::RngExt as _;
use tokio::process::{Child, Command};

use crate::deadline::{eventually, within};

/// Where Debian puts each version's binaries.
const DEBIAN: &str = "/usr/lib/postgresql";
/// PostgreSQL refuses to run as root.
const USER: &str = "postgres";
/// The superuser of the server.
const ROLE: &str = "natter";
/// Below the ports that the kernel gives to connections, so that a stopped server finds its port free again.
const PORTS: std::ops::Range<u16> = 20_000..32_000;
/// The environment variable by which `cargo xtask test` tells tests of its server.
const SERVER: &str = "NATTER_TEST_POSTGRES";

/// A server.
#[derive(Debug)]
pub struct Postgres {
    programs: PathBuf,
    folder: tempfile::TempDir,
    port: u16,
    password: String,
    /// Beyond the defaults: `name=value`.
    settings: &'static [&'static str],
    process: Option<Child>,
}

impl Postgres {
    /// Makes the server's data, starts it, and waits until it answers.
    pub async fn start() -> Result<Self> {
        Self::start_in(&reachable_folder()?, &[]).await
    }

    /// The same with its data below this folder, which PostgreSQL's user has to reach, and settings of its own.
    pub async fn start_in(parent: &Path, settings: &'static [&'static str]) -> Result<Self> {
        let password = format!("{:032x}", rand::rng().random::<u128>());
        let mut server = Self {
            programs: programs()?,
            folder: tempfile::Builder::new()
                .prefix("postgres-")
                .tempdir_in(parent)?,
            port: free_port()?,
            password,
            settings,
            process: None,
        };
        server.make_data().await?;
        server.start_again().await?;
        Ok(server)
    }

    /// Its URL, with a database from which others can be made.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// The URL of one of its databases.
    #[must_use]
    pub fn url_of(&self, database: &str) -> String {
        let Self { port, password, .. } = self;
        format!("postgres://{ROLE}:{password}@127.0.0.1:{port}/{database}")
    }

    /// The process that has all others as its children.
    pub fn pid(&self) -> Result<u32> {
        let pid = self.process.as_ref().and_then(Child::id);
        pid.context("PostgreSQL runs")
    }

    /// Starts it after a stop, at the same address, and waits until it answers.
    pub async fn start_again(&mut self) -> Result<()> {
        let port = self.port.to_string();
        let log = self.log();
        let out = std::fs::File::options()
            .create(true)
            .append(true)
            .open(&log)?;
        let process = self
            .command("postgres")
            .arg("-D")
            .arg(self.data())
            .args(["-p", &port, "-c", "listen_addresses=127.0.0.1"])
            // Nobody else can find it, and no folder needs to be writable.
            .args([
                "-c",
                "unix_socket_directories=",
                "-c",
                "max_connections=200",
            ])
            .args(self.settings.iter().flat_map(|it| ["-c", it]))
            .stdout(out.try_clone()?)
            .stderr(out)
            .kill_on_drop(true)
            .spawn()?;
        self.process = Some(process);
        let probe = ["-q", "-h", "127.0.0.1", "-p", &port];
        eventually("PostgreSQL to answer", async || {
            let process = self.process.as_mut().context("it was started")?;
            if let Some(status) = process.try_wait()? {
                let log = std::fs::read_to_string(&log).unwrap_or_default();
                anyhow::bail!("PostgreSQL ended with {status}; its log:\n{log}");
            }
            let ready = Command::new(self.programs.join("pg_isready"))
                .args(probe)
                .status();
            Ok(ready.await?.success().then_some(()))
        })
        .await
    }

    /// Stops it at once, as a crash would: nothing is finished, nothing is written that was not yet.
    pub async fn crash(&mut self) -> Result<()> {
        self.end(Signal::SIGQUIT).await
    }

    /// Stops it in good order.
    pub async fn stop(mut self) -> Result<()> {
        self.end(Signal::SIGINT).await
    }

    /// Freezes it: connections stay open and nothing answers, as when the network swallows everything.
    pub fn freeze(&self) -> Result<()> {
        self.signal_all(Signal::SIGSTOP)
    }

    /// Lets it go on.
    pub fn thaw(&self) -> Result<()> {
        self.signal_all(Signal::SIGCONT)
    }

    fn signal_all(&self, signal: Signal) -> Result<()> {
        let pid = self.pid()?;
        kill(Pid::from_raw(i32::try_from(pid)?), signal)?;
        // The frozen parent makes no new ones.
        let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))?;
        for child in children.split_whitespace() {
            match kill(Pid::from_raw(child.parse()?), signal) {
                Ok(()) | Err(nix::errno::Errno::ESRCH) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    async fn end(&mut self, signal: Signal) -> Result<()> {
        let pid = self.pid()?;
        let mut process = self.process.take().context("PostgreSQL runs")?;
        kill(Pid::from_raw(i32::try_from(pid)?), signal)?;
        within("PostgreSQL to stop", process.wait()).await??;
        Ok(())
    }

    async fn make_data(&self) -> Result<()> {
        let words = self.folder.path().join("password");
        std::fs::write(&words, &self.password)?;
        if is_root() {
            give_to_user(self.folder.path()).await?;
            give_to_user(&words).await?;
        }
        let made = self
            .command("initdb")
            .args([
                "--username",
                ROLE,
                "--auth",
                "scram-sha-256",
                "--encoding",
                "UTF8",
            ])
            .args([
                "--locale",
                "C",
                "--locale-provider",
                "icu",
                "--icu-locale",
                "en",
            ])
            .arg("--pwfile")
            .arg(words)
            .arg(self.data())
            .output()
            .await?;
        let errors = String::from_utf8_lossy(&made.stderr);
        ensure!(made.status.success(), "initdb: {}\n{errors}", made.status);
        Ok(())
    }

    /// A program of PostgreSQL, not as root, that is interrupted when this thread ends, however it does.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "QUIT"]);
        if is_root() {
            command.args(["--reuid", USER, "--regid", USER, "--clear-groups"]);
        }
        command
            .arg("--")
            .arg(self.programs.join(program))
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }
}

/// A database of a test's own on a server, dropped with this value.
#[derive(Debug)]
pub struct Database {
    server: String,
    name: String,
    /// Whether it belongs to a role of the same name and password.
    has_role: bool,
}

impl Database {
    /// Makes one on the server of `cargo xtask test`.
    pub fn create() -> Result<Self> {
        let server = std::env::var(SERVER).with_context(|| {
            format!(
                "{SERVER} is not set. `cargo xtask test` starts a PostgreSQL and sets it; or give the URL of a server \
                 where databases may be made"
            )
        })?;
        Self::create_on(&server)
    }

    /// Makes one on this server.
    pub fn create_on(server: &str) -> Result<Self> {
        let name = format!("natter_test_{}", uuid::Uuid::now_v7().simple());
        let database = Self {
            server: server.to_owned(),
            name,
            has_role: false,
        };
        database.run("createdb", &[])?;
        Ok(database)
    }

    /// Gives it to a role of its own, which is no superuser.
    pub fn with_role(mut self) -> Result<Self> {
        let name = &self.name;
        let sql = format!(
            "create role {name} login password '{name}'; alter database {name} owner to {name}"
        );
        run_sql(&self.server, &sql)?;
        self.has_role = true;
        Ok(self)
    }

    /// Its name, and that of its role.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its URL, for `database.url`.
    #[must_use]
    pub fn url(&self) -> String {
        let admin = self.admin_url();
        match (self.has_role, admin.split_once('@')) {
            (true, Some((_, address))) => format!("postgres://{0}:{0}@{address}", self.name),
            _ => admin,
        }
    }

    /// Its URL for the server's superuser.
    #[must_use]
    pub fn admin_url(&self) -> String {
        let (server, _) = self.server.rsplit_once('/').unwrap_or((&self.server, ""));
        format!("{server}/{}", self.name)
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Result<()> {
        let output = std::process::Command::new(programs()?.join(program))
            .args(arguments)
            .args(["--maintenance-db", &self.server, &self.name])
            .output()?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{program}: {errors}");
        Ok(())
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // The server may be gone already, and the database with it.
        let dropped = self.run("dropdb", &["--force", "--if-exists"]);
        let dropped = dropped.and_then(|()| match self.has_role {
            true => run_sql(&self.server, &format!("drop role {}", self.name)),
            false => Ok(()),
        });
        if let Err(error) = dropped {
            println!("a test's database was not dropped: {error:#}");
        }
    }
}

/// Runs SQL on a database, and waits for it.
pub fn run_sql(url: &str, sql: &str) -> Result<()> {
    psql(url, &["--command", sql])
}

/// Runs a file of SQL on a database, with a variable (`name=value`), and waits for it.
pub fn run_sql_file(url: &str, file: &Path, variable: &str) -> Result<()> {
    let file = file.to_str().context("a path in UTF-8")?;
    psql(url, &["--set", variable, "--file", file])
}

fn psql(url: &str, arguments: &[&str]) -> Result<()> {
    let output = std::process::Command::new(programs()?.join("psql"))
        .args(PSQL)
        .args(arguments)
        .arg(url)
        .output()?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{arguments:?}: {errors}");
    Ok(())
}

const PSQL: [&str; 4] = ["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1"];

/// Starts SQL on a database; it is killed with the child.
pub fn start_sql(url: &str, sql: &str) -> Result<Child> {
    let mut command = Command::new(programs()?.join("psql"));
    command.args(PSQL).args(["--command", sql, url]);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    Ok(command.stderr(Stdio::null()).kill_on_drop(true).spawn()?)
}

/// The folder with the newest version's binaries.
fn programs() -> Result<PathBuf> {
    let versions = std::fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let newest = versions
        .filter_map(|version| version.file_name().to_str()?.parse::<u32>().ok())
        .filter(|version| bin(*version).join("postgres").is_file())
        .max();
    newest.map(bin).with_context(|| {
        format!(
            "there is no PostgreSQL in {DEBIAN}. Install it (on Debian, as root): \
             apt-get install --yes --no-install-recommends postgresql"
        )
    })
}

fn bin(version: u32) -> PathBuf {
    Path::new(DEBIAN).join(version.to_string()).join("bin")
}

/// `target/`, or the temporary folder if `target/` lies where PostgreSQL's user cannot go.
fn reachable_folder() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let target = program
        .ancestors()
        .find(|folder| folder.join("CACHEDIR.TAG").is_file())
        .context("this program does not lie in cargo's target folder")?;
    for folder in target.ancestors() {
        let open_to_all = std::fs::metadata(folder)?.permissions().mode() & 0o001 != 0;
        if is_root() && !open_to_all {
            return Ok(std::env::temp_dir());
        }
    }
    Ok(target.to_owned())
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

async fn give_to_user(path: &Path) -> Result<()> {
    let status = Command::new("chown")
        .arg(format!("{USER}:"))
        .arg(path)
        .status()
        .await?;
    ensure!(
        status.success(),
        "chown {USER} {}: {status}",
        path.display()
    );
    Ok(())
}

/// A port that was free a moment ago.
pub fn free_port() -> Result<u16> {
    let is_free = |port: &u16| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok();
    let mut generator = rand::rng();
    let ports = std::iter::repeat_with(|| generator.random_range(PORTS)).take(100);
    ports.into_iter().find(is_free).context("no port is free")
}

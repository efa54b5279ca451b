//! A PostgreSQL of this run: its own data folder, durable settings, both servers' databases in it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use natter_tests::deadline::eventually;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::os::unix::process::CommandExt as _;

/// Where Debian puts version 15.
const BINARIES: &str = "/usr/lib/postgresql/15/bin";

/// A running PostgreSQL; dropping it stops it at once.
pub(crate) struct Postgres {
    child: Child,
    port: u16,
}

impl Postgres {
    /// Makes a cluster below `folder` and starts it.
    pub(crate) async fn start(folder: &Path) -> Result<Self> {
        let data = folder.join("postgres");
        std::fs::create_dir(&data)?;
        if is_root()? {
            run(Command::new("chown").arg("postgres").arg(&data))?;
        }
        run(program("initdb")?
            .args(["--auth=trust", "--username=postgres", "--encoding=UTF8"])
            .args(["--locale=C", "--no-sync", "-D"])
            .arg(&data))?;
        let port = free_port()?;
        let log = std::fs::File::create(folder.join("postgres.log"))?;
        let child = program("postgres")?
            .arg("-D")
            .arg(&data)
            .arg(format!("--port={port}"))
            .arg(format!("--unix-socket-directories={}", data.display()))
            // Durability is the default: fsync and synchronous_commit are on.
            .args([
                "--shared-buffers=256MB",
                "--max-wal-size=4GB",
                "--listen-addresses=127.0.0.1",
            ])
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let postgres = Self { child, port };
        eventually("PostgreSQL", async || {
            Ok(postgres.sql("postgres", "select 1").is_ok().then_some(()))
        })
        .await?;
        Ok(postgres)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Makes an empty database.
    pub(crate) fn create(&self, database: &str) -> Result<()> {
        self.sql("postgres", &format!("create database {database}"))
    }

    /// Runs statements.
    pub(crate) fn sql(&self, database: &str, statements: &str) -> Result<()> {
        run(self.psql(database).args(["-c", statements]))
    }

    /// Runs a file.
    pub(crate) fn file(&self, database: &str, file: &Path, variable: &str) -> Result<()> {
        run(self.psql(database).args(["-v", variable, "-f"]).arg(file))
    }

    fn psql(&self, database: &str) -> Command {
        let mut psql = Command::new(PathBuf::from(BINARIES).join("psql"));
        psql.args([
            "-q",
            "-h",
            "127.0.0.1",
            "-U",
            "postgres",
            "-v",
            "ON_ERROR_STOP=1",
        ])
        .args(["-p", &self.port.to_string(), "-d", database]);
        psql
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // SIGINT asks for the fast shutdown; the folder goes away with the run.
        let pid = i32::try_from(self.child.id()).unwrap_or_default();
        if kill(Pid::from_raw(pid), Signal::SIGINT).is_ok() {
            let _ = self.child.wait();
        }
    }
}

/// One of PostgreSQL's programs, which refuse to run as root.
fn program(name: &str) -> Result<Command> {
    let path = PathBuf::from(BINARIES).join(name);
    ensure!(
        path.is_file(),
        "{} is missing. On Debian, as root: apt-get install --yes postgresql-15",
        path.display()
    );
    let mut command = Command::new(path);
    if is_root()? {
        command
            .uid(id(&["-u", "postgres"])?)
            .gid(id(&["-g", "postgres"])?);
        command.current_dir("/");
    }
    command.stdin(Stdio::null());
    Ok(command)
}

fn is_root() -> Result<bool> {
    Ok(id(&["-u"])? == 0)
}

/// A number of `id`.
fn id(arguments: &[&str]) -> Result<u32> {
    let output = Command::new("id").args(arguments).output()?;
    let text = String::from_utf8(output.stdout)?;
    text.trim()
        .parse()
        .with_context(|| format!("id {arguments:?}"))
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    ensure!(
        output.status.success(),
        "{command:?}: {}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> Result<u16> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    Ok(listener.local_addr()?.port())
}

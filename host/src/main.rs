//! The `natter` binary: arguments, log, start, wait for a signal, stop.

mod cli;

use std::process::ExitCode;

use anyhow::Context as _;
use natter::{
    config::{Config, ConfigError, SqliteDurability},
    logging,
    server::{self, Running},
};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::signal::unix::{Signal, SignalKind, signal};

use cli::{Command, ConfigCommand, EXIT_FAILED, EXIT_SETTINGS};

/// Files that are no client's connection: database, log, listeners. Chosen, with room to spare.
const OTHER_FILES: u64 = 100;

fn main() -> ExitCode {
    match run(cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("natter: {error:#}");
            let wrong_settings = error.downcast_ref::<ConfigError>().is_some();
            ExitCode::from(if wrong_settings {
                EXIT_SETTINGS
            } else {
                EXIT_FAILED
            })
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve(settings) => {
            let config = settings.load()?.config;
            on_runtime(worker_threads(&config), serve(config))
        }
        Command::Plugin(command) => on_runtime(2, cli::plugin::run(command)),
        Command::Audit(command) => on_runtime(1, cli::audit::run(command)),
        Command::Migrate(settings) => on_runtime(1, migrate(settings.load()?.config)),
        Command::Config(ConfigCommand::Check(settings)) => {
            settings.load()?;
            println!("The settings are right.");
            Ok(())
        }
        Command::Config(ConfigCommand::Print(print)) => {
            print!("{}", print.text()?);
            Ok(())
        }
    }
}

fn on_runtime(
    worker_threads: usize,
    work: impl Future<Output = anyhow::Result<()>>,
) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(worker_threads)
        .enable_all()
        .build()
        .context("the runtime cannot start")?
        .block_on(work)
}

/// As set, or else half of the cores: `docs/performance.md` has what more of them cost.
fn worker_threads(config: &Config) -> usize {
    match config.server.worker_threads {
        0 => {
            let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
            (cores / 2).max(1)
        }
        threads => threads,
    }
}

async fn serve(config: Config) -> anyhow::Result<()> {
    logging::start(&config.log)?;
    prepare(&config);
    // Before the start, so that a signal that comes during it is not lost.
    let mut signals = Signals::listen()?;
    let data_dir = std::path::absolute(&config.server.data_dir)?;
    let running = server::start(config).await?;
    greet(&running, &data_dir);
    let name = signals.next().await;
    println!("{name}: stopping. Once more stops at once.");
    tokio::select! {
        () = running.stop() => println!("Stopped."),
        _ = signals.next() => anyhow::bail!("stopped at once, on the second signal"),
    }
    Ok(())
}

/// Raises the limit of open files as far as we may, and tells what in the settings the operator may come to regret.
fn prepare(config: &Config) {
    if config.database.sqlite_durability == SqliteDurability::Normal {
        tracing::warn!(
            "database.sqlite_durability is normal: a power cut loses acknowledged messages"
        );
    }
    let raised = getrlimit(Resource::RLIMIT_NOFILE)
        .and_then(|(_, hard)| setrlimit(Resource::RLIMIT_NOFILE, hard, hard).map(|()| hard));
    match raised {
        Ok(open_files) if open_files < config.limits.max_connections as u64 + OTHER_FILES => {
            tracing::warn!(
                open_files,
                max_connections = config.limits.max_connections,
                "the limit of open files is too low for limits.max_connections"
            )
        }
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "the limit of open files cannot be raised"),
    }
}

fn greet(running: &Running, data_dir: &std::path::Path) {
    let url = &running.url;
    println!("Natter {} is up.", env!("CARGO_PKG_VERSION"));
    println!("  address  {url}");
    println!("  data     {}", data_dir.display());
    println!("  stop     Ctrl-C");
    if let Some(fingerprint) = &running.certificate_sha256 {
        println!(
            "\nThe server signed its certificate itself: browsers ask about it. What they show must have this SHA-256:\n"
        );
        println!("  {fingerprint}");
    }
    if let Some(token) = &running.setup_token {
        println!(
            "\nThere is no admin yet. This link makes the first one; it is valid until used:\n"
        );
        println!("  {url}/#/setup/{token}\n");
        println!("or, without a browser:\n");
        println!("  curl {url}/api/v1/setup -H 'content-type: application/json' \\");
        println!(
            "    -d '{{\"token\":\"{token}\",\"username\":\"admin\",\"password\":\"CHOOSE ONE\"}}'\n"
        );
    }
}

async fn migrate(config: Config) -> anyhow::Result<()> {
    match server::migrate(&config).await? {
        (from, to) if from == to => println!("The schema is up to date: version {to}."),
        (from, to) => println!("The schema went from version {from} to {to}."),
    }
    Ok(())
}

/// The two signals that ask for a stop.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn listen() -> anyhow::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }
}

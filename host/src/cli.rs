//! What can be typed after `natter`.
//!
//! Rule: a flag is a spelling of a setting; it says nothing that a file or the environment could not.

pub(crate) mod audit;
mod database;
pub(crate) mod plugin;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use natter::config::{self, Config, ConfigError, Loaded, Sources};

/// Could not start, or failed while running.
pub(crate) const EXIT_FAILED: u8 = 1;
/// Wrong arguments (clap's own code) or settings.
pub(crate) const EXIT_SETTINGS: u8 = 2;

const AFTER_HELP: &str = "\
Examples:
  natter serve                                     on http://127.0.0.1:8080, data in ./data
  natter serve --listen 0.0.0.0:80 --data-dir /var/lib/natter
  natter serve --listen 0.0.0.0:443 --tls-self-signed
  natter serve --set registration.mode=open        any setting, by its key
  NATTER_LOG__FILTER=debug natter serve            the same by environment
  natter config print                              what is in force, and from where
  natter config print --example > natter.toml      every setting, explained
  natter plugin --help                             policies: write, check, install
  natter audit verify                              whether the audit log is whole

Exit codes:
  0  done, or stopped by SIGINT or SIGTERM with everything written
  1  could not start, or failed, or was stopped a second time, or found the audit log broken
  2  wrong arguments or settings";

#[derive(Debug, Parser)]
#[command(name = "natter", version, about = "A self-hosted chat server.", after_help = AFTER_HELP)]
#[command(subcommand_required = true, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the server until SIGINT or SIGTERM.
    Serve(Settings),
    /// Look at the settings.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Write, check, install and look at plugins.
    #[command(subcommand)]
    Plugin(plugin::PluginCommand),
    /// Look at the audit log.
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Bring the database's schema up to date and exit (`serve` does it too).
    Migrate(Settings),
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print every setting in force, and where it came from.
    Print(Print),
    /// Say whether the settings are right; all problems at once.
    Check(Settings),
}

/// Where settings come from, beside the environment.
#[derive(Args, Debug)]
#[command(next_help_heading = "Settings")]
pub(crate) struct Settings {
    /// The file of settings. Without it: `natter.toml` in the working directory, if it is there.
    #[arg(long, value_name = "FILE", env = "NATTER_CONFIG")]
    config: Option<PathBuf>,
    /// Any setting, by its key; may be given again.
    #[arg(long, value_name = "SECTION.KEY=VALUE", value_parser = key_and_value)]
    set: Vec<(String, String)>,
    /// The address to listen on (`server.listen`).
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// The folder of the database and the keys (`server.data_dir`).
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<String>,
    /// The address that people type (`server.public_url`).
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Speak TLS with a certificate that the server signs itself (`tls.self_signed`).
    #[arg(long)]
    tls_self_signed: bool,
    /// What is logged (`log.filter`).
    #[arg(long, value_name = "FILTER")]
    log: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct Print {
    #[command(flatten)]
    settings: Settings,
    /// Print the example file instead: every setting, its default and what it does.
    #[arg(long, conflicts_with = "reference")]
    example: bool,
    /// Print the reference table of `docs/operations.md` instead.
    #[arg(long)]
    reference: bool,
}

/// Reads the arguments; ends the process with help or an explanation where there is nothing to run.
pub(crate) fn parse() -> Command {
    Cli::parse().command
}

impl Settings {
    /// All settings: file, environment, flags.
    pub(crate) fn load(self) -> Result<Loaded, ConfigError> {
        Config::load(&Sources {
            file: self.config.clone(),
            environment: std::env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .collect(),
            flags: self.flags(),
        })
    }

    fn flags(self) -> Vec<(String, String, String)> {
        let set = self
            .set
            .into_iter()
            .map(|(key, value)| (key, value, "--set".to_owned()));
        let self_signed = self.tls_self_signed.then(|| true.to_string());
        let named = [
            ("server.listen", self.listen, "--listen"),
            ("server.data_dir", self.data_dir, "--data-dir"),
            ("server.public_url", self.public_url, "--public-url"),
            ("log.filter", self.log, "--log"),
            ("tls.self_signed", self_signed, "--tls-self-signed"),
        ];
        let named = named
            .into_iter()
            .filter_map(|(key, value, flag)| Some((key.to_owned(), value?, flag.to_owned())));
        set.chain(named).collect()
    }
}

impl Print {
    /// What is to be printed.
    pub(crate) fn text(self) -> Result<String, ConfigError> {
        if self.example {
            return Ok(config::example_file());
        }
        if self.reference {
            return Ok(config::reference_table());
        }
        Ok(self.settings.load()?.to_toml())
    }
}

fn key_and_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("must be SECTION.KEY=VALUE")?;
    Ok((key.trim().to_owned(), value.to_owned()))
}

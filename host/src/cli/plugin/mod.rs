//! `natter plugin`: for authors and for operators at the server's machine.
//!
//! Rule: these commands never talk to a running server. They change its folder, which it watches, and read its database; what only the
//! running server knows is in its log and in the admin's REST.

mod bench;
mod folder;
mod installed;
mod list;
mod new;
mod rehearsal;
mod replay;

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use natter::{config::Config, policy::files::Switch};

use super::Settings;

const AFTER_HELP: &str = "\
An author's path:
  natter plugin new my-filter && cd my-filter
  cargo build --release --target wasm32-wasip2
  natter plugin check target/wasm32-wasip2/release/my_filter.wasm --settings my-filter.toml

An operator's path:
  natter plugin install my_filter.wasm --name my-filter --settings my-filter.toml
  natter plugin list
  natter plugin rollback my-filter

The server takes what these commands put into its folder within a moment, without a restart. They
read its settings as `natter serve` does: start them with the same flags, environment and working
directory. All is explained in docs/plugins.md.";

#[derive(Debug, Subcommand)]
#[command(after_help = AFTER_HELP)]
pub(crate) enum PluginCommand {
    /// Write a new crate that is ready to build: a policy with its settings, schema and tests.
    New(New),
    /// Load a component as the server does, ask each of its hooks once, and say what is wrong with it or its settings.
    Check(Check),
    /// Ask a component again what stands in a trace of the test kit: the decisions must be the same, byte for byte.
    Test(Test),
    /// Measure how long messages take through components: one call, and all of them as a chain.
    Bench(Bench),
    /// List the plugins: which version was activated last, why a file in the folder is not used, and what failed in the last day.
    List(Settings),
    /// Check a component and put it into the server's folder, whole at once.
    Install(Install),
    /// Put back what is in use, if the files in the folder are broken or gone; otherwise the version that was active before.
    Rollback(Named),
    /// Have a plugin asked again: writes `enabled = true` into its settings.
    Enable(Named),
    /// Have a plugin asked no more: writes `enabled = false`. Its component, and what it remembers, stay.
    Disable(Named),
    /// Switch a plugin off and take its component out of the folder. What it remembers stays.
    Remove(Named),
    /// Show when versions became active and what was decided lately. (What the plugin itself logged is in the server's log.)
    Logs(Logs),
}

#[derive(Args, Debug)]
pub(crate) struct New {
    /// Its name, which is also the folder's: a-z, 0-9 and -.
    name: String,
    /// The folder of the crate `natter-plugin`. Without it: `plugin-api` in the working directory if it is there, else the registry's.
    #[arg(long, value_name = "FOLDER")]
    api: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct Check {
    /// The component.
    file: PathBuf,
    /// Its settings, as they would lie beside it.
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct Test {
    /// The component.
    file: PathBuf,
    /// JSON lines, as `natter_plugin_testkit::trace` writes them.
    #[arg(long, value_name = "FILE")]
    events: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct Bench {
    /// Components that judge messages; one may be given several times. None: what asking costs without plugins.
    files: Vec<PathBuf>,
    /// The settings of each of them.
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// How many messages.
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(100..=10_000_000))]
    messages: u32,
}

#[derive(Args, Debug)]
pub(crate) struct Install {
    /// The component.
    file: PathBuf,
    /// The plugin's name. Without it: the file's.
    #[arg(long)]
    name: Option<String>,
    /// Its settings. Without them those that lie there stay.
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    #[command(flatten)]
    server: Settings,
}

#[derive(Args, Debug)]
pub(crate) struct Named {
    /// The plugin.
    name: String,
    #[command(flatten)]
    server: Settings,
}

#[derive(Args, Debug)]
pub(crate) struct Logs {
    /// The plugin.
    name: String,
    /// The last so many decisions.
    #[arg(long, value_name = "N", default_value_t = 20)]
    decisions: u32,
    #[command(flatten)]
    server: Settings,
}

/// Does what was typed.
pub(crate) async fn run(command: PluginCommand) -> anyhow::Result<()> {
    match command {
        PluginCommand::New(new) => new::write(&new.name, new.api.as_deref()),
        PluginCommand::Check(check) => {
            let name = folder::name_of(&check.file)?;
            let settings = settings_text(check.settings.as_deref())?;
            let report =
                rehearsal::check(&name, &check.file, settings.as_deref(), &Config::default())
                    .await?;
            print!("{report}");
            Ok(())
        }
        PluginCommand::Test(test) => replay::replay(&test.file, &test.events),
        PluginCommand::Bench(options) => {
            let settings = settings_text(options.settings.as_deref())?;
            bench::bench(&options.files, settings.as_deref(), options.messages).await
        }
        PluginCommand::List(server) => list::list(&server.load()?.config).await,
        PluginCommand::Install(install) => {
            let config = install.server.load()?.config;
            let name = install
                .name
                .map_or_else(|| folder::name_of(&install.file), Ok)?;
            let settings = settings_text(install.settings.as_deref())?;
            installed::install(&config, &name, &install.file, settings).await
        }
        PluginCommand::Rollback(named) => {
            installed::roll_back(&named.server.load()?.config, &named.name).await
        }
        PluginCommand::Enable(named) => {
            installed::switch(&named.server.load()?.config, &named.name, Switch::On)
        }
        PluginCommand::Disable(named) => {
            installed::switch(&named.server.load()?.config, &named.name, Switch::Off)
        }
        PluginCommand::Remove(named) => {
            installed::remove(&named.server.load()?.config, &named.name).await
        }
        PluginCommand::Logs(logs) => {
            let config = logs.server.load()?.config;
            installed::logs(&config, &logs.name, logs.decisions).await
        }
    }
}

fn settings_text(file: Option<&std::path::Path>) -> anyhow::Result<Option<String>> {
    let read = |file: &std::path::Path| {
        std::fs::read_to_string(file).with_context(|| file.display().to_string())
    };
    file.map(read).transpose()
}

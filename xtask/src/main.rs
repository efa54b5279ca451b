//! What a newcomer types: `cargo xtask run | test | soak | build | bench | fuzz | docs | screenshots | dist`.
//!
//! Rule: each command does everything it needs on a machine with Rust, Node and the package registries, saying what it
//! installs, or fails with the line that installs it. It stays light: it is compiled before anything can be run.

mod bench;
mod build;
mod dist;
mod docs;
mod fuzz;
mod guests;
mod postgres;
mod prerequisites;
mod process;
mod report;
mod suites;
mod test;
mod web;

use std::process::ExitCode;

use clap::Parser;

#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about = "Builds, runs and tests Natter."
)]
enum Command {
    /// Build and run the server, with its data in ./data and Natter's own policies in ./plugins.
    Run {
        /// Arguments of `natter serve`, after `--`: `cargo xtask run -- --listen 0.0.0.0:8080`.
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Check formatting and lints, then run every test and say how long each suite took.
    Test(test::Options),
    /// The suites of crashes, power cuts, a database that is away, random events and plugins under load in their long form: many more rounds, and the
    /// times that a quiet machine must keep.
    Soak(test::Options),
    /// Build what `run` runs: the server, its web client, and the policies in ./plugins.
    Build,
    /// Measure the server beside others.
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Feed what clients may send with made-up inputs, for a while; it must neither panic nor answer a 5xx.
    Fuzz(fuzz::Options),
    /// Write the generated parts of docs/, and the web client's types, anew.
    Docs,
    /// Make pictures of every screen of the web client in target/screenshots.
    Screenshots,
    /// Make a release in dist/: binary, licences, documents, checksum.
    Dist,
}

fn main() -> ExitCode {
    match run(Command::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cargo xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    std::env::set_current_dir(build::root())?;
    match command {
        Command::Run { arguments } => build::run_server(&arguments),
        Command::Test(options) => test::test(&options),
        Command::Soak(options) => test::soak(&options),
        Command::Build => build::everything(),
        Command::Bench(which) => bench::bench(&which),
        Command::Fuzz(options) => fuzz::fuzz(&options),
        Command::Docs => docs::write(),
        Command::Screenshots => web::screenshots(),
        Command::Dist => dist::make(),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_commands_are_consistent() {
        super::Command::command().debug_assert();
    }
}

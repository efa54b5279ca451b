//! `bench chat`: builds the server as it is shipped and the load generator, installs the Node baseline, and compares. `bench policy`: what
//! plugins cost. `bench attacks`: what attacks get. `bench web`: how the page feels in a large room. `bench sfu`: what a forwarded media packet costs.

use std::process::Command;

use clap::{Args, Subcommand};

use crate::{
    build, guests, prerequisites,
    process::{cargo, run},
    web,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Bench {
    /// Natter and the Node server that it replaces, under the same load: raw lines, then ratios. Takes some minutes.
    Chat(Chat),
    /// What a message costs through 0, 1, 3 and 10 plugins, one call of a plugin and the hop to its thread by themselves, loading a cached set, and
    /// what a whole server does with and without the policies that come with it. Takes three minutes once built.
    Policy(Policy),
    /// What attacks get and what they cost others: guessed passwords and names, a flood of logins, 5,000 clients that come back at once. Takes two minutes
    /// once built.
    Attacks,
    /// What a forwarded media packet costs the media worker beside the floor (encrypting and sending alone), with 10, 50 and 100 subscribers and in
    /// bursts; memory of a participant, and latency. Takes two minutes once built.
    Sfu,
    /// Whether anything holds the page up for over 50 ms in a room of 50,000 messages, in Chromium. Takes a minute once built.
    Web,
}

#[derive(Args, Debug)]
pub(crate) struct Policy {
    /// Messages of each run.
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    messages: u32,
}

#[derive(Args, Debug)]
pub(crate) struct Chat {
    /// Only what has this in one of its names: natter, node, postgres, sqlite, txn, batch, ws, socket.io, private,
    /// receipts, group, open, fan-out, idle. May be given again; all must fit.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// The measured seconds of each run.
    #[arg(long, value_name = "N")]
    seconds: Option<u64>,
    /// Where the data of both servers lie. In memory unless given, so that no other program's disk traffic counts.
    #[arg(long, value_name = "PATH")]
    folder: Option<std::path::PathBuf>,
}

pub(crate) fn bench(bench: &Bench) -> anyhow::Result<()> {
    match bench {
        Bench::Chat(options) => chat(options),
        Bench::Policy(options) => policy(options),
        Bench::Attacks => attacks(),
        Bench::Sfu => sfu(),
        Bench::Web => web::measure(),
    }
}

/// The settings under which the shipped filter has all its kinds of rules to look at.
const FILTER_SETTINGS: &str = "tests/src/bin/bench_chat/message_filter.toml";

fn policy(options: &Policy) -> anyhow::Result<()> {
    guests::fixtures()?;
    guests::shipped()?;
    build_release()?;
    let small = guests::fixtures_folder().join("word_filter.wasm");
    for plugins in [0, 1, 3, 10] {
        run(bench_plugins(options).args(std::iter::repeat_n(&small, plugins)))?;
    }
    let filter = guests::shipped_folder().join("message_filter.wasm");
    run(bench_plugins(options)
        .arg(filter)
        .args(["--settings", FILTER_SETTINGS]))?;
    run(bench_chat().arg("--policies").arg(guests::shipped_folder()))
}

/// With the server as `run` builds it: nothing is compared here with other programs, and the release is only faster.
fn attacks() -> anyhow::Result<()> {
    run(cargo().arg("build").args(build::SELECTION).args([
        "--bin",
        "natter",
        "--bin",
        "bench_attacks",
    ]))?;
    let mut command = Command::new(build::target().join("debug/bench_attacks"));
    run(command.env("NATTER_BIN", build::server_binary()))
}

fn sfu() -> anyhow::Result<()> {
    run(cargo()
        .args(["build", "--release"])
        .args(build::SELECTION)
        .args(["--bin", "media_worker", "--bin", "bench_sfu"]))?;
    run(&mut Command::new(build::release_binary("bench_sfu")))
}

/// One selection for both binaries, so that their dependencies are built once.
fn build_release() -> anyhow::Result<()> {
    run(cargo()
        .args(["build", "--release"])
        .args(build::SELECTION)
        .args(["--bin", "natter", "--bin", "bench_chat"]))
}

/// The load generator, which starts the server.
fn bench_chat() -> Command {
    let mut command = Command::new(build::release_binary("bench_chat"));
    command.env("NATTER_BIN", build::release_binary("natter"));
    command
}

fn bench_plugins(options: &Policy) -> Command {
    let mut command = Command::new(build::release_binary("natter"));
    command.args([
        "plugin",
        "bench",
        "--messages",
        &options.messages.to_string(),
    ]);
    command
}

fn chat(options: &Chat) -> anyhow::Result<()> {
    prerequisites::node_baseline()?;
    prerequisites::postgres()?;
    build_release()?;
    let mut command = bench_chat();
    for only in &options.only {
        command.args(["--only", only]);
    }
    if let Some(seconds) = options.seconds {
        command.args(["--seconds", &seconds.to_string()]);
    }
    if let Some(folder) = &options.folder {
        command.arg("--folder").arg(folder);
    }
    run(&mut command)
}

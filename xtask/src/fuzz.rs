//! `fuzz`: builds the targets in `tests/fuzz` with the fuzzer's instrumentation, and runs them.
//!
//! Rule: the toolchain that builds Natter suffices. cargo-fuzz would set the same options, and wants a nightly for its sanitizers.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, ensure};
use clap::Args;

use crate::{
    build, prerequisites,
    process::{cargo, output, run},
};

const PACKAGE: &str = "tests/fuzz";

/// What makes the compiler count the branches that an input takes (as cargo-fuzz has it, without sanitizers).
const INSTRUMENTATION: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Clink-dead-code";

/// Longest input. The interesting ones are short, and long ones are slow.
const MAX_INPUT_BYTES: u32 = 4096;

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// How long each target runs.
    #[arg(long, value_name = "N", default_value_t = 60)]
    seconds: u32,
    /// Only these; all of them if none is named.
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
}

pub(crate) fn fuzz(options: &Options) -> anyhow::Result<()> {
    let known = targets()?;
    for target in &options.targets {
        ensure!(
            known.contains(target),
            "there is no target {target}; there are {}",
            known.join(", ")
        );
    }
    prerequisites::cpp_compiler()?;
    let chosen = if options.targets.is_empty() {
        &known
    } else {
        &options.targets
    };
    build_targets(chosen)?;
    for target in chosen {
        run_target(target, options.seconds)?;
    }
    println!(
        "{} of {} targets ran without a finding",
        chosen.len(),
        known.len()
    );
    Ok(())
}

/// The names of the files of targets.
fn targets() -> anyhow::Result<Vec<String>> {
    let folder = Path::new(PACKAGE).join("fuzz_targets");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        names.extend(name.strip_suffix(".rs").map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

fn build_targets(targets: &[String]) -> anyhow::Result<()> {
    let mut command = cargo();
    command
        .args(["build", "--manifest-path", "tests/fuzz/Cargo.toml"])
        // With a target of its own, what runs while building (macros, scripts) is not instrumented.
        .args(["--target", &host()?, "--target-dir"])
        .arg(folder())
        .env("RUSTFLAGS", INSTRUMENTATION);
    for target in targets {
        command.args(["--bin", target]);
    }
    run(&mut command)
}

fn run_target(target: &str, seconds: u32) -> anyhow::Result<()> {
    let corpus = folder().join("corpus").join(target);
    let artifacts = folder().join("artifacts").join(target);
    for folder in [&corpus, &artifacts] {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    let binary = folder().join(host()?).join("debug").join(target);
    run(Command::new(binary)
        // Inputs that take new branches are added to the first of the two.
        .arg(&corpus)
        .arg(Path::new(PACKAGE).join("corpus").join(target))
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-max_len={MAX_INPUT_BYTES}"))
        .args(["-timeout=10", "-rss_limit_mb=4096", "-print_final_stats=1"]))
    .with_context(|| format!("{target} has a finding, kept in {}", artifacts.display()))
}

/// Where the builds, grown corpora and findings are.
fn folder() -> PathBuf {
    build::target().join("fuzz")
}

/// The machine that we build on, in rustc's words.
fn host() -> anyhow::Result<String> {
    let version = output(Command::new("rustc").arg("-vV"))?;
    let line = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(line.context("rustc names no host")?.to_owned())
}

//! Plugins: built by a cargo of their own for wasm32-wasip2, into a target folder of their own.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, bail};

use crate::{
    build,
    process::{cargo, output, run},
};

const TARGET: &str = "wasm32-wasip2";
const FIXTURES: &str = "tests/fixtures/plugins/Cargo.toml";

/// Builds the plugins that the tests load.
pub(crate) fn fixtures() -> anyhow::Result<()> {
    target()?;
    run(cargo()
        .args(["build", "--examples", "--release", "--locked"])
        .args(["--manifest-path", FIXTURES, "--target", TARGET])
        .arg("--target-dir")
        .arg(folder()))
}

/// Where those plugins are, once built.
pub(crate) fn fixtures_folder() -> PathBuf {
    folder().join(TARGET).join("release/examples")
}

/// Another cargo may hold the lock of the workspace's own target folder.
fn folder() -> PathBuf {
    build::target().join("guests")
}

/// The target that plugins are built for, for the toolchain that runs us.
fn target() -> anyhow::Result<()> {
    let is_there = || -> anyhow::Result<bool> {
        let sysroot = output(Command::new("rustc").args(["--print", "sysroot"]))?;
        let libraries = Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET);
        Ok(libraries.join("lib").exists())
    };
    if is_there()? {
        return Ok(());
    }
    let line = format!("rustup target add {TARGET}");
    println!("plugins need the target {TARGET}: installing it");
    run(Command::new("rustup").args(["target", "add", TARGET]))
        .with_context(|| format!("install it: {line}"))?;
    if !is_there()? {
        bail!("{TARGET} is still missing; install it for the toolchain that runs this: {line}");
    }
    Ok(())
}

//! Building, and running what was built.
//!
//! Rule: `run` and `test` select the same packages. Cargo unifies features over the selected packages, so another
//! selection would build most dependencies a second time.

use std::{
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    guests,
    process::{cargo, run},
    web,
};

/// The packages that `run`, `test` and the lints select.
pub(crate) const SELECTION: &[&str] = &["--workspace"];

/// The repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lies in the repository")
}

/// The server's binary, once built.
pub(crate) fn server_binary() -> PathBuf {
    target().join("debug/natter")
}

/// An optimised binary, once built.
pub(crate) fn release_binary(name: &str) -> PathBuf {
    target().join("release").join(name)
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    // A relative one counts from the repository, where every command runs.
    let chosen = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    root().join(chosen)
}

/// Builds the server: of the whole selection only the one binary, so that nobody waits for the test tools.
pub(crate) fn server() -> anyhow::Result<()> {
    run(cargo()
        .arg("build")
        .args(SELECTION)
        .args(["--bin", "natter"]))
}

/// Builds what `run` runs: the server, its web client, and Natter's own policies into the folder that it watches.
pub(crate) fn everything() -> anyhow::Result<()> {
    server()?;
    web::build()?;
    guests::install_shipped()
}

/// Builds everything and becomes the server, so that signals and the exit code need no forwarding.
pub(crate) fn run_server(arguments: &[String]) -> anyhow::Result<()> {
    everything()?;
    let error = Command::new(server_binary())
        .arg("serve")
        .args(arguments)
        .exec();
    Err(anyhow::Error::new(error).context("the server cannot be started"))
}

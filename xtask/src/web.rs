//! The web client: built by Vite into `host/web/dist`, where the server finds it; checked, and tested in a browser.
//!
//! Rule: everything it needs comes from its own `package-lock.json`, but Node and Debian's Chromium.

use std::process::Command;

use anyhow::ensure;

use crate::{
    build, guests, prerequisites,
    process::{follow, run},
};

/// Its folder.
pub(crate) const FOLDER: &str = "host/web";

/// Builds it.
pub(crate) fn build() -> anyhow::Result<()> {
    prerequisites::web_client()?;
    run(&mut npm("build"))
}

/// Types, and what ESLint finds.
pub(crate) fn lint() -> anyhow::Result<()> {
    run(&mut npm("check"))?;
    run(&mut npm("lint"))
}

/// Writes the types of what goes over the wire, as the built server describes it.
pub(crate) fn write_wire_types() -> anyhow::Result<()> {
    prerequisites::web_client()?;
    run(&mut wire_types())
}

/// Whether they are what the built server describes.
pub(crate) fn check_wire_types() -> anyhow::Result<()> {
    run(wire_types().arg("--check"))
}

/// Runs the suite: a browser, and a server for each test. Answers how many tests ran.
pub(crate) fn test() -> anyhow::Result<usize> {
    let mut passed = 0;
    let succeeded = follow(&mut playwright("tests"), |line| {
        passed = passed_tests(line).unwrap_or(passed);
    })?;
    ensure!(succeeded, "not all tests passed; {passed} did");
    ensure!(passed > 0, "no test ran");
    Ok(passed)
}

/// Makes a picture of every screen in `target/screenshots`.
pub(crate) fn screenshots() -> anyhow::Result<()> {
    prerequisites::browser()?;
    build::everything()?;
    run(&mut playwright("screenshots"))
}

/// Measures how the page feels in a large room.
pub(crate) fn measure() -> anyhow::Result<()> {
    prerequisites::browser()?;
    build::server()?;
    build()?;
    run(&mut playwright("measure"))
}

fn npm(script: &str) -> Command {
    let mut command = Command::new("npm");
    command
        .current_dir(FOLDER)
        .args(["run", "--silent", script]);
    command
}

fn wire_types() -> Command {
    let mut command = Command::new("node");
    command.current_dir(FOLDER).arg("build/wire.mjs");
    command.env("NATTER_BIN", build::server_binary());
    command
}

fn playwright(project: &str) -> Command {
    let mut command = Command::new("node_modules/.bin/playwright");
    command.current_dir(FOLDER);
    command.args(["test", "--project", project]);
    command.env("NATTER_BIN", build::server_binary());
    command.env("NATTER_SHIPPED_PLUGINS", guests::shipped_folder());
    command.env("NATTER_SCREENSHOTS", build::target().join("screenshots"));
    command
}

/// `12` of Playwright's closing line `  12 passed (30.1s)`.
fn passed_tests(line: &str) -> Option<usize> {
    line.trim().split_once(" passed (")?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::passed_tests;

    #[test]
    fn the_closing_line_tells_how_many_passed() {
        assert_eq!(passed_tests("  12 passed (30.1s)"), Some(12));
        assert_eq!(passed_tests("  1 failed"), None);
        assert_eq!(passed_tests("[3/12] the guest has passed (1)"), None);
    }
}

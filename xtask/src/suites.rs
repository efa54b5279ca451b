//! The test executables and what is in them.
//!
//! Rule: a suite is a module of the one integration binary; each runs by itself, so that it has its own seconds.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, ensure};

use crate::{
    build, guests,
    postgres::Postgres,
    process::{cargo, follow, output},
};

/// Suites that load the machine themselves: one test at a time.
const ALONE: &[&str] = &[
    "abuse",
    "crash",
    "database_away",
    "media",
    "policy_load",
    "power_cut",
];

/// One built test executable.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Executable {
    file: PathBuf,
    /// The folder of its package: where cargo would run it.
    package: PathBuf,
    source: String,
    /// The URL of a PostgreSQL for its tests.
    postgres: Option<String>,
}

/// Which of cargo's messages is a test executable. Only these fields are read, so no JSON library is needed.
fn executable(message: &str) -> Option<Executable> {
    let field = |name: &str| {
        let (_, rest) = message.split_once(&format!("\"{name}\":\""))?;
        rest.split_once('"').map(|(value, _)| value)
    };
    // `"test": true` in the target only says that it could be tested; in the profile, that this is the test.
    let (_, profile) = message.split_once("\"profile\":{")?;
    let (profile, _) = profile.split_once('}')?;
    if field("reason") != Some("compiler-artifact") || !profile.contains("\"test\":true") {
        return None;
    }
    Some(Executable {
        file: field("executable")?.into(),
        package: Path::new(field("manifest_path")?).parent()?.to_owned(),
        source: field("src_path")?.to_owned(),
        postgres: None,
    })
}

/// Where the suites are declared.
const SUITES: &str = "tests/suites/main.rs";

/// The suites by their modules: each must hold at least one test.
pub(crate) fn declared() -> anyhow::Result<Vec<String>> {
    let text = std::fs::read_to_string(build::root().join(SUITES)).context(SUITES)?;
    let module = |line: &str| Some(line.strip_prefix("mod ")?.strip_suffix(';')?.to_owned());
    Ok(text.lines().filter_map(module).collect())
}

/// Asks cargo for the test executables; they are built already.
pub(crate) fn executables() -> anyhow::Result<Vec<Executable>> {
    let messages = output(cargo().arg("test").args(build::SELECTION).args([
        "--all-targets",
        "--no-run",
        "--message-format=json",
    ]))?;
    Ok(messages.lines().filter_map(executable).collect())
}

impl Executable {
    /// Its tests will find this server.
    pub(crate) fn tell_of(&mut self, server: &Postgres) {
        self.postgres = Some(server.url().to_owned());
    }

    /// Whether it holds the integration suites.
    pub(crate) fn is_integration(&self) -> bool {
        self.source.ends_with(SUITES)
    }

    /// Its tests, by the module that they are in (its first segment).
    pub(crate) fn suites(&self) -> anyhow::Result<BTreeMap<String, Vec<String>>> {
        let list = output(self.command().args(["--list", "--format=terse"]))?;
        let mut suites = BTreeMap::<String, Vec<String>>::new();
        for name in list.lines().filter_map(|line| line.strip_suffix(": test")) {
            let suite = name.split("::").next().unwrap_or(name);
            suites
                .entry(suite.to_owned())
                .or_default()
                .push(name.to_owned());
        }
        Ok(suites)
    }

    /// Runs the named tests of a suite, and answers how many ran.
    ///
    /// # Errors
    /// One failed, or fewer ran than were named.
    pub(crate) fn run(
        &self,
        suite: &str,
        tests: &[String],
        rounds: Rounds,
    ) -> anyhow::Result<usize> {
        let threads = if ALONE.contains(&suite) { 1 } else { threads() };
        let mut command = self.command();
        command.args(["--exact", &format!("--test-threads={threads}")]);
        command.args(tests);
        // The random suites print their seeds, also when all goes well.
        if self.is_integration() {
            command.arg("--show-output");
        }
        if rounds == Rounds::Soak {
            command.env("NATTER_SOAK", "1");
        }
        let mut passed = 0;
        let succeeded = follow(&mut command, |line| {
            passed += passed_tests(line).unwrap_or(0)
        })?;
        ensure!(succeeded, "{passed} of {} tests passed", tests.len());
        ensure!(
            passed == tests.len(),
            "only {passed} of {} tests ran",
            tests.len()
        );
        Ok(passed)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.file);
        command.current_dir(&self.package);
        command.env("NATTER_BIN", build::server_binary());
        command.env("NATTER_TEST_PLUGINS", guests::fixtures_folder());
        command.env("NATTER_SHIPPED_PLUGINS", guests::shipped_folder());
        if let Some(url) = &self.postgres {
            command.env("NATTER_TEST_POSTGRES", url);
        }
        command
    }
}

/// How long the random suites go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rounds {
    /// A few.
    Test,
    /// Many.
    Soak,
}

/// Tests wait for sockets more than they compute: a few at once even on a small machine.
fn threads() -> usize {
    std::thread::available_parallelism().map_or(2, |cores| cores.get().max(2))
}

/// `12` of `test result: ok. 12 passed; 0 failed; …`.
fn passed_tests(line: &str) -> Option<usize> {
    let (_, rest) = line.strip_prefix("test result: ")?.split_once(". ")?;
    rest.split_once(" passed")?.0.parse().ok()
}

/// The one that holds the suites.
pub(crate) fn integration(executables: &[Executable]) -> anyhow::Result<&Executable> {
    let found = executables
        .iter()
        .find(|executable| executable.is_integration());
    found.context("cargo built no integration tests (tests/suites/main.rs)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_test_executables_are_taken_from_cargos_messages() {
        let message = |reason: &str, test: bool, executable: &str| {
            format!(
                "{{\"reason\":\"{reason}\",\"manifest_path\":\"/r/tests/Cargo.toml\",\"target\":{{\"src_path\":\
                 \"/r/tests/suites/main.rs\",\"test\":true}},\"profile\":{{\"opt_level\":\"1\",\"test\":{test}}},\
                 \"executable\":{executable}}}"
            )
        };
        let found = executable(&message("compiler-artifact", true, "\"/r/target/all-1\""))
            .expect("it is one");
        assert_eq!(found.file, Path::new("/r/target/all-1"));
        assert_eq!(found.package, Path::new("/r/tests"));
        assert!(found.is_integration());
        assert_eq!(
            executable(&message("compiler-artifact", false, "\"/r/target/tool\"")),
            None
        );
        assert_eq!(
            executable(&message("build-script-executed", true, "\"/x\"")),
            None
        );
        assert_eq!(
            executable(&message("compiler-artifact", true, "null")),
            None
        );
    }

    #[test]
    fn the_closing_line_tells_how_many_passed() {
        assert_eq!(
            passed_tests("test result: ok. 12 passed; 0 failed; 0 ignored"),
            Some(12)
        );
        assert_eq!(
            passed_tests("test result: FAILED. 3 passed; 1 failed"),
            Some(3)
        );
        assert_eq!(passed_tests("test x ... ok"), None);
    }
}

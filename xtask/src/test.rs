//! `test` and `soak`: prerequisites, lints, one build, then every suite by itself.

use clap::{Args, ValueEnum};

use crate::{
    build, guests,
    postgres::Postgres,
    prerequisites,
    process::{cargo, run},
    report::Report,
    suites::{self, Executable, Rounds},
    web,
};

/// The suite that needs root.
const POWER_CUT: &str = "power_cut";
/// The suite in a browser; it is no Rust.
const WEB: &str = "web";
/// The suite of calls, in a browser as well.
const MEDIA: &str = "media";
/// The suite in which a clock jumps.
const LIFECYCLE: &str = "lifecycle";
/// The suite that runs schemathesis.
const OPENAPI: &str = "openapi";
/// The suite that is run only when it is asked for.
const MUTATIONS: &str = "mutations";
/// The suites that have a long form.
const SOAKED: &[&str] = &["crash", "database_away", "model", "policy_load", POWER_CUT];

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Leave a suite out that this machine cannot run.
    #[arg(long, value_name = "SUITE")]
    without: Vec<Omission>,
    /// Only take each guard of the server away in turn, and show that the suite of rights notices.
    #[arg(long, conflicts_with = "only")]
    mutate_guards: bool,
    /// Only this suite (may be given again), without the lints.
    #[arg(long, value_name = "SUITE")]
    only: Vec<String>,
}

/// What may be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Omission {
    /// Needs root.
    PowerCut,
}

impl Options {
    fn leaves_out(&self, suite: &str) -> bool {
        suite == POWER_CUT && self.without.contains(&Omission::PowerCut)
    }

    fn selects(&self, suite: &str) -> bool {
        let only = |only: &String| only.replace('-', "_") == suite;
        match suite {
            MUTATIONS => self.mutate_guards || self.only.iter().any(only),
            _ if self.mutate_guards => false,
            _ => self.only.is_empty() || self.only.iter().any(only),
        }
    }

    /// Whether nothing was left out.
    fn is_whole(&self) -> bool {
        self.only.is_empty() && !self.mutate_guards
    }

    fn runs(&self, suite: &str) -> bool {
        self.selects(suite) && !self.leaves_out(suite)
    }
}

pub(crate) fn test(options: &Options) -> anyhow::Result<()> {
    check_only(options)?;
    if options.runs(POWER_CUT) {
        prerequisites::power_cuts()?;
    }
    let mut report = Report::default();
    report.step("prerequisites", || {
        prerequisites::rust_tools()?;
        prerequisites::postgres()?;
        prerequisites::node_client()?;
        prerequisites::python_client()?;
        if options.selects(LIFECYCLE) {
            prerequisites::faketime()?;
        }
        if options.selects(OPENAPI) {
            prerequisites::schemathesis()?;
        }
        if options.selects(WEB) || options.selects(MEDIA) {
            prerequisites::web_client()?;
            prerequisites::browser()?;
        }
        Ok(None)
    });
    if report.has_failed() {
        return report.close();
    }
    if options.is_whole() {
        report.step("formatting", || {
            run(cargo().args(["fmt", "--all", "--check"])).map(|()| None)
        });
        report.step("lints", || lint().map(|()| None));
        report.step("lints of the web client", || web::lint().map(|()| None));
    }
    build_and_run(options, &mut report, Rounds::Test)?;
    report.close()
}

pub(crate) fn soak(options: &Options) -> anyhow::Result<()> {
    check_only(options)?;
    if options.runs(POWER_CUT) {
        prerequisites::power_cuts()?;
    }
    let mut report = Report::default();
    report.step("prerequisites", || prerequisites::postgres().map(|()| None));
    if report.has_failed() {
        return report.close();
    }
    build_and_run(options, &mut report, Rounds::Soak)?;
    report.close()
}

fn lint() -> anyhow::Result<()> {
    run(cargo().arg("clippy").args(build::SELECTION).args([
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))
}

fn build_and_run(options: &Options, report: &mut Report, rounds: Rounds) -> anyhow::Result<()> {
    let mut executables = Vec::new();
    let mut postgres = None;
    report.step("build", || {
        run(cargo()
            .arg("build")
            .args(build::SELECTION)
            .arg("--all-targets"))?;
        executables = suites::executables()?;
        Ok(None)
    });
    report.step("plugins", || {
        guests::fixtures()?;
        guests::shipped()?;
        if options.selects("policies") {
            guests::other_languages()?;
        }
        Ok(None)
    });
    if rounds == Rounds::Test && options.selects(WEB) {
        report.step("web client", || {
            web::build()?;
            web::check_wire_types().map(|()| None)
        });
    }
    if rounds == Rounds::Test && options.selects("policies") {
        report.step("shipped policies", || guests::test_shipped().map(|()| None));
    }
    if executables.is_empty() || report.has_failed() {
        return Ok(());
    }
    report.step("PostgreSQL", || {
        postgres = Some(Postgres::start()?);
        Ok(None)
    });
    let Some(postgres) = postgres else {
        return Ok(());
    };
    for executable in &mut executables {
        executable.tell_of(&postgres);
    }
    if rounds == Rounds::Test && options.selects("unit") {
        report.step("unit", || run_unit(&executables).map(Some));
    }
    if rounds == Rounds::Test && options.is_whole() {
        report.step("examples in docs", || {
            run(cargo().arg("test").args(build::SELECTION).arg("--doc")).map(|()| None)
        });
    }
    let integration = suites::integration(&executables)?;
    let found = integration.suites()?;
    for suite in suites::declared()? {
        anyhow::ensure!(found.contains_key(&suite), "the suite {suite} has no test");
    }
    for (suite, tests) in &found {
        let wanted = rounds == Rounds::Test || SOAKED.contains(&suite.as_str());
        if options.leaves_out(suite) {
            report.leave_out(suite);
        } else if wanted && options.selects(suite) {
            report.step(suite, || integration.run(suite, tests, rounds).map(Some));
        }
    }
    if rounds == Rounds::Test && options.selects(WEB) {
        report.step(WEB, || web::test().map(Some));
    }
    Ok(())
}

/// Refuses a suite that is not there, before anything is built.
fn check_only(options: &Options) -> anyhow::Result<()> {
    let declared = suites::declared()?;
    let is_rust = |only: &&String| !["unit", WEB].contains(&only.as_str());
    for only in options.only.iter().filter(is_rust) {
        anyhow::ensure!(
            declared.contains(&only.replace('-', "_")),
            "there is no suite {only}; there are unit, web, {}",
            declared.join(", ")
        );
    }
    Ok(())
}

/// The tests that stand beside the code, of all packages.
fn run_unit(executables: &[Executable]) -> anyhow::Result<usize> {
    let mut passed = 0;
    for executable in executables
        .iter()
        .filter(|executable| !executable.is_integration())
    {
        let tests: Vec<String> = executable.suites()?.into_values().flatten().collect();
        if !tests.is_empty() {
            passed += executable.run("unit", &tests, Rounds::Test)?;
        }
    }
    anyhow::ensure!(passed > 0, "no test ran");
    Ok(passed)
}

//! How long each step took and how it ended: the table at the end of `test`.

use std::time::{Duration, Instant};

/// How a step ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Well; for suites with the number of tests.
    Passed(Option<usize>),
    /// With this reason.
    Failed(String),
    /// It was left out on request.
    LeftOut,
}

struct Step {
    name: String,
    took: Duration,
    outcome: Outcome,
}

/// The steps so far.
#[derive(Default)]
pub(crate) struct Report {
    steps: Vec<Step>,
}

impl Report {
    /// Runs a step and notes it. A step that fails does not keep the next ones from running.
    pub(crate) fn step(
        &mut self,
        name: &str,
        work: impl FnOnce() -> anyhow::Result<Option<usize>>,
    ) {
        println!("\n== {name}");
        let began = Instant::now();
        let outcome = match work() {
            Ok(tests) => Outcome::Passed(tests),
            Err(error) => Outcome::Failed(format!("{error:#}")),
        };
        let took = began.elapsed();
        if let Outcome::Failed(why) = &outcome {
            println!("{why}");
        }
        println!(
            "== {name}: {} in {:.1} s",
            describe(&outcome),
            took.as_secs_f64()
        );
        self.steps.push(Step {
            name: name.to_owned(),
            took,
            outcome,
        });
    }

    /// Notes a step that was not run.
    pub(crate) fn leave_out(&mut self, name: &str) {
        println!("\n== {name}: left out");
        self.steps.push(Step {
            name: name.to_owned(),
            took: Duration::ZERO,
            outcome: Outcome::LeftOut,
        });
    }

    /// Whether something failed so far.
    pub(crate) fn has_failed(&self) -> bool {
        self.steps
            .iter()
            .any(|step| matches!(step.outcome, Outcome::Failed(_)))
    }

    /// Prints the table.
    ///
    /// # Errors
    /// Something failed.
    pub(crate) fn close(self) -> anyhow::Result<()> {
        println!("\n{:<24} {:>9}  outcome", "step", "seconds");
        for step in &self.steps {
            let seconds = step.took.as_secs_f64();
            println!(
                "{:<24} {seconds:>9.1}  {}",
                step.name,
                describe(&step.outcome)
            );
        }
        let total: Duration = self.steps.iter().map(|step| step.took).sum();
        println!("{:<24} {:>9.1}", "altogether", total.as_secs_f64());
        anyhow::ensure!(!self.has_failed(), "not everything passed; see the table");
        Ok(())
    }
}

fn describe(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Passed(Some(tests)) => format!("passed, {tests} tests"),
        Outcome::Passed(None) => "passed".to_owned(),
        Outcome::Failed(why) => format!("FAILED: {}", why.lines().next().unwrap_or_default()),
        Outcome::LeftOut => "LEFT OUT on request".to_owned(),
    }
}

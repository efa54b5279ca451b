//! Natter with and without the policies that come with it, by turns, so that whatever else the machine does falls on both.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::cpu::Process;
use crate::measure::{self, Target};
use crate::natter::{Database, Natter};
use crate::plan::{PEOPLE, SATURATED};
use crate::report::{Run, Subject};
use crate::wire::Wire;

/// The policies: their names, and settings under which each has something to do.
const POLICIES: [(&str, &str); 2] = [
    ("admin-approval", "grants = [\"set_status\"]\n"),
    ("message-filter", include_str!("message_filter.toml")),
];
const OFF: &str = "enabled = false\n";
/// Turns of each.
const TURNS: u32 = 3;

/// Prints a line for each run, and what share of the messages remains with the policies.
pub(crate) async fn compare(folder: &Path, components: &Path, time: Duration) -> Result<()> {
    let natter = Natter::prepare(folder, Database::Sqlite, PEOPLE).await?;
    let plugins = natter.plugins();
    for (name, _) in POLICIES {
        let built = components.join(format!("{}.wasm", name.replace('-', "_")));
        std::fs::create_dir_all(&plugins)?;
        std::fs::copy(&built, plugins.join(format!("{name}.wasm")))
            .with_context(|| built.display().to_string())?;
    }
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for turn in 0..TURNS {
        for (settings, storage, runs) in [
            (
                POLICIES.map(|(name, _)| (name, OFF)),
                "without",
                &mut without,
            ),
            (POLICIES, "policies", &mut with),
        ] {
            for (name, text) in settings {
                std::fs::write(plugins.join(format!("{name}.toml")), text)?;
            }
            runs.extend(loads(&natter, storage, turn, time).await?);
        }
    }
    println!();
    for (workload, _) in SATURATED {
        let (with, without) = (median(&with, workload), median(&without, workload));
        let share = 100.0 * with / without;
        println!("{workload:<18} {share:>6.1} % of the messages remain  bar >= 90");
    }
    Ok(())
}

/// All loads on one server.
async fn loads(
    natter: &Natter,
    storage: &'static str,
    turn: u32,
    time: Duration,
) -> Result<Vec<Run>> {
    let server = natter.start().await?;
    let mut runs = Vec::new();
    for (number, (workload, traffic)) in (0..).zip(SATURATED) {
        let target = Target {
            subject: Subject {
                server: "natter",
                storage,
                transport: "ws",
            },
            people: natter.people(&server)?,
            wire: Wire::Plain,
            server: Process::One(server.pid()),
            database: None,
            run: turn * 100 + number + if storage == "without" { 0 } else { 50 },
        };
        let run = measure::saturate(&target, workload, traffic, time).await?;
        println!("{run}");
        runs.push(run);
    }
    server.stop().await?;
    Ok(runs)
}

/// Of the rates of one workload.
fn median(runs: &[Run], workload: &str) -> f64 {
    let of_it = runs.iter().filter(|run| run.workload == workload);
    let mut rates: Vec<f64> = of_it.map(|run| run.units_per_second).collect();
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or_default()
}

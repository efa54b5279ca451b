//! Traces: files of JSON lines, each with all that a decision followed from, and the decision.

use std::io::{BufRead, Write};

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::{
    component::Component,
    event::{Answer, Event},
};

pub use crate::world::Import;

/// One line of a trace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// What was asked.
    #[serde(flatten)]
    pub event: Event,
    /// The time, in milliseconds since the epoch.
    pub now: u64,
    /// What the random numbers began with.
    pub seed: u64,
    /// The table `[config]` as JSON.
    pub config: String,
    /// What each import answered, in the order of the calls.
    pub imports: Vec<Import>,
    /// What the policy decided.
    pub answer: Answer,
}

impl Line {
    /// As it stands in a file, without the line's end.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("plain data can be written")
    }
}

/// Adds a line to a trace.
///
/// # Errors
/// It cannot be written.
pub fn write(trace: &mut impl Write, line: &Line) -> Result<()> {
    writeln!(trace, "{}", line.to_json()).context("the trace cannot be written")
}

/// Asks again what stands in a line, with its clock, seed, config and answers of imports.
///
/// # Errors
/// The policy failed, has no such hook, or asked for other things than in the trace.
pub fn replay(component: &Component, line: &Line) -> Result<Answer> {
    component.replay(line)
}

/// Replays a whole trace, and answers how many lines it had.
///
/// # Errors
/// The first line that cannot be read, or whose decision is not the same, byte for byte.
pub fn check(component: &Component, trace: impl BufRead) -> Result<usize> {
    let mut lines = 0;
    for text in trace.lines() {
        let text = text?;
        lines += 1;
        let line: Line = serde_json::from_str(&text).with_context(|| format!("line {lines}"))?;
        let answer = replay(component, &line).with_context(|| format!("line {lines}"))?;
        let (expected, found) = (as_json(&line.answer), as_json(&answer));
        ensure!(
            expected == found,
            "line {lines}: decided {found}, in the trace {expected}"
        );
    }
    Ok(lines)
}

fn as_json(answer: &Answer) -> String {
    serde_json::to_string(answer).expect("plain data can be written")
}

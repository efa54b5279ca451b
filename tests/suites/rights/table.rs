//! Reads `matrix.txt`.

use anyhow::{Context as _, Result, ensure};

use super::cast::Role;

const MATRIX: &str = include_str!("matrix.txt");

/// One route or event, and what each kind of person hears.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// `GET`, …, or `EVENT`.
    pub(super) method: &'static str,
    /// The path with its placeholders, or the event's name.
    pub(super) target: &'static str,
    /// A status or a code for each of [`Role::ALL`].
    pub(super) expected: Vec<&'static str>,
    /// JSON with placeholders.
    pub(super) body: &'static str,
    /// It ends the device that it is called from.
    pub(super) ends_device: bool,
}

impl Row {
    fn read(line: &'static str) -> Result<Self> {
        let mut parts = line.split('|').map(str::trim);
        let head = parts.next().context("a row has a head")?;
        let (method, target) = head.split_once(' ').context("a method and a target")?;
        let expected = parts.next().context("what is expected")?;
        let expected: Vec<_> = expected.split_whitespace().collect();
        ensure!(
            expected.len() == Role::ALL.len(),
            "{} columns, there are {} roles",
            expected.len(),
            Role::ALL.len()
        );
        Ok(Self {
            method,
            target: target.trim(),
            expected,
            body: parts.next().unwrap_or_default(),
            ends_device: parts.next().is_some(),
        })
    }

    pub(super) fn is_event(&self) -> bool {
        self.method == "EVENT"
    }

    /// The route as the description has it: without the values of its placeholders.
    pub(super) fn route(&self) -> String {
        let mut route = format!("{} ", self.method);
        for (at, part) in self.target.split('{').enumerate() {
            if at == 0 {
                route += part;
                continue;
            }
            let (place, rest) = part.split_once('}').unwrap_or((part, ""));
            let name = place.split('=').next().unwrap_or(place);
            route += &format!("{{{name}}}{rest}");
        }
        route
    }
}

/// All rows.
pub(super) fn rows() -> Result<Vec<Row>> {
    let lines = MATRIX.lines().map(str::trim);
    let rows = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    rows.map(|line| Row::read(line).with_context(|| line.to_owned()))
        .collect()
}

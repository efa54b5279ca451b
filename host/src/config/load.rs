//! Puts the values of all sources over the defaults.
//!
//! Rule: every problem is found before any is told, also in a value that a stronger source replaces.

use std::{collections::BTreeMap, ops::RangeInclusive};

use super::{
    Config, ConfigError, Problem, Sources,
    declare::{About, Visitor},
    relations,
    source::{self, Given, Raw},
    value::Setting,
};

/// The settings and where each came from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The settings.
    pub config: Config,
    /// Key to source, for those that are not the default.
    pub origins: BTreeMap<String, String>,
}

pub(super) fn load(sources: &Sources) -> Result<Loaded, ConfigError> {
    let mut problems = Vec::new();
    let mut config = Config::default();
    let mut origins = BTreeMap::new();
    for given in source::read(sources, &mut problems) {
        match assign(&mut config, &given) {
            Ok(()) => {
                origins.insert(given.key, given.source);
            }
            Err(what) => problems.push(Problem {
                key: given.key,
                source: given.source,
                what,
            }),
        }
    }
    problems.extend(
        sources
            .environment
            .iter()
            .filter_map(|(name, _)| misspelt(name)),
    );
    problems.extend(relations::check(&config, &origins));
    if problems.is_empty() {
        Ok(Loaded { config, origins })
    } else {
        Err(ConfigError { problems })
    }
}

fn assign(config: &mut Config, given: &Given) -> Result<(), String> {
    let mut assign = Assign {
        given,
        outcome: None,
    };
    config.visit(&mut assign);
    assign
        .outcome
        .unwrap_or_else(|| Err(unknown(&given.key, &keys())))
}

/// A variable with one underscore where two belong is none of the settings, but was surely meant to be one.
fn misspelt(variable: &str) -> Option<Problem> {
    let name = variable.strip_prefix(source::ENV_PREFIX)?.to_lowercase();
    let key = keys()
        .into_iter()
        .find(|key| key.replace('.', "_") == name)?;
    let right = key.replace('.', "__").to_uppercase();
    Some(Problem {
        key,
        source: format!("environment variable {variable}"),
        what: format!("is read from {}{right}", source::ENV_PREFIX),
    })
}

struct Keys(Vec<String>);

impl Visitor for Keys {
    fn setting<T: Setting>(&mut self, about: About, _: &mut T, _: Option<RangeInclusive<T>>) {
        self.0.push(about.key());
    }
}

fn keys() -> Vec<String> {
    let mut keys = Keys(Vec::new());
    Config::default().visit(&mut keys);
    keys.0
}

struct Assign<'a> {
    given: &'a Given,
    outcome: Option<Result<(), String>>,
}

impl Visitor for Assign<'_> {
    fn setting<T: Setting>(
        &mut self,
        about: About,
        value: &mut T,
        range: Option<RangeInclusive<T>>,
    ) {
        if about.key() == self.given.key {
            self.outcome = Some(read(&self.given.raw, range).map(|read| *value = read));
        }
    }
}

fn read<T: Setting>(raw: &Raw, range: Option<RangeInclusive<T>>) -> Result<T, String> {
    let (value, shown) = match raw {
        Raw::Toml(value) => (T::from_toml(value), value.to_string()),
        Raw::Text(text) => (T::from_text(text), format!("`{text}`")),
    };
    match value {
        Some(value) if range.as_ref().is_none_or(|range| range.contains(&value)) => Ok(value),
        _ => Err(format!(
            "is {shown}; allowed is {}",
            allowed(range.as_ref())
        )),
    }
}

/// What a setting of this type and range may be.
pub(super) fn allowed<T: Setting>(range: Option<&RangeInclusive<T>>) -> String {
    let show = |value: &T| {
        value
            .to_toml()
            .map_or_else(String::new, |value| value.to_string())
    };
    match range {
        Some(range) => format!(
            "{} from {} to {}",
            T::allowed(),
            show(range.start()),
            show(range.end())
        ),
        None => T::allowed(),
    }
}

/// Says that there is no such key, and which one may be meant.
fn unknown(key: &str, keys: &[String]) -> String {
    let last = |key: &str| key.rsplit('.').next().unwrap_or_default().to_owned();
    let same_name = keys.iter().find(|known| last(known) == last(key));
    let nearest = keys.iter().min_by_key(|known| distance(known, key));
    let meant = same_name.or(nearest.filter(|known| distance(known, key) <= 4));
    match meant {
        Some(known) => format!("there is no such setting; did you mean {known}?"),
        None => "there is no such setting; `natter config print` lists them".to_owned(),
    }
}

/// How many letters must be put in, taken out or changed (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let changed = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests;

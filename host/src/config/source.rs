//! The places that a value can come from, each turned into one flat list.
//!
//! Rule: nothing is judged here beyond what makes a list of keys and values; the first problem ends nothing.

use std::{ops::Range, path::PathBuf};

use toml::de::{DeTable, DeValue};

use super::Problem;

/// The file that is read from the working directory, if it is there and no other is named.
const DEFAULT_FILE: &str = "natter.toml";
/// What our variables begin with.
pub(super) const ENV_PREFIX: &str = "NATTER_";

/// Where settings come from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The file that must be read; without it `natter.toml` is, if present.
    pub file: Option<PathBuf>,
    /// The environment; variables that are not ours are passed over.
    pub environment: Vec<(String, String)>,
    /// Flags: key, value, and the flag as it was typed.
    pub flags: Vec<(String, String, String)>,
}

/// A value before it is known what type it must have.
#[derive(Clone, Debug)]
pub(super) enum Raw {
    Toml(toml::Value),
    Text(String),
}

/// A value, where it goes and where it came from.
#[derive(Clone, Debug)]
pub(super) struct Given {
    pub(super) key: String,
    pub(super) raw: Raw,
    pub(super) source: String,
}

/// Reads all sources, the weakest first.
pub(super) fn read(sources: &Sources, problems: &mut Vec<Problem>) -> Vec<Given> {
    let mut given = read_file(sources, problems);
    given.extend(sources.environment.iter().filter_map(read_variable));
    given.extend(sources.flags.iter().map(|(key, value, flag)| Given {
        key: key.clone(),
        raw: Raw::Text(value.clone()),
        source: format!("flag {flag}"),
    }));
    given
}

/// `NATTER_LIMITS__MESSAGE_BODY_BYTES` is `limits.message_body_bytes`. Without the double underscore it is none of the
/// settings (tests and `--config` have variables of their own).
fn read_variable((name, value): &(String, String)) -> Option<Given> {
    let (section, setting) = name.strip_prefix(ENV_PREFIX)?.split_once("__")?;
    Some(Given {
        key: format!("{section}.{setting}").to_lowercase(),
        raw: Raw::Text(value.clone()),
        source: format!("environment variable {name}"),
    })
}

fn read_file(sources: &Sources, problems: &mut Vec<Problem>) -> Vec<Given> {
    let path = sources.file.clone().unwrap_or_else(|| DEFAULT_FILE.into());
    match std::fs::read_to_string(&path) {
        Ok(text) => parse_file(&path.display().to_string(), &text, problems),
        Err(error) if sources.file.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
            Vec::new()
        }
        Err(error) => {
            problems.push(Problem {
                key: String::new(),
                source: path.display().to_string(),
                what: format!("cannot be read: {error}"),
            });
            Vec::new()
        }
    }
}

fn parse_file(name: &str, text: &str, problems: &mut Vec<Problem>) -> Vec<Given> {
    let (document, errors) = DeTable::parse_recoverable(text);
    problems.extend(errors.iter().map(|error| Problem {
        key: String::new(),
        source: line_of(name, text, error.span().unwrap_or_default()),
        what: format!("is not TOML: {}", error.message()),
    }));
    if !errors.is_empty() {
        return Vec::new();
    }
    let mut given = Vec::new();
    collect(&Where { name, text }, "", document.get_ref(), &mut given);
    given.sort_by_key(|(offset, _)| *offset);
    given.into_iter().map(|(_, given)| given).collect()
}

struct Where<'a> {
    name: &'a str,
    text: &'a str,
}

/// Every value that is not a table, with its path of keys and its offset in the text.
fn collect(file: &Where<'_>, path: &str, table: &DeTable<'_>, into: &mut Vec<(usize, Given)>) {
    for (key, value) in table {
        let path = match path {
            "" => key.get_ref().to_string(),
            _ => format!("{path}.{}", key.get_ref()),
        };
        match value.get_ref() {
            DeValue::Table(table) => collect(file, &path, table, into),
            _ => into.push((
                key.span().start,
                given(file, path, key.span(), value.span()),
            )),
        }
    }
}

fn given(file: &Where<'_>, key: String, key_span: Range<usize>, value_span: Range<usize>) -> Given {
    let raw = match file.text[value_span.clone()].parse() {
        Ok(value) => Raw::Toml(value),
        // A table header's value has no text of its own; what is there is told as it stands.
        Err(_) => Raw::Text(file.text[value_span].to_owned()),
    };
    Given {
        key,
        raw,
        source: line_of(file.name, file.text, key_span),
    }
}

fn line_of(name: &str, text: &str, span: Range<usize>) -> String {
    let line = 1 + text
        .bytes()
        .take(span.start)
        .filter(|byte| *byte == b'\n')
        .count();
    format!("{name} line {line}")
}

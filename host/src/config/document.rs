//! Writes the settings down: the example file, the table in the docs, and what is in force.
//!
//! Rule: generated from `keys` alone, so that it cannot say anything else than what is read.

use std::{collections::BTreeMap, ops::RangeInclusive};

use super::{
    Config, Loaded,
    declare::{About, Visitor},
    load::allowed,
    value::Setting,
};

/// One setting, ready to be written down.
struct Entry {
    about: About,
    allowed: String,
    value: Option<String>,
}

struct Entries(Vec<Entry>);

impl Visitor for Entries {
    fn setting<T: Setting>(
        &mut self,
        about: About,
        value: &mut T,
        range: Option<RangeInclusive<T>>,
    ) {
        self.0.push(Entry {
            about,
            allowed: allowed(range.as_ref()),
            value: value.to_toml().map(|value| value.to_string()),
        });
    }
}

fn entries(config: &Config) -> Vec<Entry> {
    let mut entries = Entries(Vec::new());
    config.clone().visit(&mut entries);
    entries.0
}

/// The example file: every setting with its default, commented out.
#[must_use]
pub fn example_file() -> String {
    let mut out = String::from(
        "# Natter's settings, all at their defaults. Copy what you change into `natter.toml`.\n\
         #\n\
         # The same by environment: NATTER_LIMITS__MESSAGE_BODY_BYTES=4096; by flag: --set limits.message_body_bytes=4096.\n\
         # A flag beats the environment, which beats the file. Unknown keys are refused.\n\
         #\n\
         # Generated: `cargo xtask docs` writes this file anew from host/src/config/keys.rs.\n",
    );
    let mut section = "";
    for entry in entries(&Config::default()) {
        if entry.about.section != section {
            section = entry.about.section;
            out.push('\n');
            comment(&mut out, entry.about.section_doc);
            out += &format!("[{section}]\n");
        }
        out.push('\n');
        comment(&mut out, entry.about.doc);
        out += &format!("# Allowed: {}.\n", entry.allowed);
        let value = entry.value.as_deref().unwrap_or("\"\"");
        out += &format!("# {} = {value}\n", entry.about.name);
    }
    out
}

fn comment(out: &mut String, lines: &[&str]) {
    for line in lines {
        *out += format!("#{line}").trim_end();
        out.push('\n');
    }
}

/// The reference for `docs/operations.md`, as a Markdown table.
#[must_use]
pub fn reference_table() -> String {
    let mut out = String::from("| key | default | allowed | what it does |\n|---|---|---|---|\n");
    for entry in entries(&Config::default()) {
        let value = entry
            .value
            .map_or_else(|| "none".to_owned(), |value| format!("`{value}`"));
        let doc: String = entry.about.doc.concat();
        out += &format!(
            "| `{}` | {value} | {} | {} |\n",
            entry.about.key(),
            entry.allowed,
            doc.trim()
        );
    }
    out
}

impl Loaded {
    /// What is in force, as a file that could be read again, with the source of each value that is not the default.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut out = String::new();
        let mut section = "";
        for entry in entries(&without_secrets(&self.config)) {
            if entry.about.section != section {
                let gap = if section.is_empty() { "" } else { "\n" };
                section = entry.about.section;
                out += &format!("{gap}[{section}]\n");
            }
            out += &line(&entry, &self.origins);
        }
        out
    }
}

fn line(entry: &Entry, origins: &BTreeMap<String, String>) -> String {
    let name = entry.about.name;
    let origin = origins.get(&entry.about.key());
    match (&entry.value, origin) {
        (Some(value), Some(origin)) => format!("{name} = {value} # {origin}\n"),
        (Some(value), None) => format!("{name} = {value}\n"),
        (None, _) => format!("# {name} is not set\n"),
    }
}

/// The password in an address and what is shared with TURN servers are for nobody's terminal.
fn without_secrets(config: &Config) -> Config {
    let mut config = config.clone();
    for url in [&mut config.database.url, &mut config.smtp.url] {
        if let Some(url) = url
            && let Some((form, rest)) = url.split_once("://")
            && let Some((login, host)) = rest.rsplit_once('@')
            && let Some((user, _)) = login.split_once(':')
        {
            *url = format!("{form}://{user}:***@{host}");
        }
    }
    if let Some(secret) = &mut config.calls.turn_secret {
        *secret = "***".to_owned();
    }
    config
}

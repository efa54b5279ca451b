//! What is found in a text: words, patterns, links.

use regex::{Regex, RegexBuilder};

use crate::settings::{Action, Links, Words};

/// Compiled patterns may take this much: more is a mistake, and would fill an instance's memory.
const COMPILED_BYTES: usize = 4 << 20;
const LINK: &str = r#"(?i)\b(?:https?://|www\.)[^\s<>"]+"#;

/// One rule on texts.
pub(crate) struct Finder {
    pub(crate) code: &'static str,
    pub(crate) action: Action,
    pub(crate) reason: String,
    regex: Regex,
    /// For links: where they may go.
    allowed_hosts: Option<Vec<String>>,
}

impl Finder {
    /// Whole words in any case.
    pub(crate) fn words(words: &Words, place: &str) -> Result<Self, String> {
        let escaped: Vec<String> = words.list.iter().map(|word| regex::escape(word)).collect();
        let any = format!(
            r"\b{{start-half}}(?:{})\b{{end-half}}",
            alternatives(&escaped)
        );
        let why = "Your message has a word that is not wanted here.";
        Ok(Self {
            code: "forbidden_word",
            action: words.action,
            reason: words.reason.clone().unwrap_or_else(|| why.to_owned()),
            regex: compile(&any).map_err(|why| format!("{place}words: {why}"))?,
            allowed_hosts: None,
        })
    }

    /// Regular expressions in any case.
    pub(crate) fn patterns(patterns: &Words, place: &str) -> Result<Self, String> {
        for pattern in &patterns.list {
            compile(pattern).map_err(|why| format!("{place}patterns: `{pattern}`: {why}"))?;
        }
        let all = alternatives(&patterns.list);
        let why = "Your message has something that is not wanted here.";
        Ok(Self {
            code: "forbidden_text",
            action: patterns.action,
            reason: patterns.reason.clone().unwrap_or_else(|| why.to_owned()),
            regex: compile(&all).map_err(|why| format!("{place}patterns, together: {why}"))?,
            allowed_hosts: None,
        })
    }

    /// Links to other hosts than those allowed.
    pub(crate) fn links(links: &Links) -> Result<Self, String> {
        let why = "Your message has a link that is not wanted here.";
        let hosts = links.allowed_hosts.iter();
        Ok(Self {
            code: "forbidden_link",
            action: links.action,
            reason: links.reason.clone().unwrap_or_else(|| why.to_owned()),
            regex: compile(LINK)?,
            allowed_hosts: Some(hosts.map(|host| host.to_lowercase()).collect()),
        })
    }

    pub(crate) fn finds(&self, text: &str) -> bool {
        self.action != Action::Allow && self.matches(text).next().is_some()
    }

    fn matches<'t>(&self, text: &'t str) -> impl Iterator<Item = regex::Match<'t>> {
        self.regex.find_iter(text).filter(|found| {
            let hosts = self.allowed_hosts.as_ref();
            !found.is_empty() && hosts.is_none_or(|hosts| !is_allowed(found.as_str(), hosts))
        })
    }
}

/// The text with an asterisk for each letter of what was found.
pub(crate) fn mask(text: &str, finders: &[&Finder]) -> String {
    let mut hidden = vec![false; text.len()];
    for found in finders.iter().flat_map(|finder| finder.matches(text)) {
        hidden[found.range()].fill(true);
    }
    let letters = text.char_indices();
    letters
        .map(|(at, letter)| {
            if hidden[at] && !letter.is_whitespace() {
                '*'
            } else {
                letter
            }
        })
        .collect()
}

/// One of them; none matches nothing.
fn alternatives(patterns: &[String]) -> String {
    if patterns.is_empty() {
        return "[^\\s\\S]".to_owned();
    }
    let groups: Vec<String> = patterns.iter().map(|it| format!("(?:{it})")).collect();
    groups.join("|")
}

fn compile(pattern: &str) -> Result<Regex, String> {
    let mut builder = RegexBuilder::new(pattern);
    builder.case_insensitive(true).size_limit(COMPILED_BYTES);
    builder.build().map_err(|error| error.to_string())
}

/// Whether a link goes to one of the hosts, or below it.
fn is_allowed(link: &str, hosts: &[String]) -> bool {
    let link = link.to_lowercase();
    let rest = link
        .split_once("://")
        .map_or(link.as_str(), |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or(rest);
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let host = host.split(':').next().unwrap_or(host).trim_end_matches('.');
    hosts.iter().any(|allowed| {
        let below = host.strip_suffix(allowed.as_str());
        below.is_some_and(|below| below.is_empty() || below.ends_with('.'))
    })
}

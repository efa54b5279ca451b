//! `<name>.toml` beside a plugin's file: what the operator says of one plugin.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize as _};
use toml_edit::{DocumentMut, Item, Table, TomlError, ser::ValueSerializer};

use super::scope::Scope;
use crate::model::policy::Hook;

/// The word by which outbound HTTP is granted.
const HTTP_GRANT: &str = "http";
/// The effects that can be granted.
const EFFECTS: [&str; 7] = [
    "post",
    "set_status",
    "mute",
    "remove",
    "notify_admins",
    "start_recording",
    "stop_recording",
];

/// What the operator says of one plugin.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Settings {
    /// Whether it is asked at all.
    pub(super) enabled: bool,
    /// Low comes first; then by name.
    pub(super) priority: i64,
    /// Whether instances serve several calls.
    pub(super) instances: Instances,
    /// Effects, and `http`.
    pub(super) grants: BTreeSet<String>,
    /// Where `http` may go: `example.org`, `example.org:8443`; without TLS: `http://example.org`.
    pub(super) http_hosts: Vec<String>,
    /// Whom and what it judges.
    pub(super) scope: Scope,
    /// Instead of the hook's default.
    pub(super) on_failure: BTreeMap<Hook, OnFailure>,
    /// The plugin's own.
    pub(super) config: toml::Table,
}

/// Whether instances serve several calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Instances {
    /// They do, one at a time.
    Pooled,
    /// Each serves one: for what is not trusted.
    Fresh,
}

/// What a failed call counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum OnFailure {
    /// As if the plugin had allowed it.
    Allow,
    /// As if it had held it: registration and messages.
    Hold,
    /// As if it had rejected it.
    Reject,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            enabled: true,
            priority: 100,
            instances: Instances::Pooled,
            grants: BTreeSet::new(),
            http_hosts: Vec::new(),
            scope: Scope::default(),
            on_failure: BTreeMap::new(),
            config: toml::Table::new(),
        }
    }
}

impl Settings {
    /// Reads the file's text; empty for no file.
    ///
    /// # Errors
    /// What is wrong with it, for the operator.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let settings: Self = toml::from_str(text).map_err(|error| in_one_line(text, &error))?;
        for grant in &settings.grants {
            if grant != HTTP_GRANT && !EFFECTS.contains(&grant.as_str()) {
                return Err(format!(
                    "grants has `{grant}`; allowed are {HTTP_GRANT}, {}",
                    EFFECTS.join(", ")
                ));
            }
        }
        for host in &settings.http_hosts {
            if let Some((scheme, _)) = host.split_once("://")
                && scheme != "http"
                && scheme != "https"
            {
                return Err(format!(
                    "http_hosts has `{host}`; allowed are `example.org`, `example.org:8443`, `http://example.org`"
                ));
            }
        }
        for (hook, on_failure) in &settings.on_failure {
            let allowed = allowed_on_failure(*hook);
            if !allowed.contains(on_failure) {
                return Err(format!(
                    "on_failure.{} cannot be {on_failure:?}; allowed is {allowed:?}",
                    hook.as_str()
                ));
            }
        }
        Ok(settings)
    }

    /// What a failed call of a hook counts as.
    pub(super) fn on_failure(&self, hook: Hook) -> OnFailure {
        let default = match hook {
            Hook::Registration | Hook::Messages => OnFailure::Hold,
            _ => OnFailure::Reject,
        };
        self.on_failure.get(&hook).copied().unwrap_or(default)
    }

    /// Whether the plugin may ask for an effect of that kind.
    pub(super) fn grants(&self, kind: &str) -> bool {
        self.grants.contains(kind)
    }

    /// Whether it may fetch from other servers.
    pub(super) fn grants_http(&self) -> bool {
        self.grants(HTTP_GRANT)
    }

    /// The file's text with another table `[config]`. What stands elsewhere in it stays, and so does what is equal in it.
    ///
    /// # Errors
    /// The text or the new table cannot be used, for the operator.
    pub(super) fn with_config(
        text: &str,
        config: &serde_json::Map<String, serde_json::Value>,
    ) -> Result<String, String> {
        let present = Self::parse(text)?.config_json();
        let mut document: DocumentMut =
            text.parse().map_err(|error: TomlError| error.to_string())?;
        if !document.contains_key("config") {
            // At the end of the file, after its last comment.
            let mut table = Table::new();
            let comment = document.trailing().as_str().unwrap_or_default();
            table.decor_mut().set_prefix(format!("{comment}\n"));
            document.set_trailing("");
            document.insert("config", Item::Table(table));
        }
        let table = document["config"].as_table_like_mut();
        let table = table.ok_or("config is no table")?;
        let gone = |name: &String| !config.contains_key(name);
        let names = present
            .as_object()
            .into_iter()
            .flat_map(serde_json::Map::keys);
        for name in names.filter(|it| gone(it)) {
            table.remove(name);
        }
        for (name, value) in config {
            if present.get(name) != Some(value) {
                let value = value.serialize(ValueSerializer::new());
                let value = value.map_err(|error| format!("config.{name}: {error}"))?;
                table.insert(name, toml_edit::value(value));
            }
        }
        Ok(document.to_string())
    }

    /// `[config]` as JSON.
    pub(super) fn config_json(&self) -> serde_json::Value {
        json_object(&self.config)
    }
}

/// Commands and admin actions answer an error, what comes after is ignored: nothing to choose there.
fn allowed_on_failure(hook: Hook) -> &'static [OnFailure] {
    match hook {
        Hook::Registration | Hook::Messages => {
            &[OnFailure::Allow, OnFailure::Hold, OnFailure::Reject]
        }
        Hook::Rooms | Hook::Calls => &[OnFailure::Allow, OnFailure::Reject],
        _ => &[],
    }
}

fn json_object(table: &toml::Table) -> serde_json::Value {
    let fields = table.iter();
    fields
        .map(|(name, value)| (name.clone(), json(value)))
        .collect()
}

fn json(value: &toml::Value) -> serde_json::Value {
    match value {
        toml::Value::String(text) => text.clone().into(),
        toml::Value::Integer(number) => (*number).into(),
        toml::Value::Float(number) => (*number).into(),
        toml::Value::Boolean(truth) => (*truth).into(),
        // JSON has no times.
        toml::Value::Datetime(time) => time.to_string().into(),
        toml::Value::Array(items) => items.iter().map(json).collect(),
        toml::Value::Table(table) => json_object(table),
    }
}

/// Where and what, without the picture of it: the log's lines are single ones.
fn in_one_line(text: &str, error: &toml::de::Error) -> String {
    let start = error.span().map_or(0, |span| span.start);
    let before = text.get(..start).unwrap_or_default();
    let number = before.matches('\n').count();
    let line = text.lines().nth(number).unwrap_or_default().trim();
    let what = error.message().replace('\n', ", ");
    format!("line {}, `{line}`: {what}", number + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_file_everything_has_its_default() {
        let settings = Settings::parse("").expect("nothing is wrong with nothing");
        assert_eq!(settings, Settings::default());
        assert_eq!(settings.on_failure(Hook::Messages), OnFailure::Hold);
        assert_eq!(settings.on_failure(Hook::Registration), OnFailure::Hold);
        assert_eq!(settings.on_failure(Hook::Rooms), OnFailure::Reject);
        assert_eq!(settings.on_failure(Hook::Calls), OnFailure::Reject);
        assert!(!settings.grants("post") && !settings.grants_http());
    }

    #[test]
    fn what_is_wrong_is_named() {
        let refused = |text: &str, words: &str| {
            let error = Settings::parse(text).expect_err(text);
            assert!(error.contains(words), "{text}: {error}");
        };
        refused("grants = [\"fly\"]", "`fly`");
        refused("http_hosts = [\"ftp://a.org\"]", "`ftp://a.org`");
        refused("priorty = 1", "priorty");
        refused("on_failure.rooms = \"hold\"", "on_failure.rooms");
        refused("on_failure.schedule = \"allow\"", "on_failure.schedule");
        refused("scope.rooms = [\"kitchen\"]", "kitchen");
        refused("priority = ", "priority");
    }

    #[test]
    fn another_config_leaves_the_rest_as_it_stands() {
        let text = "# Ours.\npriority = 5 # early\n\n[config]\nlimit = 3 # few\nold = true\n\n[config.room]\non = true\n\n[scope]\nrooms = [\"group\"]\n";
        let config = |value: serde_json::Value| match value {
            serde_json::Value::Object(config) => config,
            other => panic!("{other}"),
        };
        let new =
            serde_json::json!({ "limit": 3, "words": { "list": ["a"] }, "room": { "on": false } });
        let written = Settings::with_config(text, &config(new.clone())).expect("it is valid");
        let settings = Settings::parse(&written).expect("it is valid");
        assert_eq!(settings.config_json(), new);
        assert_eq!(settings.priority, 5);
        assert!(settings.scope != Scope::default(), "{written}");
        for kept in ["# Ours.", "# early", "# few"] {
            assert!(written.contains(kept), "{written}");
        }
        let commented = Settings::with_config("# Ours.\n", &config(new.clone()));
        let first = commented.expect("it is valid");
        assert!(first.starts_with("# Ours.\n\n[config]\n"), "{first}");
        let settings = Settings::parse(&first).expect("it is valid");
        assert_eq!(settings.config_json(), new);
        let null = config(serde_json::json!({ "limit": null }));
        let refused = Settings::with_config("", &null).expect_err("TOML has no null");
        assert!(refused.contains("config.limit"), "{refused}");
        assert!(Settings::with_config("priority = ", &null).is_err());
    }

    #[test]
    fn the_config_comes_as_json() {
        let text = "[config]\nwords = [\"a\", \"b\"]\nlimit = 3\nrate = 0.5\nsince = 2026-01-02\n[config.room]\non = true";
        let settings = Settings::parse(text).expect("it is valid");
        let expected = serde_json::json!({
            "words": ["a", "b"], "limit": 3, "rate": 0.5, "since": "2026-01-02", "room": { "on": true }
        });
        assert_eq!(settings.config_json(), expected);
    }
}

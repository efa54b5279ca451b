//! `<name>.toml` beside a plugin's file: what the operator says of one plugin.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

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
        let settings: Self = toml::from_str(text).map_err(|error| error.to_string())?;
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
    fn the_config_comes_as_json() {
        let text = "[config]\nwords = [\"a\", \"b\"]\nlimit = 3\nrate = 0.5\nsince = 2026-01-02\n[config.room]\non = true";
        let settings = Settings::parse(text).expect("it is valid");
        let expected = serde_json::json!({
            "words": ["a", "b"], "limit": 3, "rate": 0.5, "since": "2026-01-02", "room": { "on": true }
        });
        assert_eq!(settings.config_json(), expected);
    }
}

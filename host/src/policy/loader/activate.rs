//! From a component and its settings to a generation that may be asked.
//!
//! Rule: compile, link, probe, instantiate, check the config, migrate, one call of each hook that decides; only then is it active. Whatever
//! fails, what was active before stays so.

use std::{sync::Arc, time::Duration};

use uuid::Uuid;

use super::super::{
    asked::Asked,
    breaker::Breaker,
    component::Linked,
    counters::Counters,
    directory::Directory,
    generation::{Described, Generation, Plugin},
    http::Http,
    instance::{Instance, Terms},
    keeper::Keeper,
    kv::Namespace,
    options::PolicyOptions,
    pool::{Pool, PoolLimits},
    settings::Settings,
    state::Surroundings,
};
use crate::{
    metrics::PolicyMetrics,
    model::{
        CallId, DecisionId, MemberRole, MessageId, RoomId, RoomKind, Timestamp, UserId, UserRole,
        policy::{
            Attr, CallAttempt, CallChange, CommandInfo, Hook, MediaKind, MessageChange, Newcomer,
            PolicyMessage, RoomAttempt, RoomChange,
        },
    },
};

/// What a first call may take: more than others, for it may have much to set up.
const FIRST_CALL: Duration = Duration::from_secs(2);

/// What every activation needs.
#[derive(Debug)]
pub(super) struct Activator {
    pub(super) options: PolicyOptions,
    pub(super) keeper: Arc<Keeper>,
    pub(super) directory: Directory,
    pub(super) http: Arc<Http>,
    pub(super) metrics: PolicyMetrics,
}

/// What is to be activated.
pub(super) struct Candidate {
    pub(super) plugin: Arc<Plugin>,
    pub(super) number: u64,
    pub(super) hash: Arc<str>,
    pub(super) linked: Linked,
    pub(super) settings: Arc<Settings>,
    /// The state version of what is active now, or was last.
    pub(super) former_state: Option<u32>,
}

impl Activator {
    /// # Errors
    /// Why it cannot be active, for the operator.
    pub(super) async fn activate(&self, candidate: Candidate) -> Result<Generation, String> {
        let config = candidate.settings.config_json();
        let mut around = self.surroundings(&candidate, &config);
        let described = self.describe(&candidate, &around, &config).await?;
        let (namespace, is_new) = self.namespace(&candidate, described.state_version).await?;
        around.namespace = Arc::clone(&namespace);
        self.try_out(&candidate, &around, is_new).await?;
        around.counters = Arc::clone(&candidate.plugin.counters);
        let limits = PoolLimits {
            instances: self.options.instances,
            memory_bytes: self.options.memory_bytes,
            wait: self.options.instance_wait,
        };
        let pool = Pool::new(candidate.linked.clone(), around, limits);
        let warmed = pool.warm_up(&first_call()).await;
        warmed.map_err(|failure| format!("cannot be instantiated: {failure}"))?;
        if is_new.is_some() {
            let replaced = self.keeper.replace(namespace).await;
            replaced.map_err(|error| format!("its keys cannot be kept: {error}"))?;
        }
        let name = &candidate.plugin.name;
        Ok(Generation {
            number: candidate.number,
            hash: candidate.hash,
            described,
            settings: candidate.settings,
            hooks: candidate.linked.hooks().collect(),
            active_since: Timestamp::now(),
            pool,
            breakers: Hook::ALL.map(|_| Breaker::new(self.options.breaker)),
            meters: Hook::ALL
                .map(|hook| self.metrics.hook(name, hook.as_str()))
                .into(),
            plugin: candidate.plugin,
        })
    }

    /// For trying it out: nothing that it does leaves a trace.
    fn surroundings(&self, candidate: &Candidate, config: &serde_json::Value) -> Surroundings {
        Surroundings {
            log: Arc::clone(&candidate.plugin.log),
            counters: Arc::new(Counters::new(self.options.kv.keys)),
            namespace: self.keeper.scratch(&candidate.plugin.name),
            settings: Arc::clone(&candidate.settings),
            config_json: config.to_string().into(),
            directory: self.directory.clone(),
            http: Arc::clone(&self.http),
        }
    }

    async fn describe(
        &self,
        candidate: &Candidate,
        around: &Surroundings,
        config: &serde_json::Value,
    ) -> Result<Described, String> {
        let terms = first_call();
        let mut instance = self.instance(candidate, around).await?;
        let refused = |failure| format!("does not describe itself: {failure}");
        let description = instance.describe(&terms).await.map_err(refused)?;
        let mut described = Described::default();
        if let Some(description) = description {
            described.version = description.version;
            described.summary = description.summary;
            described.config_schema = description.config_schema;
            described.state_version = description.state_version;
        }
        check_config(&described.config_schema, config)?;
        let initialised = instance.init(&terms).await;
        initialised.map_err(|failure| format!("cannot begin: {failure}"))?;
        let commands = instance.commands(&terms).await.map_err(refused)?;
        described.commands = commands
            .into_iter()
            .map(|(name, usage, summary)| {
                let plugin = candidate.plugin.name.clone();
                check_command(&name)?;
                Ok(CommandInfo {
                    plugin,
                    name,
                    usage,
                    summary,
                })
            })
            .collect::<Result<_, String>>()?;
        described.interval_seconds = instance.interval_seconds(&terms).await.map_err(refused)?;
        Ok(described)
    }

    /// The keys for a form of the state; with the older form of which they are a fresh copy, to be migrated.
    async fn namespace(
        &self,
        candidate: &Candidate,
        state_version: u32,
    ) -> Result<(Arc<Namespace>, Option<u32>), String> {
        let name = &candidate.plugin.name;
        let failed = |error| format!("its keys cannot be read: {error}");
        match candidate.former_state {
            Some(former) if former < state_version => {
                let old = self.keeper.open(name, former).await.map_err(failed)?;
                Ok((Arc::new(old.copy(state_version)), Some(former)))
            }
            _ => {
                let kept = self
                    .keeper
                    .open(name, state_version)
                    .await
                    .map_err(failed)?;
                Ok((kept, None))
            }
        }
    }

    async fn try_out(
        &self,
        candidate: &Candidate,
        around: &Surroundings,
        migrate_from: Option<u32>,
    ) -> Result<(), String> {
        let mut instance = self.instance(candidate, around).await?;
        let initialised = instance.init(&first_call()).await;
        initialised.map_err(|failure| format!("cannot begin: {failure}"))?;
        if let Some(from) = migrate_from {
            let migrated = instance.migrate(from, &first_call()).await;
            migrated.map_err(|failure| format!("cannot migrate its state: {failure}"))?;
        }
        for asked in canaries()
            .into_iter()
            .filter(|it| candidate.linked.has(it.hook()))
        {
            let hook = asked.hook().as_str();
            let answered = instance.try_out(&asked, &first_call()).await;
            answered.map_err(|failure| format!("its first call of {hook} failed: {failure}"))?;
        }
        Ok(())
    }

    async fn instance(
        &self,
        candidate: &Candidate,
        around: &Surroundings,
    ) -> Result<Instance, String> {
        let memory_bytes = self.options.memory_bytes;
        let made = Instance::create(&candidate.linked, around, memory_bytes, &first_call()).await;
        made.map_err(|failure| format!("cannot be instantiated: {failure}"))
    }
}

fn first_call() -> Terms {
    Terms {
        decision_id: DecisionId(Uuid::nil()),
        at: Timestamp::now(),
        deadline: FIRST_CALL,
        fetching: Duration::ZERO,
    }
}

fn check_config(schema: &str, config: &serde_json::Value) -> Result<(), String> {
    if schema.is_empty() {
        return Ok(());
    }
    let schema = serde_json::from_str(schema)
        .map_err(|error| format!("its config schema is not JSON: {error}"))?;
    let validator = jsonschema::validator_for(&schema)
        .map_err(|error| format!("its config schema is no JSON Schema: {error}"))?;
    let wrong: Vec<String> = validator
        .iter_errors(config)
        .take(5)
        .map(|error| match error.instance_path().as_str() {
            "" => error.to_string(),
            path => format!(
                "{}: {error}",
                path.trim_start_matches('/').replace('/', ".")
            ),
        })
        .collect();
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!("[config] does not fit: {}", wrong.join("; ")))
}

fn check_command(name: &str) -> Result<(), String> {
    let fits =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    if (1..=32).contains(&name.len()) && name.bytes().all(fits) {
        return Ok(());
    }
    Err(format!(
        "declares the command `{name}`; allowed is 1 to 32 of a-z, 0-9, - and _"
    ))
}

/// One event for each hook that decides, marked with the attribute `canary`.
fn canaries() -> Vec<Asked> {
    let attrs = || {
        let (name, value) = ("canary".to_owned(), "true".to_owned());
        vec![Attr { name, value }]
    };
    let nobody = UserId(Uuid::nil());
    let room_id = Some(RoomId(Uuid::nil()));
    vec![
        Asked::Registration(Newcomer {
            user_id: nobody,
            username: "canary".to_owned(),
            display_name: "Canary".to_owned(),
            email: None,
            email_verified: false,
            invite_id: None,
            invite_label: None,
            answers: Vec::new(),
            attrs: attrs(),
        }),
        Asked::Message(PolicyMessage {
            change: MessageChange::Send,
            message_id: MessageId(Uuid::nil()),
            room_id,
            room_kind: RoomKind::Group,
            sender_id: nobody,
            sender_role: MemberRole::Member,
            account_role: UserRole::Member,
            recipient_id: None,
            body: "canary".to_owned(),
            previous_body: None,
            reply_to: None,
            at: Timestamp::now(),
            attrs: attrs(),
        }),
        Asked::Room(RoomAttempt {
            change: RoomChange::Rename,
            room_id,
            actor_id: nobody,
            account_role: UserRole::Member,
            subject_ids: Vec::new(),
            name: Some("canary".to_owned()),
            attrs: attrs(),
        }),
        Asked::Call(CallAttempt {
            change: CallChange::Start,
            call_id: CallId(Uuid::nil()),
            room_id,
            room_kind: RoomKind::Group,
            actor_id: nobody,
            account_role: UserRole::Member,
            callee_id: None,
            media: MediaKind::Audio,
            attrs: attrs(),
        }),
        Asked::Panels,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_config_is_checked_against_the_plugins_schema() {
        let schema = r#"{"type": "object", "properties": {"words": {"type": "array", "items": {"type": "string"}}},
            "additionalProperties": false}"#;
        let check = |config: serde_json::Value| check_config(schema, &config);
        assert_eq!(check(serde_json::json!({"words": ["a"]})), Ok(()));
        let wrong = check(serde_json::json!({"words": ["a", 1]})).expect_err("1 is no text");
        assert!(wrong.contains("words.1"), "{wrong}");
        let wrong = check(serde_json::json!({"wrods": []})).expect_err("it is misspelt");
        assert!(wrong.contains("wrods"), "{wrong}");
        assert!(check_config("{", &serde_json::json!({})).is_err());
        assert!(check_config("{\"type\": 1}", &serde_json::json!({})).is_err());
        assert_eq!(check_config("", &serde_json::json!({"a": 1})), Ok(()));
    }

    #[test]
    fn a_commands_name_can_be_typed() {
        for name in ["mute", "a", "x-1_y"] {
            assert_eq!(check_command(name), Ok(()));
        }
        for name in ["", "Mute", "a b", "/a", "ä", &"a".repeat(33)] {
            assert!(check_command(name).is_err(), "{name}");
        }
    }
}

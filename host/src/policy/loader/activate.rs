//! From a component and its settings to a generation that may be asked.
//!
//! Rule: compile, link, probe, instantiate, check the config, migrate, one call of each hook that decides; only then is it active. Whatever
//! fails, what was active before stays so.

use std::sync::Arc;

use uuid::Uuid;

use super::{
    super::{
        answer::short,
        asked::Asked,
        capacity::Capacity,
        component::Linked,
        counters::Counters,
        directory::Directory,
        generation::{self, Described, Generation, Plugin},
        http::Http,
        instance::{CallFailure, FIRST_CALL, Instance, Terms},
        keeper::Keeper,
        kv::Namespace,
        options::PolicyOptions,
        pool::{Paused, Pool, PoolLimits},
        schema::Schema,
        settings::Settings,
        state::Surroundings,
        wasi::Seeds,
    },
    refusal::Refusal,
};
use crate::{
    metrics::PolicyMetrics,
    model::{
        CallId, MediaKind, MemberRole, MessageId, RoomId, RoomKind, Timestamp, UserId, UserRole,
        policy::{
            Attr, CallAttempt, CallChange, CommandInfo, MessageChange, Newcomer, PolicyMessage,
            RoomAttempt, RoomChange,
        },
    },
    store::StoreError,
};

/// Longest version and summary of a plugin.
const VERSION_BYTES: usize = 64;
const SUMMARY_BYTES: usize = 512;

/// What every activation needs.
#[derive(Debug)]
pub(super) struct Activator {
    pub(super) options: PolicyOptions,
    pub(super) keeper: Arc<Keeper>,
    pub(super) capacity: Arc<Capacity>,
    pub(super) directory: Directory,
    pub(super) http: Arc<Http>,
    pub(super) seeds: Seeds,
    pub(super) metrics: PolicyMetrics,
}

/// What is to be activated.
pub(super) struct Candidate {
    pub(super) plugin: Arc<Plugin>,
    pub(super) number: u64,
    pub(super) hash: Arc<str>,
    pub(super) linked: Linked,
    pub(super) settings: Arc<Settings>,
    /// What is active now.
    pub(super) former: Option<Arc<Generation>>,
    /// The state version of that, or of what was active last.
    pub(super) former_state: Option<u32>,
}

/// What may take its plugin's place; dropped, it changes nothing.
pub(super) struct Prepared {
    pub(super) generation: Generation,
    /// If it has a newer form of the state.
    pub(super) moved: Option<Moved>,
}

/// The plugin's keys have been copied and migrated, and the former version writes none any more. It may again if this is dropped.
pub(super) struct Moved {
    old: Arc<Namespace>,
    former: Option<(Arc<Generation>, Paused)>,
    is_done: bool,
}

impl Moved {
    /// The former version is asked no more.
    pub(super) fn done(mut self) {
        self.is_done = true;
        if let Some((former, _)) = &self.former
            && let Ok(pool) = &former.pool
        {
            pool.close();
        }
    }
}

impl Drop for Moved {
    fn drop(&mut self) {
        if !self.is_done {
            self.old.reopen();
        }
    }
}

impl Activator {
    /// # Errors
    /// Why it cannot be active.
    pub(super) async fn activate(&self, candidate: Candidate) -> Result<Prepared, Refusal> {
        let limits = PoolLimits {
            instances: self.options.instances,
            memory_bytes: self.options.memory_bytes,
            wait: self.options.instance_wait,
        };
        let instances = Pool::instances(&candidate.linked, limits);
        let room = candidate.linked.room().times(instances);
        let reserved = self.capacity.reserve(room).map_err(Refusal::for_now)?;
        let config = candidate.settings.config_json();
        let mut around = self.surroundings(&candidate, &config);
        let described = self.describe(&candidate, &around, &config).await?;
        let version = described.state_version;
        let migrate_from = candidate.former_state.filter(|former| *former < version);
        let name = &candidate.plugin.name;
        around.namespace = match migrate_from {
            Some(former) => Arc::new(self.open(name, former).await?.copy(version)),
            None => self.open(name, version).await?,
        };
        self.try_out(&candidate, &around, migrate_from).await?;
        let moved = match migrate_from {
            Some(former) => Some(self.migrate(&candidate, &mut around, former).await?),
            None => None,
        };
        around.counters = Arc::clone(&candidate.plugin.counters);
        let pool = Pool::new(&candidate.linked, &around, limits, reserved);
        let filled = pool.fill().await;
        filled.map_err(|failure| failed("cannot be instantiated", &failure))?;
        if moved.is_some() {
            let replaced = self.keeper.replace(around.namespace).await;
            replaced.map_err(|error| keys_failed("kept", &error))?;
        } else {
            // What an upgrade has left behind serves again after a rollback.
            around.namespace.reopen();
        }
        let generation = Generation {
            number: candidate.number,
            hash: candidate.hash,
            described,
            settings: candidate.settings,
            hooks: candidate.linked.hooks().collect(),
            active_since: Timestamp::now(),
            pool: Ok(pool),
            breakers: generation::breakers(self.options.breaker),
            meters: generation::meters(&candidate.plugin, &self.metrics),
            plugin: candidate.plugin,
        };
        Ok(Prepared { generation, moved })
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
            seeds: self.seeds.clone(),
        }
    }

    async fn describe(
        &self,
        candidate: &Candidate,
        around: &Surroundings,
        config: &serde_json::Value,
    ) -> Result<Described, Refusal> {
        let terms = Terms::first_call();
        let mut instance = self.instance(candidate, around).await?;
        let refused = |failure| failed("does not describe itself", &failure);
        let description = instance.describe(&terms).await.map_err(refused)?;
        let mut described = Described::default();
        if let Some(description) = description {
            described.version = short(description.version, VERSION_BYTES);
            described.summary = short(description.summary, SUMMARY_BYTES);
            described.config_schema = description.config_schema;
            described.state_version = description.state_version;
        }
        check_config(&described.config_schema, config).map_err(Refusal::of_content)?;
        let initialised = instance.init(&terms).await;
        initialised.map_err(|failure| failed("cannot begin", &failure))?;
        let commands = instance.commands(&terms).await.map_err(refused)?;
        described.commands = commands
            .into_iter()
            .map(|(name, usage, summary)| {
                let plugin = candidate.plugin.name.clone();
                check_command(&name).map_err(Refusal::of_content)?;
                Ok(CommandInfo {
                    plugin,
                    name,
                    usage,
                    summary,
                })
            })
            .collect::<Result<_, Refusal>>()?;
        described.interval_seconds = instance.interval_seconds(&terms).await.map_err(refused)?;
        Ok(described)
    }

    async fn open(&self, plugin: &str, state_version: u32) -> Result<Arc<Namespace>, Refusal> {
        let opened = self.keeper.open(&plugin.into(), state_version).await;
        opened.map_err(|error| keys_failed("read", &error))
    }

    async fn try_out(
        &self,
        candidate: &Candidate,
        around: &Surroundings,
        migrate_from: Option<u32>,
    ) -> Result<(), Refusal> {
        let mut instance = self.begun(candidate, around).await?;
        if let Some(from) = migrate_from {
            migrate(&mut instance, from).await?;
        }
        for asked in canaries()
            .into_iter()
            .filter(|it| candidate.linked.has(it.hook()))
        {
            let answered = instance.try_out(&asked, &Terms::first_call()).await;
            answered.map_err(|failure| {
                let hook = asked.hook().as_str();
                failed(&format!("its first call of {hook} failed"), &failure)
            })?;
        }
        Ok(())
    }

    /// The migration that counts. Nothing that the former version has written until now is missing: calls that somebody waits for have
    /// ended, and the others can write no more.
    async fn migrate(
        &self,
        candidate: &Candidate,
        around: &mut Surroundings,
        from: u32,
    ) -> Result<Moved, Refusal> {
        let former = match &candidate.former {
            Some(generation) => match &generation.pool {
                Ok(pool) => {
                    let paused = pool.pause(FIRST_CALL).await;
                    let busy = || Refusal::for_now("the calls of the version before do not end");
                    Some((Arc::clone(generation), paused.ok_or_else(busy)?))
                }
                Err(_) => None,
            },
            None => None,
        };
        let old = self.open(&candidate.plugin.name, from).await?;
        old.close();
        let moved = Moved {
            old: Arc::clone(&old),
            former,
            is_done: false,
        };
        around.namespace = Arc::new(old.copy(around.namespace.state_version));
        let mut instance = self.begun(candidate, around).await?;
        migrate(&mut instance, from).await?;
        Ok(moved)
    }

    async fn begun(
        &self,
        candidate: &Candidate,
        around: &Surroundings,
    ) -> Result<Instance, Refusal> {
        let mut instance = self.instance(candidate, around).await?;
        let initialised = instance.init(&Terms::first_call()).await;
        initialised.map_err(|failure| failed("cannot begin", &failure))?;
        Ok(instance)
    }

    async fn instance(
        &self,
        candidate: &Candidate,
        around: &Surroundings,
    ) -> Result<Instance, Refusal> {
        let memory_bytes = self.options.memory_bytes;
        let terms = Terms::first_call();
        let made = Instance::create(&candidate.linked, around, memory_bytes, &terms).await;
        made.map_err(|failure| failed("cannot be instantiated", &failure))
    }
}

async fn migrate(instance: &mut Instance, from: u32) -> Result<(), Refusal> {
    let migrated = instance.migrate(from, &Terms::first_call()).await;
    migrated.map_err(|failure| failed("cannot migrate its state", &failure))
}

fn failed(what: &str, failure: &CallFailure) -> Refusal {
    Refusal {
        why: format!("{what}: {failure}"),
        is_transient: failure.is_transient(),
    }
}

fn keys_failed(what: &str, error: &StoreError) -> Refusal {
    Refusal::for_now(format!("its keys cannot be {what}: {error}"))
}

fn check_config(schema: &str, config: &serde_json::Value) -> Result<(), String> {
    if schema.is_empty() {
        return Ok(());
    }
    let schema = Schema::parse(schema).map_err(|why| format!("its config schema {why}"))?;
    schema
        .check(config)
        .map_err(|why| format!("[config] does not fit: {why}"))
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

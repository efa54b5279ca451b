//! One loaded version of a plugin, and what all its versions share.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::mpsc;

use super::{
    asked::{Asked, Reply},
    breaker::Breaker,
    counters::Counters,
    events::Told,
    http,
    instance::{CallFailure, Terms},
    log::PluginLog,
    options::BreakerOptions,
    pool::{AskFailure, Pool},
    settings::Settings,
    stats::HookStats,
};
use crate::{
    metrics::{HookMeters, PolicyMetrics},
    model::{
        DecisionId, Timestamp,
        policy::{BreakerStatus, CommandInfo, Hook, LogLevel, PluginName, Verdict},
    },
};

/// What lives as long as the server, whatever version of the plugin is active.
#[derive(Debug)]
pub(super) struct Plugin {
    pub(super) name: PluginName,
    pub(super) log: Arc<PluginLog>,
    pub(super) counters: Arc<Counters>,
    pub(super) stats: [HookStats; Hook::ALL.len()],
    /// What it is to be told of.
    pub(super) events: mpsc::Sender<Told>,
}

impl Plugin {
    pub(super) fn new(name: &str, counters: usize, events: mpsc::Sender<Told>) -> Self {
        let name: PluginName = name.into();
        Self {
            log: Arc::new(PluginLog::new(name.clone())),
            name,
            counters: Arc::new(Counters::new(counters)),
            stats: Default::default(),
            events,
        }
    }
}

/// What a component says of itself; all empty if it says nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Described {
    pub(super) version: String,
    pub(super) summary: String,
    pub(super) config_schema: String,
    pub(super) state_version: u32,
    pub(super) commands: Vec<CommandInfo>,
    pub(super) interval_seconds: Option<u32>,
}

/// One loaded version with its settings.
#[derive(Debug)]
pub(super) struct Generation {
    pub(super) plugin: Arc<Plugin>,
    pub(super) number: u64,
    /// SHA-256 of the component, in hex.
    pub(super) hash: Arc<str>,
    pub(super) described: Described,
    pub(super) settings: Arc<Settings>,
    pub(super) hooks: Vec<Hook>,
    pub(super) active_since: Timestamp,
    /// Who answers, or why nobody can: then each of its hooks fails.
    pub(super) pool: Result<Pool, String>,
    pub(super) breakers: [Breaker; Hook::ALL.len()],
    pub(super) meters: Vec<HookMeters>,
}

/// A plugin that was active, and of which nothing can be asked now.
#[derive(Debug)]
pub(super) struct Unavailable {
    pub(super) plugin: Arc<Plugin>,
    pub(super) number: u64,
    pub(super) hash: Arc<str>,
    pub(super) version: String,
    pub(super) hooks: Vec<Hook>,
    pub(super) settings: Settings,
    pub(super) why: String,
}

/// What came of asking.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It answered.
    Answered { reply: Reply, wrote: bool },
    /// It failed, or was not asked because it fails: `on_failure` speaks.
    Failed { word: &'static str, why: String },
    /// No instance was free.
    Overloaded,
}

impl Generation {
    /// One that stands in the chain, so that `on_failure` speaks for it.
    pub(super) fn unavailable(
        unavailable: Unavailable,
        breaker: BreakerOptions,
        metrics: &PolicyMetrics,
    ) -> Self {
        let plugin = unavailable.plugin;
        Self {
            number: unavailable.number,
            hash: unavailable.hash,
            described: Described {
                version: unavailable.version,
                ..Described::default()
            },
            settings: Arc::new(unavailable.settings),
            hooks: unavailable.hooks,
            active_since: Timestamp::now(),
            pool: Err(format!("it is not available: {}", unavailable.why)),
            breakers: breakers(breaker),
            meters: meters(&plugin, metrics),
            plugin,
        }
    }

    /// Asks this version, and takes note of what came of it. Answers also the microseconds.
    pub(super) async fn ask(
        &self,
        asked: &Asked,
        decision_id: DecisionId,
        at: Timestamp,
        deadline: Duration,
    ) -> (Outcome, u64) {
        let hook = asked.hook();
        let pool = match &self.pool {
            Ok(pool) => pool,
            Err(why) => {
                self.meters[hook as usize].not_asked.inc();
                let (word, why) = ("unavailable", why.clone());
                return (Outcome::Failed { word, why }, 0);
            }
        };
        let began = Instant::now();
        let breaker = &self.breakers[hook as usize];
        if !breaker.admits(began) {
            self.meters[hook as usize].not_asked.inc();
            let why = "it failed too often and is left alone for a while".to_owned();
            let word = "breaker_open";
            return (Outcome::Failed { word, why }, 0);
        }
        let fetches = !hook.is_waited_for() && self.settings.grants_http();
        let terms = Terms {
            decision_id,
            at,
            deadline,
            fetching: if fetches {
                3 * http::TIMEOUT
            } else {
                Duration::ZERO
            },
        };
        let answer = pool.ask(asked, &terms).await;
        let took = began.elapsed();
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let stats = &self.plugin.stats[hook as usize];
        let meters = &self.meters[hook as usize];
        let outcome = match answer {
            Ok((reply, wrote)) => {
                breaker.succeeded();
                self.note_reply(hook, &reply);
                Outcome::Answered { reply, wrote }
            }
            Err(AskFailure::Overloaded) => {
                breaker.abandoned(began);
                stats
                    .overloads
                    .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                meters.overloaded.inc();
                return (Outcome::Overloaded, micros);
            }
            Err(AskFailure::Failed(failure)) => self.note_failure(hook, &failure),
        };
        stats.took(micros);
        meters.seconds.observe(took.as_secs_f64());
        (outcome, micros)
    }

    fn note_reply(&self, hook: Hook, reply: &Reply) {
        let verdict = match reply {
            Reply::Verdict(verdict, _) => verdict,
            _ => &Verdict::Allow,
        };
        self.plugin.stats[hook as usize].said(verdict);
        let meters = &self.meters[hook as usize];
        match verdict {
            Verdict::Allow => meters.allow.inc(),
            Verdict::Modify { .. } => meters.modify.inc(),
            Verdict::Hold(_) => meters.hold.inc(),
            Verdict::Reject(_) => meters.reject.inc(),
        };
    }

    fn note_failure(&self, hook: Hook, failure: &CallFailure) -> Outcome {
        let stats = &self.plugin.stats[hook as usize];
        let meters = &self.meters[hook as usize];
        let (word, counter, meter) = match failure {
            CallFailure::Timeout(_) => ("timeout", &stats.timeouts, &meters.timeout),
            CallFailure::Trap(_) | CallFailure::Host(_) => ("trap", &stats.traps, &meters.trap),
        };
        counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        meter.inc();
        let opened = self.breakers[hook as usize].failed(Instant::now());
        let why = failure.to_string();
        let plugin = &*self.plugin.name;
        let hook = hook.as_str();
        tracing::warn!(
            plugin,
            hook,
            generation = self.number,
            "a call of the plugin failed ({word}): {why}"
        );
        self.plugin
            .log
            .note(LogLevel::Error, &format!("{hook}: {word}: {why}"));
        if opened {
            tracing::error!(
                plugin,
                hook,
                "the plugin failed too often; it is not asked for a while"
            );
            let note = format!("{hook}: failed too often, is not asked for a while");
            self.plugin.log.note(LogLevel::Error, &note);
        }
        Outcome::Failed { word, why }
    }

    /// For the admin's list.
    pub(super) fn breaker(&self, hook: Hook) -> BreakerStatus {
        self.breakers[hook as usize].status(Instant::now())
    }
}

/// One for each hook.
pub(super) fn breakers(options: BreakerOptions) -> [Breaker; Hook::ALL.len()] {
    Hook::ALL.map(|_| Breaker::new(options))
}

/// One for each hook.
pub(super) fn meters(plugin: &Plugin, metrics: &PolicyMetrics) -> Vec<HookMeters> {
    let meters = Hook::ALL.map(|hook| metrics.hook(&plugin.name, hook.as_str()));
    meters.into()
}

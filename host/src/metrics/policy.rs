//! What plugins do, by plugin and hook. A plugin's name is the operator's own choice, and there are few.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::Registry,
};

/// Counters of the policies. Cheap to clone.
#[derive(Clone, Debug)]
pub struct PolicyMetrics {
    calls: Family<CallLabel, Counter>,
    seconds: Family<HookLabel, Histogram, fn() -> Histogram>,
    loads: Family<LoadLabel, Counter>,
    /// Effects that were asked for without a grant.
    pub effects_refused: Counter,
    /// Granted effects that were left out: too many waited.
    pub effects_left_out: Counter,
    /// Events that plugins were not told of: too many waited.
    pub events_left_out: Counter,
    /// Decisions that were not kept: the store was too slow.
    pub decisions_left_out: Counter,
}

/// The counters of one hook of one plugin, ready to be counted.
#[derive(Clone, Debug)]
pub struct HookMeters {
    /// Allowed, or answered what has no verdict.
    pub allow: Counter,
    /// Modified.
    pub modify: Counter,
    /// Held.
    pub hold: Counter,
    /// Rejected.
    pub reject: Counter,
    /// Trapped.
    pub trap: Counter,
    /// Cut for its time.
    pub timeout: Counter,
    /// Not asked: the breaker was open.
    pub not_asked: Counter,
    /// Not asked: no instance was free.
    pub overloaded: Counter,
    /// How long a call took, the wait for an instance included.
    pub seconds: Histogram,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabel {
    plugin: String,
    hook: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct HookLabel {
    plugin: String,
    hook: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LoadLabel {
    plugin: String,
    outcome: &'static str,
}

fn seconds() -> Histogram {
    // From a call of a few microseconds to the deadline and the budget.
    Histogram::new([
        0.000_002, 0.000_005, 0.000_01, 0.000_025, 0.000_1, 0.001, 0.01, 0.05, 0.1, 0.25,
    ])
}

impl PolicyMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            calls: Family::default(),
            seconds: Family::new_with_constructor(seconds),
            loads: Family::default(),
            effects_refused: Counter::default(),
            effects_left_out: Counter::default(),
            events_left_out: Counter::default(),
            decisions_left_out: Counter::default(),
        };
        let registry = registry.sub_registry_with_prefix("policy");
        registry.register("calls", "Calls of plugins", metrics.calls.clone());
        registry.register("call_seconds", "Time of one call", metrics.seconds.clone());
        registry.register(
            "loads",
            "Files that were activated or refused",
            metrics.loads.clone(),
        );
        registry.register(
            "effects_refused",
            "Effects without a grant",
            metrics.effects_refused.clone(),
        );
        registry.register(
            "effects_left_out",
            "Granted effects left out under load",
            metrics.effects_left_out.clone(),
        );
        registry.register(
            "events_left_out",
            "Events that plugins were not told of under load",
            metrics.events_left_out.clone(),
        );
        registry.register(
            "decisions_left_out",
            "Decisions that were not kept under load",
            metrics.decisions_left_out.clone(),
        );
        metrics
    }

    /// The counters of one hook of one plugin.
    #[must_use]
    pub fn hook(&self, plugin: &str, hook: &'static str) -> HookMeters {
        let call = |outcome| {
            let plugin = plugin.to_owned();
            let label = CallLabel {
                plugin,
                hook,
                outcome,
            };
            self.calls.get_or_create(&label).clone()
        };
        let label = HookLabel {
            plugin: plugin.to_owned(),
            hook,
        };
        HookMeters {
            allow: call("allow"),
            modify: call("modify"),
            hold: call("hold"),
            reject: call("reject"),
            trap: call("trap"),
            timeout: call("timeout"),
            not_asked: call("breaker_open"),
            overloaded: call("overloaded"),
            seconds: self.seconds.get_or_create(&label).clone(),
        }
    }

    /// A file was activated.
    pub fn load_accepted(&self, plugin: &str) {
        self.load(plugin, "activated");
    }

    /// A file was refused.
    pub fn load_refused(&self, plugin: &str) {
        self.load(plugin, "refused");
    }

    fn load(&self, plugin: &str, outcome: &'static str) {
        let plugin = plugin.to_owned();
        self.loads
            .get_or_create(&LoadLabel { plugin, outcome })
            .inc();
    }
}

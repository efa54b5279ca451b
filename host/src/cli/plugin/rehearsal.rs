//! Loads components as the server does: by the server's own loader, in a folder of its own that is deleted afterwards.

use std::{fmt::Write as _, path::Path, sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use natter::{
    config::Config,
    metrics::Metrics,
    model::policy::{PluginState, PluginStatus},
    policy::{
        BreakerOptions, KvLimits, Policies, PolicyOptions, PolicyTasks, RecordDecisions, Started,
    },
    store::Store,
};
use tempfile::TempDir;

use super::{database, folder};

/// How long files must stand still here: nobody else writes them.
pub(super) const SETTLE: Duration = Duration::from_millis(10);

/// Policies on a folder and a database of their own.
pub(super) struct Rehearsal {
    pub(super) policies: Arc<Policies>,
    tasks: PolicyTasks,
    store: Store,
}

/// Where they are; may serve one rehearsal after the other.
pub(super) struct Stage {
    folder: TempDir,
}

impl Stage {
    /// Plugins with their names, components and settings.
    pub(super) fn new(
        plugins: &[(String, Vec<u8>)],
        settings: Option<&str>,
    ) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("a temporary folder is needed")?;
        let plugins_folder = folder.path().join("plugins");
        std::fs::create_dir(&plugins_folder)?;
        for (name, component) in plugins {
            folder::put(&plugins_folder, &format!("{name}.wasm"), component)?;
            if let Some(settings) = settings {
                folder::put(
                    &plugins_folder,
                    &format!("{name}.toml"),
                    settings.as_bytes(),
                )?;
            }
        }
        Ok(Self { folder })
    }

    /// Loads what lies there.
    pub(super) async fn start(&self) -> anyhow::Result<Rehearsal> {
        let store = Store::open(&database::sqlite(&self.folder.path().join("natter.db"))).await?;
        let options = options(self.folder.path());
        let Started {
            policies, tasks, ..
        } = Policies::start(store.clone(), Metrics::new().policy, options).await?;
        Ok(Rehearsal {
            policies,
            tasks,
            store,
        })
    }
}

impl Rehearsal {
    /// Ends it; what was compiled stays on the stage.
    pub(super) async fn stop(self) {
        self.tasks.stop(Duration::from_secs(5)).await;
        self.store.close().await;
    }

    /// The plugins that could not be loaded, with the reason.
    pub(super) fn refused(&self) -> Option<(String, String)> {
        let statuses = self.policies.statuses();
        let found = statuses
            .into_iter()
            .find(|it| it.state != PluginState::Active)?;
        let why = match found.state {
            PluginState::Disabled => "its settings say `enabled = false`".to_owned(),
            _ => found.last_error.unwrap_or_default(),
        };
        Some((found.name.to_string(), why))
    }
}

/// Loads one component, and says what it is.
///
/// # Errors
/// Why the server would not load it.
pub(super) async fn check(
    name: &str,
    file: &Path,
    settings: Option<&str>,
) -> anyhow::Result<String> {
    let component = std::fs::read(file).with_context(|| file.display().to_string())?;
    let stage = Stage::new(&[(name.to_owned(), component)], settings)?;
    let rehearsal = stage.start().await?;
    let refused = rehearsal.refused();
    let status = rehearsal.policies.statuses().pop();
    rehearsal.stop().await;
    match (refused, status) {
        (Some((_, why)), _) => bail!("{} would be refused: {why}", file.display()),
        (None, Some(status)) => Ok(report(file, &status)),
        (None, None) => bail!("{} was not looked at", file.display()),
    }
}

fn report(file: &Path, status: &PluginStatus) -> String {
    let mut text = format!("{} is right, as the server sees it.\n", file.display());
    let hooks: Vec<&str> = status.hooks.iter().map(|it| it.hook.as_str()).collect();
    let grants = match status.grants.as_slice() {
        [] => "none".to_owned(),
        grants => grants.join(", "),
    };
    for (what, value) in [
        ("version", status.version.as_str()),
        ("summary", &status.summary),
        ("hooks", &hooks.join(", ")),
        ("grants", &grants),
        ("hash", &status.hash),
    ] {
        writeln!(text, "  {what:<8} {value}").expect("a text can be written to");
    }
    text
}

/// As the server's defaults have it.
fn options(folder: &Path) -> PolicyOptions {
    let config = Config::default();
    let policies = &config.policies;
    PolicyOptions {
        folder: folder.join("plugins"),
        private_folder: folder.join("private"),
        threads: policies.threads,
        settle: SETTLE,
        deadline: Duration::from_millis(policies.deadline_ms),
        chain_budget: Duration::from_millis(policies.chain_budget_ms),
        instance_wait: Duration::from_millis(policies.instance_wait_ms),
        instances: policies.instances,
        memory_bytes: policies.instance_memory_bytes,
        body_bytes: config.limits.message_body_bytes,
        after_queue_events: policies.after_queue_events,
        breaker: BreakerOptions {
            failures: policies.breaker_failures,
            window: Duration::from_secs(policies.breaker_window_s),
            pause: Duration::from_secs(policies.breaker_pause_s),
        },
        kv: KvLimits {
            keys: policies.kv_keys,
            bytes: policies.kv_bytes,
        },
        record: RecordDecisions::Notable,
        record_days: 1,
    }
}

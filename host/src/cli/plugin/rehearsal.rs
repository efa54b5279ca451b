//! Loads components as the server does: by the server's own loader, in a folder of its own that is deleted afterwards.

use std::{fmt::Write as _, path::Path, sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use natter::{
    config::{Config, RecordDecisions, SqliteDurability},
    metrics::Metrics,
    model::policy::{PluginState, PluginStatus},
    policy::{Policies, PolicyTasks, Started},
    server::{db_options, policy_options},
    store::Store,
};
use tempfile::TempDir;

use super::folder;

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
    config: Config,
    _folder: TempDir,
}

impl Stage {
    /// Plugins with their names and components, each with these settings, under the limits of a server.
    pub(super) fn new(
        plugins: &[(String, Vec<u8>)],
        settings: Option<&str>,
        server: &Config,
    ) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("a temporary folder is needed")?;
        let config = moved(server.clone(), folder.path());
        let plugins_folder = &config.policies.folder;
        std::fs::create_dir(plugins_folder)?;
        for (name, component) in plugins {
            folder::put(plugins_folder, &format!("{name}.wasm"), component)?;
            if let Some(settings) = settings {
                folder::put(plugins_folder, &format!("{name}.toml"), settings.as_bytes())?;
            }
        }
        Ok(Self {
            config,
            _folder: folder,
        })
    }

    /// Loads what lies there.
    pub(super) async fn start(&self) -> anyhow::Result<Rehearsal> {
        let store = Store::open(&db_options(&self.config)).await?;
        let options = policy_options(&self.config);
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

/// Loads one component.
///
/// # Errors
/// It could not be tried. Within: why the server would not load it.
pub(super) async fn rehearse(
    name: &str,
    component: Vec<u8>,
    settings: Option<&str>,
    server: &Config,
) -> anyhow::Result<Result<PluginStatus, String>> {
    let stage = Stage::new(&[(name.to_owned(), component)], settings, server)?;
    let rehearsal = stage.start().await?;
    let refused = rehearsal.refused();
    let status = rehearsal.policies.statuses().pop();
    rehearsal.stop().await;
    match refused {
        Some((_, why)) => Ok(Err(why)),
        None => Ok(Ok(status.context("it was not looked at")?)),
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
    server: &Config,
) -> anyhow::Result<String> {
    let component = std::fs::read(file).with_context(|| file.display().to_string())?;
    match rehearse(name, component, settings, server).await? {
        Ok(status) => Ok(report(file, &status)),
        Err(why) => bail!("{} would be refused: {why}", file.display()),
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

/// A server's settings for another place, in which nobody else writes and nothing is kept.
fn moved(mut config: Config, folder: &Path) -> Config {
    folder.clone_into(&mut config.server.data_dir);
    config.database.url = None;
    config.database.sqlite_durability = SqliteDurability::Normal;
    config.policies.folder = folder.join("plugins");
    config.policies.settle_ms = u64::try_from(SETTLE.as_millis()).expect("it is short");
    config.policies.record = RecordDecisions::Notable;
    config
}

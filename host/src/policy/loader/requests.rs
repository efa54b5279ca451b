//! What admins ask of the loader: a version, a config, a way back, an end.
//!
//! Rule: what cannot be done changes nothing; what was done is in the audit log before it is answered.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use tokio::sync::oneshot;

use super::{
    super::{asked::hex, files, settings::Settings},
    Loader, VERSIONS,
    entry::earlier,
};
use crate::{
    model::{Timestamp, UserId, policy::PluginState},
    store::NewAuditEntry,
};

/// What the loader is asked by others.
#[derive(Debug)]
pub(in crate::policy) struct Request {
    pub(in crate::policy) plugin: String,
    pub(in crate::policy) change: Change,
    /// The admin, and their name for the log.
    pub(in crate::policy) by: (UserId, String),
    pub(in crate::policy) reply: oneshot::Sender<Result<(), ChangeError>>,
}

/// What is to become of a plugin.
#[derive(Clone, Debug)]
pub enum Change {
    /// Check this component, put it into the folder, and make it active.
    Install {
        /// The component.
        component: Vec<u8>,
        /// The text of its `.toml`; without it the one that lies there stays.
        settings: Option<String>,
    },
    /// Give what is active another table `[config]`.
    Configure(serde_json::Map<String, serde_json::Value>),
    /// Make the version active that was active before this one. The file's component is not loaded again until it changes.
    RollBack,
    /// Switch it off and delete its files. What it remembers stays.
    Remove,
}

/// Why a plugin was not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// There is none of that name, or it is not active where it must be.
    #[error("no such plugin, or it is not active")]
    NotThere,
    /// The name, the component or the settings cannot be used; in words.
    #[error("{0}")]
    Refused(String),
    /// It is not in the state for it, or a file cannot be written; in words.
    #[error("{0}")]
    Conflict(String),
    /// The server stops.
    #[error("the server is stopping")]
    Stopping,
}

/// What is to be active, and what is to be written for it.
struct Version {
    hash: Arc<str>,
    component: Arc<Vec<u8>>,
    settings: String,
    /// Files by their extensions, the settings first.
    files: Vec<(&'static str, Arc<Vec<u8>>)>,
}

impl Loader {
    /// Does what was asked.
    pub(super) async fn answer(&mut self, request: Request) {
        let Request {
            plugin,
            change,
            by: (admin_id, admin),
            reply,
        } = request;
        let action = match &change {
            Change::Install { .. } => "install_plugin",
            Change::Configure(_) => "configure_plugin",
            Change::RollBack => "roll_back_plugin",
            Change::Remove => "remove_plugin",
        };
        let done = self.change(&plugin, change).await;
        match &done {
            Ok(()) => {
                tracing::warn!(plugin, admin, action, "an admin changed the plugin");
                self.note_change(&plugin, admin_id, action).await;
            }
            Err(why) => {
                tracing::warn!(
                    plugin,
                    admin,
                    action,
                    "an admin could not change the plugin: {why}"
                );
            }
        }
        // Who asked may be gone.
        drop(reply.send(done));
    }

    async fn change(&mut self, plugin: &str, change: Change) -> Result<(), ChangeError> {
        match change {
            Change::Install {
                component,
                settings,
            } => self.install(plugin, component, settings).await,
            Change::Configure(config) => self.configure(plugin, &config).await,
            Change::RollBack => self.roll_back(plugin).await,
            Change::Remove => self.remove(plugin).await,
        }
    }

    async fn note_change(&self, plugin: &str, admin_id: UserId, action: &'static str) {
        let hash = self.plugins.get(plugin).and_then(|it| it.last_hash.clone());
        let entry = NewAuditEntry {
            at: Timestamp::now(),
            actor_id: Some(admin_id),
            action,
            target_id: None,
            reason: None,
            detail: Some(match hash {
                Some(hash) => format!("plugin {plugin}, {hash}"),
                None => format!("plugin {plugin}"),
            }),
        };
        if let Err(error) = self.store.add_audit_entry(&entry).await {
            tracing::error!(plugin, %error, "the audit log lacks a change of the plugin");
        }
    }

    async fn install(
        &mut self,
        name: &str,
        component: Vec<u8>,
        settings: Option<String>,
    ) -> Result<(), ChangeError> {
        files::check_name(name).map_err(ChangeError::Refused)?;
        let there = self.settings_there(name);
        let new_settings = files::settings_to_write(settings, there.as_deref());
        let component = Arc::new(component);
        let mut files = Vec::new();
        if let Some(text) = &new_settings {
            files.push(("toml", Arc::new(text.clone().into_bytes())));
        }
        files.push(("wasm", Arc::clone(&component)));
        let is_new = !self.plugins.contains_key(name);
        let done = self
            .make_active(
                name,
                Version {
                    hash: hex(&Sha256::digest(component.as_slice())).into(),
                    component,
                    settings: new_settings.or(there).unwrap_or_default(),
                    files,
                },
            )
            .await;
        if is_new && done.is_err() {
            self.forget(name);
        }
        done
    }

    async fn configure(
        &mut self,
        name: &str,
        config: &serde_json::Map<String, serde_json::Value>,
    ) -> Result<(), ChangeError> {
        let entry = self.plugins.get(name).ok_or(ChangeError::NotThere)?;
        let hash = entry.last_hash.clone().ok_or(ChangeError::NotThere)?;
        let there = self.settings_there(name).or_else(|| entry.settings.clone());
        let settings = Settings::with_config(&there.unwrap_or_default(), config)
            .map_err(|why| ChangeError::Refused(format!("{name}.toml: {why}")))?;
        let component = self.compiler.copy(&hash);
        let component = component.map_err(|error| {
            ChangeError::Conflict(format!("the copy of {hash} cannot be read: {error}"))
        })?;
        let files = vec![("toml", Arc::new(settings.clone().into_bytes()))];
        let version = Version {
            hash,
            component: Arc::new(component),
            settings,
            files,
        };
        self.make_active(name, version).await
    }

    /// Tries a version out, writes its files, and puts it in its plugin's place.
    async fn make_active(&mut self, name: &str, version: Version) -> Result<(), ChangeError> {
        let Version {
            hash,
            component,
            settings: text,
            files,
        } = version;
        let settings = Settings::parse(&text)
            .map_err(|why| ChangeError::Refused(format!("{name}.toml: {why}")))?;
        let is_enabled = settings.enabled;
        let prepared = self.prepare(name, Arc::clone(&hash), component, Arc::new(settings));
        let generation = prepared.await.map_err(ChangeError::Refused)?;
        for (extension, content) in &files {
            let file = format!("{name}.{extension}");
            files::put(&self.folder, &file, content).map_err(|error| {
                ChangeError::Conflict(format!("{file} cannot be written: {error}"))
            })?;
        }
        self.know_files(name, &hash, files.iter().any(|it| it.0 == "wasm"));
        if is_enabled {
            let plugin = Arc::clone(&generation.plugin);
            self.put(generation, text).await;
            let is_ignored = self.entry(name).is_rolled_back();
            self.board.well(
                &plugin,
                match is_ignored {
                    true => PluginState::RolledBack,
                    false => PluginState::Active,
                },
            );
        } else {
            self.disable(name);
        }
        Ok(())
    }

    /// The watcher need not try what was just made active; a file's component that is another one it should.
    fn know_files(&mut self, name: &str, hash: &Arc<str>, has_component: bool) {
        let there = self.settings_there(name);
        let entry = self.entry(name);
        let tried = entry.tried_hash();
        if has_component {
            entry.tried = Some((Some(Arc::clone(hash)), there));
            entry.ignored = None;
        } else if tried.as_ref() == Some(hash) || entry.is_rolled_back() {
            entry.tried = Some((tried, there));
        }
    }

    /// The text of its `.toml`, if there is one that can be read.
    fn settings_there(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.folder.join(format!("{name}.toml"))).ok()
    }

    async fn roll_back(&mut self, name: &str) -> Result<(), ChangeError> {
        let conflict = ChangeError::Conflict;
        let entry = self.plugins.get(name).ok_or(ChangeError::NotThere)?;
        let (active, text) = (entry.last_hash.clone(), entry.settings.clone());
        let versions = self.store.plugin_versions(name, VERSIONS).await;
        let versions =
            versions.map_err(|error| conflict(format!("its versions cannot be read: {error}")))?;
        let active = active.ok_or(ChangeError::NotThere)?;
        let earlier = earlier(&versions, &active, 1).pop();
        let earlier = earlier.ok_or_else(|| conflict(format!("{name} has no earlier version")))?;
        let entry = self.entry(name);
        // The file's own component, whatever of it is active, is not to come back by itself.
        let before = entry.ignored.replace(entry.tried_hash().unwrap_or(active));
        let loaded = self
            .try_copy(name, earlier.into(), &text.unwrap_or_default())
            .await;
        let entry = self.entry(name);
        let plugin = Arc::clone(&entry.plugin);
        match loaded {
            Ok(()) => {
                self.board.well(&plugin, PluginState::RolledBack);
                Ok(())
            }
            Err(why) => {
                entry.ignored = before;
                Err(conflict(why))
            }
        }
    }

    async fn remove(&mut self, name: &str) -> Result<(), ChangeError> {
        if !self.plugins.contains_key(name) {
            return Err(ChangeError::NotThere);
        }
        for extension in ["wasm", "toml"] {
            let path = self.folder.join(format!("{name}.{extension}"));
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    let why = format!("{} cannot be deleted: {error}", path.display());
                    return Err(ChangeError::Conflict(why));
                }
                _ => {}
            }
        }
        let removed = self.store.remove_plugin(name).await;
        removed.map_err(|error| {
            ChangeError::Conflict(format!("its row cannot be deleted: {error}"))
        })?;
        self.snapshot
            .store(Arc::new(self.snapshot.load().without(name)));
        self.plugins.remove(name);
        self.board.remove(name);
        Ok(())
    }
}

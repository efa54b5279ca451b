//! What admins ask of a plugin's loader: a version, a config, a way back, an end.
//!
//! Rule: what cannot be done changes nothing; what was done is in the audit log before it is answered.

use std::{io::ErrorKind, sync::Arc};

use tokio::sync::oneshot;

use super::{
    known::earlier,
    plugin::{PluginLoader, VERSIONS},
    refusal::Refusal,
    source::Component,
};
use crate::{
    model::{Timestamp, UserId, policy::PluginState},
    policy::{
        files::{self, Switch},
        settings::Settings,
    },
    store::NewAuditEntry,
};

/// What a plugin's loader is asked by others.
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
    /// Have it asked again, by the version that was active last, or not any more.
    Switch(Switch),
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
    component: Component,
    settings: String,
    /// Whether the component is to be written.
    is_new: bool,
    /// Whether the settings are.
    has_settings: bool,
}

impl From<Refusal> for ChangeError {
    fn from(refusal: Refusal) -> Self {
        match refusal.is_transient {
            true => Self::Conflict(refusal.why),
            false => Self::Refused(refusal.why),
        }
    }
}

impl Request {
    /// Answers at once.
    pub(super) fn refuse(self, why: ChangeError) {
        // Who asked may be gone.
        drop(self.reply.send(Err(why)));
    }
}

impl PluginLoader {
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
            Change::Switch(Switch::On) => "enable_plugin",
            Change::Switch(Switch::Off) => "disable_plugin",
            Change::RollBack => "roll_back_plugin",
            Change::Remove => "remove_plugin",
        };
        let done = match change {
            Change::Install {
                component,
                settings,
            } => self.install(component, settings).await,
            Change::Configure(config) => self.configure(&config).await,
            Change::Switch(Switch::On) => self.switch_on().await,
            Change::Switch(Switch::Off) => self.switch_off().await,
            Change::RollBack => self.roll_back().await,
            Change::Remove => self.remove().await,
        };
        match &done {
            Ok(()) => {
                tracing::warn!(plugin, admin, action, "an admin changed the plugin");
                self.save().await;
                self.note_change(admin_id, action).await;
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

    async fn note_change(&self, admin_id: UserId, action: &'static str) {
        let plugin = &*self.plugin.name;
        let entry = NewAuditEntry {
            at: Timestamp::now(),
            actor_id: Some(admin_id),
            action,
            target_id: None,
            reason: None,
            detail: Some(match &self.known.last {
                Some(last) => format!("plugin {plugin}, {}", last.hash),
                None => format!("plugin {plugin}"),
            }),
        };
        if let Err(error) = self.shared.store.add_audit_entry(&entry).await {
            tracing::error!(plugin, %error, "the audit log lacks a change of the plugin");
        }
    }

    async fn install(
        &mut self,
        component: Vec<u8>,
        settings: Option<String>,
    ) -> Result<(), ChangeError> {
        let there = self.settings_there().await;
        let new_settings = files::settings_to_write(settings, there.as_deref());
        let has_settings = new_settings.is_some();
        let hashing = tokio::task::spawn_blocking(move || Component::new(component));
        let component = hashing.await;
        let component =
            component.map_err(|_| Refusal::for_now("reading the component failed badly"))?;
        self.make_active(Version {
            component,
            settings: new_settings.or(there).unwrap_or_default(),
            is_new: true,
            has_settings,
        })
        .await
    }

    async fn configure(
        &mut self,
        config: &serde_json::Map<String, serde_json::Value>,
    ) -> Result<(), ChangeError> {
        let last = self.known.last.as_ref().ok_or(ChangeError::NotThere)?;
        let hash = Arc::clone(&last.hash);
        let there = self.settings_there().await;
        let there = there.unwrap_or_else(|| self.known.settings.clone());
        let name = &self.plugin.name;
        let settings = Settings::with_config(&there, config)
            .map_err(|why| ChangeError::Refused(format!("{name}.toml: {why}")))?;
        let component = self.shared.copy(&hash).await?;
        self.make_active(Version {
            component,
            settings,
            is_new: false,
            has_settings: true,
        })
        .await
    }

    async fn switch_on(&mut self) -> Result<(), ChangeError> {
        let last = self.known.last.as_ref().ok_or(ChangeError::NotThere)?;
        let hash = Arc::clone(&last.hash);
        let settings = self.switched(Switch::On).await?;
        let component = self.shared.copy(&hash).await?;
        self.make_active(Version {
            component,
            settings,
            is_new: false,
            has_settings: true,
        })
        .await
    }

    async fn switch_off(&mut self) -> Result<(), ChangeError> {
        if self.board().state(&self.plugin.name).is_none() {
            return Err(ChangeError::NotThere);
        }
        let settings = self.switched(Switch::Off).await?;
        let text = Arc::new(settings.clone().into_bytes());
        self.write("toml", text).await?;
        self.disable(settings, None);
        Ok(())
    }

    async fn switched(&self, to: Switch) -> Result<String, ChangeError> {
        let there = self.settings_there().await;
        let there = there.unwrap_or_else(|| self.known.settings.clone());
        let name = &self.plugin.name;
        files::switched(&there, to)
            .map_err(|why| ChangeError::Refused(format!("{name}.toml: {why}")))
    }

    /// Tries a version out, writes its files, and puts it in its plugin's place.
    async fn make_active(&mut self, version: Version) -> Result<(), ChangeError> {
        let settings = self.parse(&version.settings)?;
        let is_enabled = settings.enabled;
        let prepared = self.prepare(version.component.clone(), Arc::new(settings));
        let prepared = prepared.await?;
        // The settings first: they are to hold from the component's first event on.
        if version.has_settings {
            let text = version.settings.clone().into_bytes();
            self.write("toml", Arc::new(text)).await?;
        }
        if version.is_new {
            self.write("wasm", version.component.bytes).await?;
            self.known.file_hash = Some(version.component.hash);
            self.known.ignored = None;
        }
        if !is_enabled {
            self.disable(version.settings, None);
            return Ok(());
        }
        self.put(prepared, version.settings);
        let is_ignored = self.known.ignored.is_some() && self.known.ignored == self.known.file_hash;
        let state = match is_ignored {
            true => PluginState::RolledBack,
            false => PluginState::Active,
        };
        self.board().well(&self.plugin, state);
        Ok(())
    }

    async fn write(&self, extension: &str, content: Arc<Vec<u8>>) -> Result<(), ChangeError> {
        let file = format!("{}.{extension}", self.plugin.name);
        let writing = tokio::task::spawn_blocking({
            let (shared, file) = (Arc::clone(&self.shared), file.clone());
            move || files::put(&shared.folder, &file, &content)
        });
        let failed = |error: &dyn std::fmt::Display| {
            ChangeError::Conflict(format!("{file} cannot be written: {error}"))
        };
        let written = writing.await.map_err(|error| failed(&error))?;
        written.map_err(|error| failed(&error))
    }

    /// The text of its `.toml`, if there is one that can be read.
    async fn settings_there(&self) -> Option<String> {
        let file = format!("{}.toml", self.plugin.name);
        let read = tokio::fs::read_to_string(self.shared.folder.join(file)).await;
        read.ok()
    }

    async fn roll_back(&mut self) -> Result<(), ChangeError> {
        let name = Arc::clone(&self.plugin.name);
        let last = self.known.last.as_ref().ok_or(ChangeError::NotThere)?;
        let active = Arc::clone(&last.hash);
        let versions = self.shared.store.plugin_versions(&name, VERSIONS).await;
        let versions = versions.map_err(|error| {
            ChangeError::Conflict(format!("its versions cannot be read: {error}"))
        })?;
        let earlier = earlier(versions, &active).into_iter().next();
        let none = || ChangeError::Conflict(format!("{name} has no earlier version"));
        let earlier = earlier.ok_or_else(none)?;
        // The file's own component, whatever of it is active, is not to come back by itself.
        let ignored = self.known.file_hash.clone().unwrap_or(active);
        let present = self.known.settings.clone();
        let conflict = |refusal: Refusal| ChangeError::Conflict(refusal.why);
        let unfit = match self.load_copy(&earlier.hash, present.clone()).await {
            Ok(()) => None,
            // Settings that came with the newer version may not fit: those of then do.
            Err(refusal) if earlier.settings != present => {
                let loaded = self.load_copy(&earlier.hash, earlier.settings).await;
                loaded.map_err(conflict)?;
                Some(refusal.why)
            }
            Err(refusal) => return Err(conflict(refusal)),
        };
        self.known.ignored = Some(ignored);
        self.board().well(&self.plugin, PluginState::RolledBack);
        if let Some(why) = unfit {
            let why = format!(
                "{name}.toml does not fit this version ({why}); its settings of then are used"
            );
            tracing::error!(plugin = &*name, "{why}");
            self.board()
                .wrong(&self.plugin, PluginState::RolledBack, &why);
        }
        Ok(())
    }

    /// First the store: a plugin whose files are gone and whose row is not would come back after a restart.
    async fn remove(&mut self) -> Result<(), ChangeError> {
        let name = Arc::clone(&self.plugin.name);
        if self.board().state(&name).is_none() {
            return Err(ChangeError::NotThere);
        }
        let row = self.known.forgotten().row(&name);
        let saved = self.shared.store.save_plugin(&row, None, VERSIONS).await;
        saved.map_err(|error| {
            ChangeError::Conflict(format!("its removal cannot be noted: {error}"))
        })?;
        for extension in ["wasm", "toml"] {
            let path = self.shared.folder.join(format!("{name}.{extension}"));
            match tokio::fs::remove_file(&path).await {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    self.saved = Some(row);
                    self.save().await;
                    let why = format!("{} cannot be deleted: {error}", path.display());
                    return Err(ChangeError::Conflict(why));
                }
                _ => {}
            }
        }
        self.forget();
        Ok(())
    }
}

//! What others ask of a plugin's loader: a way back, and an end.

use std::{io::ErrorKind, sync::Arc};

use tokio::sync::oneshot;

use super::{
    known::earlier,
    plugin::{PluginLoader, VERSIONS},
};
use crate::model::policy::PluginState;

type Reply = oneshot::Sender<Result<(), String>>;

/// What a plugin's loader is asked by others.
#[derive(Debug)]
pub(in crate::policy) enum Request {
    /// Make the version active that was active before this one.
    Rollback(String, Reply),
    /// Forget the plugin and delete its files.
    Remove(String, Reply),
}

impl Request {
    pub(super) fn plugin(&self) -> &str {
        match self {
            Self::Rollback(plugin, _) | Self::Remove(plugin, _) => plugin,
        }
    }

    pub(super) fn refuse(self, why: String) {
        match self {
            // Who asked may be gone.
            Self::Rollback(_, reply) | Self::Remove(_, reply) => drop(reply.send(Err(why))),
        }
    }
}

impl PluginLoader {
    /// Does what was asked.
    pub(super) async fn answer(&mut self, request: Request) {
        let (done, reply) = match request {
            Request::Rollback(_, reply) => (self.roll_back().await, reply),
            Request::Remove(_, reply) => (self.remove().await, reply),
        };
        // Who asked may be gone.
        drop(reply.send(done));
    }

    async fn roll_back(&mut self) -> Result<(), String> {
        let name = Arc::clone(&self.plugin.name);
        let last = self.known.last.as_ref();
        let active = last.ok_or_else(|| format!("there is no plugin {name}"))?;
        let active = Arc::clone(&active.hash);
        let versions = self.shared.store.plugin_versions(&name, VERSIONS).await;
        let versions = versions.map_err(|error| format!("its versions cannot be read: {error}"))?;
        let earlier = earlier(versions, &active).into_iter().next();
        let earlier = earlier.ok_or_else(|| format!("{name} has no earlier version"))?;
        // The file's own component, whatever of it is active, is not to come back by itself.
        let ignored = self.known.file_hash.clone().unwrap_or(active);
        let present = self.known.settings.clone();
        let loaded = self.load_copy(&earlier.hash, present.clone()).await;
        let unfit = match loaded {
            Ok(()) => None,
            // Settings that came with the newer version may not fit: those of then do.
            Err(refusal) if earlier.settings != present => {
                let loaded = self.load_copy(&earlier.hash, earlier.settings).await;
                loaded.map_err(|other| other.why)?;
                Some(refusal.why)
            }
            Err(refusal) => return Err(refusal.why),
        };
        self.known.ignored = Some(ignored);
        self.board().well(&self.plugin, PluginState::RolledBack);
        tracing::warn!(plugin = &*name, "the plugin was rolled back");
        if let Some(why) = unfit {
            let why = format!(
                "{name}.toml does not fit this version ({why}); its settings of then are used"
            );
            tracing::error!(plugin = &*name, "{why}");
            self.board()
                .wrong(&self.plugin, PluginState::RolledBack, &why);
        }
        self.save().await;
        Ok(())
    }

    /// First the store: a plugin whose files are gone and whose row is not would come back after a restart.
    async fn remove(&mut self) -> Result<(), String> {
        let name = Arc::clone(&self.plugin.name);
        if self.board().state(&name).is_none() {
            return Err(format!("there is no plugin {name}"));
        }
        let row = self.known.forgotten().row(&name);
        let saved = self.shared.store.save_plugin(&row, None, VERSIONS).await;
        saved.map_err(|error| format!("its removal cannot be noted: {error}"))?;
        for extension in ["wasm", "toml"] {
            let path = self.shared.folder.join(format!("{name}.{extension}"));
            match tokio::fs::remove_file(&path).await {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    self.saved = Some(row);
                    self.save().await;
                    return Err(format!("{} cannot be deleted: {error}", path.display()));
                }
                _ => {}
            }
        }
        self.forget();
        self.save().await;
        tracing::warn!(plugin = &*name, "the plugin was removed");
        Ok(())
    }
}

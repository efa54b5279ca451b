//! What others ask of the loader: a way back, and an end.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::{Loader, VERSIONS, entry::earlier};
use crate::model::policy::PluginState;

/// What the loader is asked by others.
#[derive(Debug)]
pub(in crate::policy) enum Request {
    /// Make the version active that was active before this one.
    Rollback(String, oneshot::Sender<Result<(), String>>),
    /// Forget the plugin and delete its files.
    Remove(String, oneshot::Sender<Result<(), String>>),
}

impl Loader {
    /// Does what was asked.
    pub(super) async fn answer(&mut self, request: Request) {
        // Who asked may be gone.
        match request {
            Request::Rollback(name, reply) => drop(reply.send(self.roll_back(&name).await)),
            Request::Remove(name, reply) => drop(reply.send(self.remove(&name).await)),
        }
    }

    async fn roll_back(&mut self, name: &str) -> Result<(), String> {
        let unknown = || format!("there is no plugin {name}");
        let entry = self.plugins.get(name).ok_or_else(unknown)?;
        let (active, text) = (entry.last_hash.clone(), entry.settings.clone());
        let versions = self.store.plugin_versions(name, VERSIONS).await;
        let versions = versions.map_err(|error| format!("its versions cannot be read: {error}"))?;
        let active = active.ok_or_else(unknown)?;
        let earlier = earlier(&versions, &active, 1).pop();
        let earlier = earlier.ok_or_else(|| format!("{name} has no earlier version"))?;
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
                tracing::warn!(plugin = name, "the plugin was rolled back");
                self.board.well(&plugin, PluginState::RolledBack);
                Ok(())
            }
            Err(why) => {
                entry.ignored = before;
                Err(why)
            }
        }
    }

    async fn remove(&mut self, name: &str) -> Result<(), String> {
        if !self.plugins.contains_key(name) {
            return Err(format!("there is no plugin {name}"));
        }
        for extension in ["wasm", "toml"] {
            let path = self.folder.join(format!("{name}.{extension}"));
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(format!("{} cannot be deleted: {error}", path.display()));
                }
                _ => {}
            }
        }
        let removed = self.store.remove_plugin(name).await;
        removed.map_err(|error| format!("its row cannot be deleted: {error}"))?;
        self.snapshot
            .store(Arc::new(self.snapshot.load().without(name)));
        self.plugins.remove(name);
        self.board.remove(name);
        tracing::warn!(plugin = name, "the plugin was removed");
        Ok(())
    }
}

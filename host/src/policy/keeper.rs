//! The namespaces of all plugins, and the task that writes them behind.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{kv::Namespace, options::KvLimits};
use crate::{
    model::{Timestamp, policy::PluginName},
    store::{Store, StoreError},
};

/// Between two transactions: each costs the disk a sync.
const PAUSE: Duration = Duration::from_millis(500);
/// Keys of one transaction. Chosen, not standard: on SQLite messages wait meanwhile.
const BATCH: usize = 200;
/// Between two looks for what has expired.
const TIDY: Duration = Duration::from_secs(60);

/// All namespaces that are in use, or were since the start.
#[derive(Debug)]
pub(super) struct Keeper {
    store: Store,
    limits: KvLimits,
    written: Notify,
    namespaces: Mutex<BTreeMap<(PluginName, u32), Arc<Namespace>>>,
}

impl Keeper {
    pub(super) fn new(store: Store, limits: KvLimits) -> Self {
        Self {
            store,
            limits,
            written: Notify::new(),
            namespaces: Mutex::default(),
        }
    }

    /// The keys of a plugin in one form of its state.
    ///
    /// # Errors
    /// They are not in memory, and the database fails.
    pub(super) async fn open(
        &self,
        plugin: &PluginName,
        state_version: u32,
    ) -> Result<Arc<Namespace>, StoreError> {
        let key = (plugin.clone(), state_version);
        if let Some(namespace) = self.lock().get(&key) {
            return Ok(Arc::clone(namespace));
        }
        let rows = self.store.plugin_kv(plugin, state_version.into()).await?;
        let namespace = Namespace::new(plugin.clone(), state_version, self.limits, rows);
        Ok(Arc::clone(
            self.lock()
                .entry(key)
                .or_insert_with(|| Arc::new(namespace)),
        ))
    }

    /// No keys at all, and none that are kept: for a first look at a plugin.
    pub(super) fn scratch(&self, plugin: &PluginName) -> Arc<Namespace> {
        Arc::new(Namespace::new(plugin.clone(), 0, self.limits, Vec::new()))
    }

    /// Puts a namespace in the place of what the plugin had in that form.
    ///
    /// # Errors
    /// The database fails; nothing was changed.
    pub(super) async fn replace(&self, namespace: Arc<Namespace>) -> Result<(), StoreError> {
        let version = namespace.state_version;
        self.store
            .clear_plugin_kv(&namespace.plugin, version.into())
            .await?;
        let key = (namespace.plugin.clone(), version);
        self.lock().insert(key, namespace);
        self.wake();
        Ok(())
    }

    /// Something was written.
    pub(super) fn wake(&self) {
        self.written.notify_one();
    }

    /// Writes behind until told to stop, and then what is left.
    pub(super) async fn run(&self, stop: CancellationToken) {
        let mut tidy = tokio::time::interval(TIDY);
        loop {
            tokio::select! {
                () = self.written.notified() => {},
                _ = tidy.tick() => self.expire(),
                () = stop.cancelled() => break,
            }
            self.write().await;
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {},
                () = stop.cancelled() => break,
            }
        }
        self.write().await;
    }

    fn expire(&self) {
        let now_ms = Timestamp::now().0;
        for namespace in self.lock().values() {
            namespace.expire(now_ms);
        }
    }

    async fn write(&self) {
        let namespaces: Vec<Arc<Namespace>> = self.lock().values().cloned().collect();
        for namespace in namespaces {
            self.write_one(&namespace).await;
        }
    }

    async fn write_one(&self, namespace: &Namespace) {
        let version = i64::from(namespace.state_version);
        let plugin = &*namespace.plugin;
        loop {
            let changes = namespace.take_dirty(BATCH);
            if changes.is_empty() {
                return;
            }
            if let Err(error) = self.store.write_plugin_kv(plugin, version, &changes).await {
                tracing::warn!(plugin, %error, "what the plugin remembers was not written; it will be tried again");
                namespace.mark_dirty(changes.into_iter().map(|(key, _)| key));
                self.wake();
                return;
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<(PluginName, u32), Arc<Namespace>>> {
        self.namespaces
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

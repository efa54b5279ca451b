//! The active generations, as one value that is swapped as a whole: each event meets one set of them.

use std::{collections::BTreeMap, sync::Arc};

use super::generation::Generation;
use crate::model::policy::{Hook, PluginName};

/// The active generations.
#[derive(Debug, Default)]
pub(super) struct Snapshot {
    plugins: BTreeMap<PluginName, Arc<Generation>>,
    by_hook: [Vec<Arc<Generation>>; Hook::ALL.len()],
}

impl Snapshot {
    /// Those that export a hook, in the order in which they are asked.
    pub(super) fn of(&self, hook: Hook) -> &[Arc<Generation>] {
        &self.by_hook[hook as usize]
    }

    pub(super) fn get(&self, plugin: &str) -> Option<&Arc<Generation>> {
        self.plugins.get(plugin)
    }

    /// With this one in place of the plugin's former.
    pub(super) fn with(&self, generation: Arc<Generation>) -> Self {
        let mut plugins = self.plugins.clone();
        plugins.insert(generation.plugin.name.clone(), generation);
        Self::from_plugins(plugins)
    }

    /// Without a plugin.
    pub(super) fn without(&self, plugin: &str) -> Self {
        let mut plugins = self.plugins.clone();
        plugins.remove(plugin);
        Self::from_plugins(plugins)
    }

    fn from_plugins(plugins: BTreeMap<PluginName, Arc<Generation>>) -> Self {
        // By priority; those of one priority stay in the order of their names.
        let mut ordered: Vec<&Arc<Generation>> = plugins.values().collect();
        ordered.sort_by_key(|generation| generation.settings.priority);
        let by_hook = Hook::ALL.map(|hook| {
            let exporting = ordered.iter().filter(|it| it.hooks.contains(&hook));
            exporting.map(|it| Arc::clone(it)).collect()
        });
        Self { plugins, by_hook }
    }
}

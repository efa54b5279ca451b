//! The instances of one generation.
//!
//! Rule: one call per instance at a time; an instance that failed is thrown away, one that served long is replaced.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::Semaphore;

use super::{
    asked::{Asked, Reply},
    component::Linked,
    instance::{CallFailure, Instance, Terms},
    settings::Instances,
    state::Surroundings,
};

/// Calls after which an instance is replaced, so that what it leaks is bounded. Chosen, not standard.
const CALLS_OF_ONE: u32 = 10_000;

/// The instances of one generation.
#[derive(Debug)]
pub(super) struct Pool {
    linked: Linked,
    around: Surroundings,
    limits: PoolLimits,
    free: Mutex<Vec<Instance>>,
    permits: Semaphore,
}

/// How many and how large.
#[derive(Clone, Copy, Debug)]
pub(super) struct PoolLimits {
    pub(super) instances: usize,
    pub(super) memory_bytes: usize,
    /// How long a call waits for one.
    pub(super) wait: Duration,
}

/// Why nobody was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AskFailure {
    /// No instance was free in time.
    Overloaded,
    /// The call failed.
    Failed(CallFailure),
}

impl Pool {
    pub(super) fn new(linked: Linked, around: Surroundings, limits: PoolLimits) -> Self {
        Self {
            linked,
            around,
            limits,
            free: Mutex::default(),
            permits: Semaphore::new(limits.instances),
        }
    }

    /// Makes the first instance, so that the first call need not.
    pub(super) async fn warm_up(&self, terms: &Terms) -> Result<(), CallFailure> {
        let instance = self.create(terms).await?;
        self.give_back(instance);
        Ok(())
    }

    /// Asks, and answers also whether the plugin wrote something.
    pub(super) async fn ask(
        &self,
        asked: &Asked,
        terms: &Terms,
    ) -> Result<(Reply, bool), AskFailure> {
        let acquiring = self.permits.acquire();
        let Ok(Ok(_permit)) = tokio::time::timeout(self.limits.wait, acquiring).await else {
            return Err(AskFailure::Overloaded);
        };
        let free = self
            .free
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let mut instance = match free {
            Some(instance) => instance,
            None => self.create(terms).await.map_err(AskFailure::Failed)?,
        };
        let answer = instance
            .ask(asked, terms)
            .await
            .map_err(AskFailure::Failed)?;
        self.give_back(instance);
        Ok(answer)
    }

    async fn create(&self, terms: &Terms) -> Result<Instance, CallFailure> {
        let memory_bytes = self.limits.memory_bytes;
        let mut instance =
            Instance::create(&self.linked, &self.around, memory_bytes, terms).await?;
        instance.init(terms).await?;
        Ok(instance)
    }

    fn give_back(&self, instance: Instance) {
        let is_fresh = self.around.settings.instances == Instances::Fresh;
        if instance.calls >= CALLS_OF_ONE || (is_fresh && instance.calls > 0) {
            return;
        }
        self.free
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(instance);
    }
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Instance").finish_non_exhaustive()
    }
}

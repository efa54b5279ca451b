//! The instances of one generation.
//!
//! Rule: one call per instance at a time; an instance that failed is thrown away, one that served long is replaced. Instances are made in
//! the background, in the time that this takes: a call only ever waits for one that is free. Calls that somebody waits for have
//! instances of their own, so that no webhook holds up a message.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use tokio::{
    runtime::Handle,
    sync::{Semaphore, TryAcquireError},
};

use super::{
    asked::{Asked, Reply},
    capacity::Reservation,
    component::Linked,
    instance::{CallFailure, Instance, Terms},
    settings::Instances,
    state::Surroundings,
};
use crate::model::policy::LogLevel;

/// Calls after which an instance is replaced, so that what it leaks is bounded. Chosen, not standard.
const CALLS_OF_ONE: u32 = 10_000;
/// How long events and ticks wait for an instance: their queue is what overflows.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two tries to make an instance, and the longest such pause; it doubles each time.
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// The instances of one generation.
#[derive(Debug)]
pub(super) struct Pool {
    waited_for: Arc<Lane>,
    others: Arc<Lane>,
}

/// How many and how large.
#[derive(Clone, Copy, Debug)]
pub(super) struct PoolLimits {
    /// For the hooks that somebody waits for; as many for the others.
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
    /// The call failed, or no instance can be made.
    Failed(CallFailure),
}

impl Pool {
    /// Without instances; `reserved` has room for [`Self::instances`].
    pub(super) fn new(
        linked: &Linked,
        around: &Surroundings,
        limits: PoolLimits,
        reserved: Reservation,
    ) -> Self {
        let reserved = Arc::new(reserved);
        let lane = |size: usize, wait: Duration| {
            Arc::new(Lane {
                size,
                wait,
                free: Mutex::default(),
                ready: Semaphore::new(0),
                broken: Mutex::default(),
                runtime: Handle::current(),
                memory_bytes: limits.memory_bytes,
                linked: linked.clone(),
                around: around.clone(),
                _reserved: Arc::clone(&reserved),
            })
        };
        let [waited_for, others] = sizes(linked, limits.instances);
        Self {
            waited_for: lane(waited_for, limits.wait),
            others: lane(others, PATIENCE),
        }
    }

    /// How many instances a component gets.
    pub(super) fn instances(linked: &Linked, limits: PoolLimits) -> usize {
        sizes(linked, limits.instances).iter().sum()
    }

    /// Makes the first instance, and the others in the background.
    ///
    /// # Errors
    /// It cannot be made.
    pub(super) async fn fill(&self) -> Result<(), CallFailure> {
        let mut is_first = true;
        for lane in [&self.waited_for, &self.others] {
            for _ in 0..lane.size {
                if std::mem::take(&mut is_first) {
                    lane.put(lane.create().await?);
                } else {
                    lane.make_another();
                }
            }
        }
        Ok(())
    }

    /// Asks, and answers also whether the plugin wrote something.
    pub(super) async fn ask(
        &self,
        asked: &Asked,
        terms: &Terms,
    ) -> Result<(Reply, bool), AskFailure> {
        let lane = match asked.hook().is_waited_for() {
            true => &self.waited_for,
            false => &self.others,
        };
        let mut taken = lane.take().await?;
        let answer = taken.instance.as_mut().expect("it was just taken");
        let answer = answer.ask(asked, terms).await;
        let answer = answer.map_err(AskFailure::Failed)?;
        taken.give_back();
        Ok(answer)
    }

    /// Waits until no call takes place for which somebody waits, and lets none begin.
    pub(super) async fn pause(&self, limit: Duration) -> Option<Paused> {
        let lane = &self.waited_for;
        let permits = u32::try_from(lane.size).unwrap_or(u32::MAX);
        let acquiring = tokio::time::timeout(limit, lane.ready.acquire_many(permits));
        acquiring.await.ok()?.ok()?.forget();
        Some(Paused(Arc::clone(lane)))
    }

    /// Lets no call begin any more: who asks is told `Overloaded`.
    pub(super) fn close(&self) {
        self.waited_for.ready.close();
        self.others.ready.close();
    }
}

fn sizes(linked: &Linked, instances: usize) -> [usize; 2] {
    let size = |waited_for: bool| {
        let needs = linked.hooks().any(|it| it.is_waited_for() == waited_for);
        if needs { instances } else { 0 }
    };
    [size(true), size(false)]
}

/// No call takes place for which somebody waits, until this is dropped.
#[derive(Debug)]
pub(super) struct Paused(Arc<Lane>);

impl Drop for Paused {
    fn drop(&mut self) {
        self.0.ready.add_permits(self.0.size);
    }
}

/// Instances for one sort of calls.
struct Lane {
    size: usize,
    wait: Duration,
    free: Mutex<Vec<Instance>>,
    /// Invariant: a permit for each free instance.
    ready: Semaphore,
    /// Why none can be made, until one can.
    broken: Mutex<Option<CallFailure>>,
    runtime: Handle,
    memory_bytes: usize,
    linked: Linked,
    around: Surroundings,
    /// Last: given back when the instances are gone.
    _reserved: Arc<Reservation>,
}

impl Lane {
    async fn take(self: &Arc<Self>) -> Result<Taken<'_>, AskFailure> {
        let permit = match self.ready.try_acquire() {
            Ok(permit) => permit,
            Err(TryAcquireError::Closed) => return Err(AskFailure::Overloaded),
            Err(TryAcquireError::NoPermits) => {
                let acquiring = tokio::time::timeout(self.wait, self.ready.acquire());
                match acquiring.await {
                    Ok(Ok(permit)) => permit,
                    Ok(Err(_)) => return Err(AskFailure::Overloaded),
                    Err(_) => return Err(self.shortage()),
                }
            }
        };
        permit.forget();
        let instance = lock(&self.free).pop();
        Ok(Taken {
            lane: self,
            instance,
        })
    }

    fn shortage(&self) -> AskFailure {
        match &*lock(&self.broken) {
            Some(failure) => AskFailure::Failed(failure.clone()),
            None => AskFailure::Overloaded,
        }
    }

    async fn create(&self) -> Result<Instance, CallFailure> {
        let terms = Terms::first_call();
        let (linked, around) = (&self.linked, &self.around);
        let mut instance = Instance::create(linked, around, self.memory_bytes, &terms).await?;
        instance.init(&terms).await?;
        Ok(instance)
    }

    fn put(&self, instance: Instance) {
        lock(&self.free).push(instance);
        self.ready.add_permits(1);
    }

    fn make_another(self: &Arc<Self>) {
        self.runtime.spawn(make(Arc::downgrade(self)));
    }

    fn serves_on(&self, instance: &Instance) -> bool {
        let is_fresh = self.around.settings.instances == Instances::Fresh;
        instance.calls < CALLS_OF_ONE && !is_fresh
    }

    fn note(&self, failure: CallFailure) {
        let why = format!("an instance cannot be made: {failure}");
        let plugin = self.around.log.plugin();
        tracing::error!(plugin, "{why}; it will be tried again");
        self.around.log.note(LogLevel::Error, &why);
        *lock(&self.broken) = Some(failure);
    }
}

/// Makes an instance, however often it must be tried, while anybody may want it.
async fn make(lane: Weak<Lane>) {
    let mut pause = PAUSE;
    while let Some(lane) = lane.upgrade() {
        match lane.create().await {
            Ok(instance) => {
                *lock(&lane.broken) = None;
                return lane.put(instance);
            }
            Err(failure) => lane.note(failure),
        }
        drop(lane);
        tokio::time::sleep(pause).await;
        pause = (2 * pause).min(LONGEST_PAUSE);
    }
}

/// An instance in use. Dropped without having been given back, by a failure or with its task, another one is made.
struct Taken<'a> {
    lane: &'a Arc<Lane>,
    instance: Option<Instance>,
}

impl Taken<'_> {
    fn give_back(mut self) {
        if let Some(instance) = self.instance.take_if(|it| self.lane.serves_on(it)) {
            self.lane.put(instance);
        }
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if self.instance.take().is_some() {
            self.lane.make_another();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl std::fmt::Debug for Lane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lane")
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

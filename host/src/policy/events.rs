//! Hooks that hold nobody up: what has happened, and ticks.
//!
//! Rule: publishing never waits. A full queue leaves events out and counts them.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use arc_swap::ArcSwap;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{asked::Asked, generation::Generation, runner::Runner, snapshot::Snapshot};

/// Events that are told at the same time. Chosen, not standard: some may wait for other servers.
const AT_ONCE: usize = 16;

/// Tells plugins of what comes through the queue, until told to stop.
pub(super) async fn tell(
    runner: Arc<Runner>,
    snapshot: Arc<ArcSwap<Snapshot>>,
    mut queue: mpsc::Receiver<Asked>,
    stop: CancellationToken,
) {
    let permits = Arc::new(Semaphore::new(AT_ONCE));
    let tasks = TaskTracker::new();
    loop {
        let asked = tokio::select! {
            asked = queue.recv() => asked,
            () = stop.cancelled() => None,
        };
        let Some(asked) = asked else {
            break;
        };
        let permit = Arc::clone(&permits).acquire_owned().await;
        let (runner, snapshot) = (Arc::clone(&runner), snapshot.load_full());
        tasks.spawn(async move {
            runner.tell(&snapshot, &asked).await;
            drop(permit);
        });
    }
    tasks.close();
    tasks.wait().await;
}

/// Ticks for one generation, as long as it is the active one.
pub(super) async fn tick(
    runner: Arc<Runner>,
    snapshot: Arc<ArcSwap<Snapshot>>,
    generation: Weak<Generation>,
    interval: Duration,
    stop: CancellationToken,
) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(interval) => {},
            () = stop.cancelled() => return,
        }
        let Some(generation) = generation.upgrade() else {
            return;
        };
        let active = snapshot.load();
        let is_active = active
            .get(&generation.plugin.name)
            .is_some_and(|active| Arc::ptr_eq(active, &generation));
        if !is_active {
            return;
        }
        drop(active);
        runner.tell_one(&generation, &Asked::Tick).await;
    }
}

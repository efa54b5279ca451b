//! Hooks that hold nobody up: what has happened, and ticks.
//!
//! Rule: publishing never waits, and no plugin for another. Each has a queue; one that is full leaves events out and counts them.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use arc_swap::ArcSwap;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{asked::Asked, generation::Generation, runner::Runner, snapshot::Snapshot};
use crate::metrics::PolicyMetrics;

/// An event, and the version of the plugin that is to be told of it.
#[derive(Debug)]
pub(super) struct Told {
    generation: Arc<Generation>,
    asked: Arc<Asked>,
}

/// Puts an event into the plugin's queue. Never waits.
pub(super) fn enqueue(generation: &Arc<Generation>, asked: &Arc<Asked>, metrics: &PolicyMetrics) {
    let told = Told {
        generation: Arc::clone(generation),
        asked: Arc::clone(asked),
    };
    // One of which nothing can be asked would only fill the records.
    if generation.pool.is_err() || generation.plugin.events.try_send(told).is_err() {
        metrics.events_left_out.inc();
    }
}

/// Tells one plugin of what comes through its queue, so many events at the same time, until told to stop or the plugin is gone.
pub(super) async fn tell(
    runner: Arc<Runner>,
    mut queue: mpsc::Receiver<Told>,
    at_once: usize,
    stop: CancellationToken,
) {
    let permits = Arc::new(Semaphore::new(at_once));
    let tasks = TaskTracker::new();
    loop {
        let told = tokio::select! {
            told = queue.recv() => told,
            () = stop.cancelled() => None,
        };
        let Some(Told { generation, asked }) = told else {
            break;
        };
        let permit = tokio::select! {
            permit = Arc::clone(&permits).acquire_owned() => permit,
            () = stop.cancelled() => break,
        };
        let runner = Arc::clone(&runner);
        tasks.spawn(async move {
            runner.tell(&generation, &asked).await;
            drop(permit);
        });
    }
    tasks.close();
    tasks.wait().await;
}

/// Ticks for one generation, as long as it is the active one.
pub(super) async fn tick(
    metrics: PolicyMetrics,
    snapshot: Arc<ArcSwap<Snapshot>>,
    generation: Weak<Generation>,
    interval: Duration,
    stop: CancellationToken,
) {
    let asked = Arc::new(Asked::Tick);
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
        enqueue(&generation, &asked, &metrics);
    }
}

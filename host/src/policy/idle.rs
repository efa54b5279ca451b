//! Policies without a plugin, and without threads for them: for tests of those who ask.

use std::{sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use tokio::{
    runtime::Handle,
    sync::{Semaphore, mpsc},
};

use super::{
    IN_FLIGHT, KvLimits, Policies, RecordDecisions, board::Board, keeper::Keeper, record::Recorder,
    runner::Runner, snapshot::Snapshot,
};
use crate::{metrics::Metrics, store::Store};

impl Policies {
    /// Nobody is asked.
    pub(crate) fn idle(store: &Store) -> Arc<Self> {
        let metrics = Metrics::new().policy;
        let (recorder, _) =
            Recorder::new(RecordDecisions::Notable, metrics.decisions_left_out.clone());
        let limits = KvLimits { keys: 1, bytes: 1 };
        let runner = Arc::new(Runner {
            deadline: Duration::from_millis(50),
            budget: Duration::from_millis(200),
            body_bytes: 1 << 16,
            recorder,
            keeper: Arc::new(Keeper::new(store.clone(), limits)),
            metrics,
            effects: mpsc::channel(1).0,
        });
        Arc::new(Self {
            runner,
            snapshot: Arc::new(ArcSwap::from_pointee(Snapshot::default())),
            board: Arc::new(Board::default()),
            store: store.clone(),
            requests: mpsc::channel(1).0,
            in_flight: Arc::new(Semaphore::new(IN_FLIGHT)),
            runtime: Handle::current(),
        })
    }
}

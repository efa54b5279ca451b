//! Keeps what was decided: handed over without waiting, written in batches.
//!
//! Rule: a record holds ids and a hash, never what people wrote. When the store is slow, records are left out and counted; a decision
//! never waits for its record.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{asked::Asked, generation::Generation, options::RecordDecisions};
use crate::{
    metrics::Counter,
    model::{DecisionId, Timestamp, policy::DecisionRecord},
    store::Store,
};

/// Records that wait to be written.
const QUEUE: usize = 8_192;
/// Records of one transaction. Chosen, not standard: on SQLite messages wait meanwhile, so it is over within a few milliseconds.
const BATCH: usize = 200;
/// Between two transactions: each costs the disk a sync.
const PAUSE: Duration = Duration::from_millis(250);
/// The same while more waits than one takes: so 4,000 records a second find their place.
const PAUSE_WHEN_BEHIND: Duration = Duration::from_millis(50);
/// Between two looks for records that are too old.
const TIDY: Duration = Duration::from_secs(3_600);

/// Takes records.
#[derive(Clone, Debug)]
pub(super) struct Recorder {
    which: RecordDecisions,
    queue: mpsc::Sender<DecisionRecord>,
    left_out: Counter,
}

/// What a call came to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said<'a> {
    /// A verdict, or a failure.
    pub(super) word: &'a str,
    pub(super) reason: Option<&'a str>,
    pub(super) micros: u64,
}

impl Recorder {
    pub(super) fn new(
        which: RecordDecisions,
        left_out: Counter,
    ) -> (Self, mpsc::Receiver<DecisionRecord>) {
        let (queue, records) = mpsc::channel(QUEUE);
        let recorder = Self {
            which,
            queue,
            left_out,
        };
        (recorder, records)
    }

    pub(super) fn record(
        &self,
        asked: &Asked,
        generation: &Generation,
        (decision_id, at): (DecisionId, Timestamp),
        said: Said<'_>,
    ) {
        if self.which == RecordDecisions::Notable && said.word == "allow" {
            return;
        }
        let about = asked.about();
        let record = DecisionRecord {
            decision_id,
            at,
            hook: asked.hook(),
            plugin: generation.plugin.name.clone(),
            version: generation.described.version.clone(),
            plugin_hash: generation.hash.to_string(),
            verdict: said.word.to_owned(),
            reason: said.reason.map(ToOwned::to_owned),
            micros: i64::try_from(said.micros).unwrap_or(i64::MAX),
            user_id: about.user_id,
            room_id: about.room_id,
            message_id: about.message_id,
            body_hash: about.body_hash,
        };
        if self.queue.try_send(record).is_err() {
            self.left_out.inc();
        }
    }
}

/// Writes records until told to stop, and then what is left.
pub(super) async fn keep(
    store: Store,
    mut records: mpsc::Receiver<DecisionRecord>,
    days: i64,
    left_out: Counter,
    stop: CancellationToken,
) {
    let mut batch = Vec::new();
    let mut tidied = tokio::time::Instant::now();
    loop {
        tokio::select! {
            received = records.recv_many(&mut batch, BATCH) => if received == 0 { break },
            () = stop.cancelled() => break,
        }
        let pause = if batch.len() == BATCH {
            PAUSE_WHEN_BEHIND
        } else {
            PAUSE
        };
        write(&store, &mut batch, &left_out).await;
        if tidied.elapsed() >= TIDY {
            tidied = tokio::time::Instant::now();
            let before = Timestamp::now().plus_seconds(-days * 86_400);
            if let Err(error) = store.remove_decisions_before(before).await {
                tracing::warn!(%error, "old decisions were not removed");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {},
            () = stop.cancelled() => break,
        }
    }
    while let Ok(record) = records.try_recv() {
        batch.push(record);
    }
    write(&store, &mut batch, &left_out).await;
}

async fn write(store: &Store, batch: &mut Vec<DecisionRecord>, left_out: &Counter) {
    if batch.is_empty() {
        return;
    }
    if let Err(error) = store.insert_decisions(batch).await {
        tracing::warn!(%error, records = batch.len(), "decisions were not kept");
        left_out.inc_by(batch.len() as u64);
    }
    batch.clear();
}

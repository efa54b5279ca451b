//! Counts what the media worker does, for `/metrics`.

use std::time::Duration;

use super::{
    media::Media,
    worker::{IoCounters, Report},
};
use crate::metrics::{Counter, MediaMetrics};

/// How often the worker is asked. Chosen, not standard: nobody scrapes much more often.
const EVERY: Duration = Duration::from_secs(5);

/// Asks until the worker is gone.
pub(super) async fn count(media: Media, metrics: MediaMetrics) {
    loop {
        tokio::time::sleep(EVERY).await;
        match media
            .ask(|worker| async move { worker.report().await })
            .await
        {
            Ok(report) => note(&metrics, report),
            Err(super::CallError::NoMedia(_)) => return,
            // The next time.
            Err(_) => {}
        }
    }
}

fn note(metrics: &MediaMetrics, report: Report) {
    let natter_sfu::Counters {
        received,
        unroutable,
        malformed,
        flooded,
        media_received,
        media_forwarded,
        media_dropped,
        repaired,
        keyframes_asked,
        handshakes_dropped,
        broken,
        tap_dropped,
    } = report.router;
    let IoCounters { unsent, turns: _ } = report.io;
    for (counter, value) in [
        (&metrics.received, received),
        (&metrics.unroutable, unroutable),
        (&metrics.malformed, malformed),
        (&metrics.flooded, flooded),
        (&metrics.accepted, media_received),
        (&metrics.forwarded, media_forwarded),
        (&metrics.dropped, media_dropped),
        (&metrics.repaired, repaired),
        (&metrics.keyframes_asked, keyframes_asked),
        (&metrics.handshakes_dropped, handshakes_dropped),
        (&metrics.broken, broken),
        (&metrics.tap_dropped, tap_dropped),
        (&metrics.unsent, unsent),
    ] {
        raise(counter, value);
    }
}

fn raise(counter: &Counter, to: u64) {
    counter.inc_by(to.saturating_sub(counter.get()));
}

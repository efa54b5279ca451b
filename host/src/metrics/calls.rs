//! What calls and their media do.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

/// Counters of calls. Cheap to clone.
#[derive(Clone, Debug)]
pub struct CallMetrics {
    /// Calls that ring or last now.
    pub live: Gauge,
    /// People in them.
    pub participants: Gauge,
    /// What the media worker counts.
    pub media: MediaMetrics,
    ended: Family<ReasonLabel, Counter>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabel {
    reason: &'static str,
}

impl CallMetrics {
    /// Registers them, at zero.
    pub(super) fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            live: Gauge::default(),
            participants: Gauge::default(),
            media: MediaMetrics::register(registry),
            ended: Family::default(),
        };
        registry.register("calls", "Calls that ring or last", metrics.live.clone());
        registry.register(
            "call_participants",
            "People in calls",
            metrics.participants.clone(),
        );
        registry.register(
            "calls_ended",
            "Calls that are over, by why",
            metrics.ended.clone(),
        );
        metrics
    }

    /// Counts a call that is over.
    pub fn note_end(&self, reason: &'static str) {
        self.ended.get_or_create(&ReasonLabel { reason }).inc();
    }
}

macro_rules! media_metrics {
    ($($name:ident = $registered:literal: $help:literal,)*) => {
        /// What the media worker counts. Cheap to clone.
        #[derive(Clone, Debug, Default)]
        pub struct MediaMetrics {
            $(#[doc = $help] pub $name: Counter,)*
        }

        impl MediaMetrics {
            fn register(registry: &mut Registry) -> Self {
                let metrics = Self::default();
                $(registry.register($registered, $help, metrics.$name.clone());)*
                metrics
            }
        }
    };
}

media_metrics! {
    received = "media_received": "Packets that came to the media ports",
    unroutable = "media_unroutable": "Packets of strangers, and of clients that are gone",
    malformed = "media_malformed": "Packets that could not be decrypted or decoded, came twice, or were of nothing negotiated",
    flooded = "media_flooded": "Packets beyond what one client may send",
    accepted = "media_accepted": "Packets of sound and pictures that came",
    forwarded = "media_forwarded": "Packets of sound and pictures sent on, each receiver counted",
    dropped = "media_dropped": "Packets of sound and pictures that could not be encrypted, or had nowhere to go",
    repaired = "media_repaired": "Packets sent again to receivers that missed them",
    keyframes_asked = "media_keyframes_asked": "Keyframes that senders were asked for",
    handshakes_dropped = "media_handshakes_dropped": "Packets of handshakes that were dropped because too many waited",
    broken = "media_broken": "Connections that were ended because they failed in the server: each is a defect",
    tap_dropped = "media_tap_dropped": "Frames that a recorder did not get because its queue was full",
    unsent = "media_unsent": "Packets that the system, or the queue of a TCP client, did not take",
}

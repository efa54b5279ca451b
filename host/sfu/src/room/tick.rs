//! What happens in a room by itself, and what follows from a change.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use super::{Room, Shared, participant::Told};
use crate::{
    event::EventKind,
    identity::{Layer, Layers, ParticipantId, Source, TrackId},
    net::demux::{ConnectionKey, Side},
    subscribe::subscriber::{Demand, StreamView, View},
};

/// How often a room is looked at: limits that may rise, layers that fell silent, keyframes that are due, who speaks.
const TICK: Duration = Duration::from_millis(100);
/// How often quality is told.
const MEASURE: Duration = Duration::from_secs(5);
/// A layer that nobody watches is sent on for so long: to begin again takes a keyframe. Chosen.
const UNWATCHED: Duration = Duration::from_secs(2);

impl Room {
    /// When something is to happen next.
    pub(crate) fn deadline(&self) -> Instant {
        let connections = self.participants.values().flat_map(|participant| {
            let publisher = participant.publisher.as_ref().map(|it| &it.connection);
            let subscriber = participant.subscriber.as_ref().map(|it| &it.connection);
            publisher.into_iter().chain(subscriber)
        });
        let earliest = connections
            .filter_map(|connection| connection.deadline())
            .min();
        earliest.map_or(self.next_tick, |deadline| deadline.min(self.next_tick))
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant, shared: &mut Shared<'_>) {
        for key in self.due(now) {
            self.handle_connection_timeout(now, key, shared);
        }
        if now >= self.next_tick {
            self.next_tick = now + TICK;
            self.stale = true;
            self.keyframes_wanted = true;
            if let Some(speaker) = self.speakers.elect(now) {
                self.tell(shared, EventKind::ActiveSpeaker(speaker));
            }
            if now >= self.measured_at + MEASURE {
                self.measured_at = now;
                self.measure(now, shared);
            }
        }
        self.settle(now, shared);
    }

    /// Brings about what changes ask for. Call it last.
    pub(super) fn settle(&mut self, now: Instant, shared: &mut Shared<'_>) {
        if self.stale {
            self.choose(now, shared);
            self.queue_news(shared);
        }
        if std::mem::take(&mut self.keyframes_wanted) {
            self.ask_keyframes(now, shared);
        }
    }

    /// Decides who gets which layer, and what publishers need to send.
    pub(super) fn choose(&mut self, now: Instant, shared: &mut Shared<'_>) {
        self.stale = false;
        let views = self.views(now);
        let mut demands: Vec<Demand> = Vec::new();
        for (id, participant) in &mut self.participants {
            if let Some(subscriber) = &mut participant.subscriber {
                demands.push(subscriber.choose(now, &views));
            }
            if let Some(tap) = &mut participant.tap {
                demands.push(tap.choose(*id, &views));
            }
        }
        let mut watched = BTreeMap::<ParticipantId, Layers>::new();
        for demand in demands {
            for (track, stream) in demand.entries {
                self.want_keyframe(track, stream);
            }
            for (track, layer) in demand.layers {
                if track.source == Source::Camera {
                    watched.entry(track.participant).or_default().insert(layer);
                }
            }
        }
        self.tell_layers(now, &watched, shared);
    }

    /// What can be had of whom.
    fn views(&self, now: Instant) -> BTreeMap<TrackId, View> {
        let mut views = BTreeMap::new();
        for (id, participant) in &self.participants {
            let Some(publisher) = &participant.publisher else {
                continue;
            };
            for source in Source::ALL
                .into_iter()
                .filter(|source| participant.sends(*source))
            {
                let mut view = View::new(publisher.is_layered(source));
                for stream in publisher.streams(source) {
                    view.set(
                        stream.layer,
                        StreamView {
                            id: stream.id(),
                            live: stream.is_live(now),
                            bits_per_second: stream.bits_per_second(),
                        },
                    );
                }
                let track = TrackId {
                    participant: *id,
                    source,
                };
                views.insert(track, view);
            }
        }
        views
    }

    /// Tells cameras which layers are watched: more at once, fewer after a while.
    fn tell_layers(
        &mut self,
        now: Instant,
        watched: &BTreeMap<ParticipantId, Layers>,
        shared: &mut Shared<'_>,
    ) {
        let mut told = Vec::new();
        for (id, participant) in &mut self.participants {
            let is_layered = |it: &super::Publisher| it.is_layered(Source::Camera);
            if !participant.publisher.as_ref().is_some_and(is_layered) {
                continue;
            }
            let watched = watched.get(id).copied().unwrap_or_default();
            let before = participant.told_layers.get_or_insert(Told {
                layers: Layers::all(),
                fewer_since: None,
            });
            if watched == before.layers {
                before.fewer_since = None;
                continue;
            }
            let is_more = Layer::ALL
                .into_iter()
                .any(|layer| watched.contains(layer) && !before.layers.contains(layer));
            let since = *before.fewer_since.get_or_insert(now);
            if is_more || now >= since + UNWATCHED {
                *before = Told {
                    layers: watched,
                    fewer_since: None,
                };
                told.push((*id, watched));
            }
        }
        for (to, layers) in told {
            self.tell(shared, EventKind::PublishLayers { to, layers });
        }
    }

    fn ask_keyframes(&mut self, now: Instant, shared: &mut Shared<'_>) {
        let mut asked = Vec::new();
        for (id, participant) in &mut self.participants {
            let Some(publisher) = &mut participant.publisher else {
                continue;
            };
            if let Ok(count) = publisher.ask_keyframes(now) {
                shared.outputs.counters.keyframes_asked += count;
                if count > 0 {
                    asked.push(*id);
                }
            }
        }
        for id in asked {
            self.drain(now, self.key(id, Side::Publish), shared);
        }
    }

    fn measure(&mut self, now: Instant, shared: &mut Shared<'_>) {
        let mut measured = Vec::new();
        for (id, participant) in &mut self.participants {
            measured.push((*id, participant.measure(now)));
        }
        for (participant, quality) in measured {
            self.tell(
                shared,
                EventKind::Quality {
                    participant,
                    quality,
                },
            );
        }
    }

    fn due(&self, now: Instant) -> Vec<ConnectionKey> {
        let mut due = Vec::new();
        for (id, participant) in &self.participants {
            let publisher = participant
                .publisher
                .as_ref()
                .map(|it| (Side::Publish, &it.connection));
            let subscriber = participant
                .subscriber
                .as_ref()
                .map(|it| (Side::Subscribe, &it.connection));
            for (side, connection) in publisher.into_iter().chain(subscriber) {
                if connection
                    .deadline()
                    .is_some_and(|deadline| deadline <= now)
                {
                    due.push(self.key(*id, side));
                }
            }
        }
        due
    }
}

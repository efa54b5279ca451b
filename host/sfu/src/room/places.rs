//! Who has a place for which track, and what they are told of it.
//!
//! Rule: a receiver whose connection fails is made anew, alone; nobody else's tracks are touched.

use std::time::Instant;

use super::{Room, Shared};
use crate::{
    error::SfuError,
    event::EventKind,
    identity::{ParticipantId, TrackId},
    net::demux::{Fragment, Side},
    subscribe::subscriber::Subscriber,
    work::Work,
};

impl Room {
    /// Gives a track a place with everybody else.
    pub(super) fn place_with_all(&mut self, now: Instant, track: TrackId, shared: &mut Shared<'_>) {
        let others: Vec<ParticipantId> = self
            .participants
            .keys()
            .copied()
            .filter(|other| *other != track.participant)
            .collect();
        for other in others {
            let has_places = self.subscriber(other).is_some();
            let placed = match has_places {
                true => self.place(now, other, &[track], shared),
                false => self.place_all(now, other, shared),
            };
            if placed.is_err() {
                shared.outputs.counters.broken += 1;
                self.lost(now, self.key(other, Side::Subscribe), shared);
            }
        }
    }

    /// Gives a participant a place for everything that they can get.
    pub(super) fn place_all(
        &mut self,
        now: Instant,
        id: ParticipantId,
        shared: &mut Shared<'_>,
    ) -> Result<(), SfuError> {
        let tracks: Vec<TrackId> = self
            .participants
            .iter()
            .filter(|(other, _)| **other != id)
            .flat_map(|(other, participant)| {
                let sources = participant.sources.iter();
                sources.map(|source| TrackId {
                    participant: *other,
                    source: *source,
                })
            })
            .collect();
        self.place(now, id, &tracks, shared)
    }

    fn place(
        &mut self,
        now: Instant,
        id: ParticipantId,
        tracks: &[TrackId],
        shared: &mut Shared<'_>,
    ) -> Result<(), SfuError> {
        let key = self.key(id, Side::Subscribe);
        let participant = self.participant(id)?;
        for track in tracks {
            let subscriber = match &mut participant.subscriber {
                Some(subscriber) => subscriber,
                none => {
                    let fragment = Fragment::random();
                    let subscriber = Subscriber::new(now, fragment, shared.identity)?;
                    shared.demux.insert(key, fragment);
                    none.insert(subscriber)
                }
            };
            subscriber.add(*track)?;
        }
        self.stale = true;
        Ok(())
    }

    /// Has everybody told of whose places something changed, in their turn.
    pub(super) fn queue_news(&mut self, shared: &mut Shared<'_>) {
        for (id, participant) in &mut self.participants {
            let subscriber = participant.subscriber.as_mut();
            if subscriber.is_some_and(Subscriber::queue_news) {
                shared.work.push_back(Work::Places(self.id, *id));
            }
        }
    }

    /// Tells a participant what changed. Whether there was something.
    pub(crate) fn tell_places(
        &mut self,
        now: Instant,
        id: ParticipantId,
        shared: &mut Shared<'_>,
    ) -> bool {
        let Some(subscriber) = self.subscriber(id) else {
            return false;
        };
        match subscriber.take_news(now) {
            Ok(None) => return false,
            Ok(Some((Some(sdp), tracks))) => {
                let to = id;
                self.tell(shared, EventKind::Offer { to, sdp, tracks });
            }
            Ok(Some((None, tracks))) => self.tell(shared, EventKind::Tracks { to: id, tracks }),
            Err(_) => {
                shared.outputs.counters.broken += 1;
                self.lost(now, self.key(id, Side::Subscribe), shared);
            }
        }
        self.settle(now, shared);
        true
    }

    #[cfg(test)]
    pub(crate) fn break_receiver(&mut self, id: ParticipantId) {
        let subscriber = self.subscriber(id).expect("it receives");
        let broken: Result<(), SfuError> = subscriber.connection.run(|_| panic!("as the library"));
        assert!(broken.is_err());
    }

    pub(super) fn subscriber(&mut self, id: ParticipantId) -> Option<&mut Subscriber> {
        self.participants.get_mut(&id)?.subscriber.as_mut()
    }
}

//! One call: its participants, and what they ask for.
//!
//! Here: commands. `media`: packets and who gets them. `places`: which connection has which track. `tick`: what happens by itself.

mod media;
mod participant;
mod places;
mod speaker;
mod tick;

use std::{
    collections::{BTreeMap, VecDeque},
    time::Instant,
};

use crate::{
    error::SfuError,
    event::{Event, EventKind, Muter, Section},
    identity::{Layer, ParticipantId, RoomId, Source, TrackId},
    net::demux::{ConnectionKey, Demux, Fragment, Side},
    outputs::Outputs,
    peer::connection::Identity,
    publish::{publisher::Publisher, stream::StreamId},
    tap::{Tap, Tapped, TappedKind},
    work::Work,
};
use participant::Participant;
use speaker::Speakers;

pub(crate) struct Room {
    id: RoomId,
    participants: BTreeMap<ParticipantId, Participant>,
    speakers: Speakers,
    next_stream: u64,
    next_tick: Instant,
    measured_at: Instant,
    /// Something changed that decides who gets which layer.
    stale: bool,
    /// Somebody waits for a keyframe.
    keyframes_wanted: bool,
}

/// What a room works with, and all rooms share.
pub(crate) struct Shared<'a> {
    pub(crate) identity: &'a Identity,
    pub(crate) demux: &'a mut Demux,
    pub(crate) outputs: &'a mut Outputs,
    pub(crate) work: &'a mut VecDeque<Work>,
    pub(crate) participants_limit: usize,
}

impl Room {
    pub(crate) fn new(now: Instant, id: RoomId) -> Self {
        Self {
            id,
            participants: BTreeMap::new(),
            speakers: Speakers::default(),
            next_stream: 0,
            next_tick: now,
            measured_at: now,
            stale: false,
            keyframes_wanted: false,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.participants.is_empty()
    }

    pub(crate) fn participants(&self) -> impl Iterator<Item = ParticipantId> {
        self.participants.keys().copied()
    }

    pub(crate) fn join(
        &mut self,
        now: Instant,
        id: ParticipantId,
        shared: &mut Shared<'_>,
    ) -> Result<(), SfuError> {
        if self.participants.contains_key(&id) {
            return Err(SfuError::AlreadyJoined(id));
        }
        let limit = shared.participants_limit;
        if self.participants.len() >= limit {
            return Err(SfuError::RoomFull { limit });
        }
        self.participants.insert(id, Participant::new(now));
        let placed = self.place_all(now, id, shared);
        if placed.is_err() {
            self.close(id, Side::Subscribe, shared);
            self.participants.remove(&id);
        }
        self.settle(now, shared);
        placed
    }

    pub(crate) fn leave(
        &mut self,
        now: Instant,
        id: ParticipantId,
        shared: &mut Shared<'_>,
    ) -> Result<(), SfuError> {
        self.set_sources(now, id, &[], shared)?;
        let quality = self.participant(id)?.measure(now);
        self.tell(
            shared,
            EventKind::Quality {
                participant: id,
                quality,
            },
        );
        for side in [Side::Publish, Side::Subscribe] {
            self.close(id, side, shared);
        }
        self.participants.remove(&id);
        self.speakers.forget(id);
        self.stale = true;
        self.settle(now, shared);
        Ok(())
    }

    /// Answers the offer of a participant's sending connection, which takes the place of the one before.
    pub(crate) fn publish(
        &mut self,
        now: Instant,
        id: ParticipantId,
        offer: &str,
        sections: &[Section],
        shared: &mut Shared<'_>,
    ) -> Result<String, SfuError> {
        self.participant(id)?;
        let fragment = Fragment::random();
        let negotiated = Publisher::negotiate(now, fragment, shared.identity, offer, sections);
        let (publisher, answer) = negotiated?;
        self.close(id, Side::Publish, shared);
        shared.demux.insert(self.key(id, Side::Publish), fragment);
        let participant = self.participant(id)?;
        let sources = participant.sources.iter().copied();
        let kept: Vec<Source> = sources.filter(|it| publisher.has(*it)).collect();
        participant.publisher = Some(publisher);
        participant.told_layers = None;
        self.set_sources(now, id, &kept, shared)?;
        Ok(answer)
    }

    /// What a participant sends from now on, of what was negotiated.
    pub(crate) fn set_sources(
        &mut self,
        now: Instant,
        id: ParticipantId,
        sources: &[Source],
        shared: &mut Shared<'_>,
    ) -> Result<(), SfuError> {
        let participant = self.participant(id)?;
        let negotiated = |source: Source| {
            let publisher = participant.publisher.as_ref();
            publisher.is_some_and(|publisher| publisher.has(source))
        };
        if let Some(source) = sources.iter().find(|source| !negotiated(**source)) {
            return Err(SfuError::NotNegotiated(*source));
        }
        let before = std::mem::replace(&mut participant.sources, sources.iter().copied().collect());
        for source in Source::ALL {
            let track = TrackId {
                participant: id,
                source,
            };
            match (before.contains(&source), sources.contains(&source)) {
                (false, true) => self.begin(now, track, shared),
                (true, false) => self.end(track, shared),
                _ => {}
            }
        }
        self.settle(now, shared);
        Ok(())
    }

    /// The largest layer of a track that a participant's client shows; `None`: it does not show it.
    pub(crate) fn show(
        &mut self,
        now: Instant,
        id: ParticipantId,
        track: TrackId,
        at_most: Option<Layer>,
        shared: &mut Shared<'_>,
    ) -> Result<(), SfuError> {
        let subscriber = self.participant(id)?.subscriber.as_mut();
        let is_shown = subscriber.is_some_and(|subscriber| subscriber.set_shown(track, at_most));
        if !is_shown {
            return Err(SfuError::UnknownTrack(track));
        }
        self.stale = true;
        self.settle(now, shared);
        Ok(())
    }

    /// Takes the answer to the offer of a participant's receiving connection.
    pub(crate) fn accept(
        &mut self,
        now: Instant,
        id: ParticipantId,
        answer: &str,
        shared: &mut Shared<'_>,
    ) -> Result<(), SfuError> {
        let subscriber = self.participant(id)?.subscriber.as_mut();
        subscriber
            .ok_or(SfuError::NoOfferWaits)?
            .accept(now, answer)?;
        self.stale = true;
        self.settle(now, shared);
        Ok(())
    }

    pub(crate) fn mute(
        &mut self,
        now: Instant,
        track: TrackId,
        muted: bool,
        by: Muter,
        shared: &mut Shared<'_>,
    ) -> Result<(), SfuError> {
        let participant = self.participant(track.participant)?;
        if !muted && by != Muter::Oneself {
            return Err(SfuError::OnlySelfUnmutes);
        }
        let changed = match muted {
            true => participant.muted.insert(track.source),
            false => participant.muted.remove(&track.source),
        };
        if changed {
            // What comes after a mute does not continue what came before.
            self.begin_streams_anew(track);
            self.tell(shared, EventKind::Muted { track, muted, by });
            self.stale = true;
            self.settle(now, shared);
        }
        Ok(())
    }

    /// Begins to hand a participant's frames to a recorder. Nothing new if it does already.
    pub(crate) fn tap(
        &mut self,
        now: Instant,
        id: ParticipantId,
        shared: &mut Shared<'_>,
    ) -> Result<(), SfuError> {
        self.participant(id)?.tap.get_or_insert_with(Tap::default);
        self.stale = true;
        self.settle(now, shared);
        Ok(())
    }

    pub(crate) fn untap(
        &mut self,
        now: Instant,
        id: ParticipantId,
        shared: &mut Shared<'_>,
    ) -> Result<(), SfuError> {
        for source in Source::ALL {
            self.end_tap(
                TrackId {
                    participant: id,
                    source,
                },
                shared,
            );
        }
        self.participant(id)?.tap = None;
        self.stale = true;
        self.settle(now, shared);
        Ok(())
    }

    fn begin(&mut self, now: Instant, track: TrackId, shared: &mut Shared<'_>) {
        self.begin_streams_anew(track);
        self.tell(shared, EventKind::TrackPublished(track));
        self.stale = true;
        self.place_with_all(now, track, shared);
    }

    fn end(&mut self, track: TrackId, shared: &mut Shared<'_>) {
        self.tell(shared, EventKind::TrackUnpublished(track));
        self.stale = true;
        self.end_tap(track, shared);
        for other in self.participants.values_mut() {
            if let Some(subscriber) = &mut other.subscriber {
                subscriber.remove(track);
            }
        }
    }

    fn end_tap(&mut self, track: TrackId, shared: &mut Shared<'_>) {
        let participant = self.participants.get_mut(&track.participant);
        let tap = participant.and_then(|participant| participant.tap.as_mut());
        if tap.is_some_and(|tap| tap.end(track.source)) {
            shared.outputs.end_tap(Tapped {
                room: self.id,
                track,
                kind: TappedKind::Ended,
            });
        }
    }

    fn close(&mut self, id: ParticipantId, side: Side, shared: &mut Shared<'_>) {
        let key = self.key(id, side);
        shared.demux.forget(key);
        let Some(participant) = self.participants.get_mut(&id) else {
            return;
        };
        participant.count();
        let mut connection = match side {
            Side::Publish => participant.publisher.take().map(|it| it.connection),
            Side::Subscribe => participant.subscriber.take().map(|it| it.connection),
        };
        if let Some(connection) = &mut connection {
            // The client hears that it is over; if not, it finds out by itself.
            if connection.close().is_ok() {
                let _ = connection.drain(&mut shared.outputs.transmits, &mut Vec::new());
            }
        }
    }

    /// Whatever was going on in a track's streams is over; what comes is new.
    fn begin_streams_anew(&mut self, track: TrackId) {
        let next_stream = &mut self.next_stream;
        let participant = self.participants.get_mut(&track.participant);
        let publisher = participant.and_then(|participant| participant.publisher.as_mut());
        let streams = publisher.into_iter().flat_map(Publisher::streams_mut);
        for stream in streams.filter(|stream| stream.source == track.source) {
            *next_stream += 1;
            stream.begin_anew(StreamId(*next_stream));
        }
    }

    fn tell(&self, shared: &mut Shared<'_>, kind: EventKind) {
        let room = self.id;
        shared.outputs.tell(Event { room, kind });
    }

    fn key(&self, participant: ParticipantId, side: Side) -> ConnectionKey {
        ConnectionKey {
            room: self.id,
            participant,
            side,
        }
    }

    fn participant(&mut self, id: ParticipantId) -> Result<&mut Participant, SfuError> {
        let participant = self.participants.get_mut(&id);
        participant.ok_or(SfuError::UnknownParticipant(id))
    }
}

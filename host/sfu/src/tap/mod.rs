//! What a recorder gets of one participant: whole encoded frames, each source as one continued stream; pictures in order, sound as it comes.
//!
//! Rule: the recorder counts as a viewer of the best layer, and nothing waits for it. Where its queue is full, video is left out
//! up to the first keyframe after it has room again, and counted; until then no keyframe is asked for in its name.

mod assembler;

use std::{collections::BTreeMap, time::Instant};

use bytes::Bytes;

use crate::{
    identity::{Kind, Layer, ParticipantId, RoomId, Source, TrackId},
    outputs::Outputs,
    publish::stream::{MediaPacket, SenderClock, Stream, StreamId},
    subscribe::{
        rewriter::Rewriter,
        subscriber::{Demand, View},
    },
};
use assembler::Assembler;

/// Something for a recorder.
#[derive(Clone, Debug)]
pub struct Tapped {
    /// Where.
    pub room: RoomId,
    /// Of which source.
    pub track: TrackId,
    /// What.
    pub kind: TappedKind,
}

/// What a recorder gets.
#[derive(Clone, Debug)]
pub enum TappedKind {
    /// An Opus packet, in the order of arrival; or a VP8 frame, in the order of sending.
    Frame {
        /// As the encoder made it.
        data: Bytes,
        /// In ticks of the track (`Kind::clock_hz`); wraps. Goes on over mutes and changes of layers.
        timestamp: u32,
        /// A decoder can begin here. Always so for sound.
        is_keyframe: bool,
        /// When its last packet came.
        arrived: Instant,
    },
    /// Where the track's timestamps lie in the publisher's wall clock: the same clock for all tracks of a participant.
    Clock {
        /// Of the track's own timestamps.
        clock: SenderClock,
        /// When the report came.
        arrived: Instant,
    },
    /// The source was unpublished, its participant left, or the tap was closed.
    Ended,
}

/// A participant's tap.
#[derive(Debug, Default)]
pub(crate) struct Tap {
    sources: BTreeMap<Source, Tapping>,
}

#[derive(Debug)]
struct Tapping {
    target: Option<StreamId>,
    rewriter: Rewriter,
    assembler: Assembler,
    /// The recorder's queue was full, and it has not caught up yet.
    is_behind: bool,
}

impl Tap {
    /// Aims at the best layers that arrive.
    pub(crate) fn choose(
        &mut self,
        participant: ParticipantId,
        views: &BTreeMap<TrackId, View>,
    ) -> Demand {
        let mut demand = Demand::default();
        for source in Source::ALL {
            let track = TrackId {
                participant,
                source,
            };
            let Some(view) = views.get(&track) else {
                continue;
            };
            let tapping = self
                .sources
                .entry(source)
                .or_insert_with(|| Tapping::new(source));
            demand.layers.push((track, Layer::High));
            let Some((layer, stream)) = view.best_arriving(Layer::High) else {
                continue;
            };
            demand.layers.push((track, layer));
            tapping.target = Some(stream.id);
            // Sound has an entry in every packet.
            if source.kind() == Kind::Video && tapping.rewriter.current() != tapping.target {
                demand.entries.push((track, stream.id));
            }
        }
        demand
    }

    /// Takes a packet. The stream that must begin anew, if frames were lost.
    pub(crate) fn accept(
        &mut self,
        room: RoomId,
        track: TrackId,
        packet: &MediaPacket,
        outputs: &mut Outputs,
    ) -> Option<StreamId> {
        let tapping = self.sources.get_mut(&track.source)?;
        if tapping.rewriter.current() != Some(packet.stream) {
            if tapping.target != Some(packet.stream) || !packet.is_entry() {
                return None;
            }
            tapping.rewriter.switch(packet);
        }
        let numbers = tapping.rewriter.rewrite(packet)?;
        if track.source.kind() == Kind::Audio {
            let kind = TappedKind::Frame {
                data: packet.payload.clone(),
                timestamp: numbers.timestamp,
                is_keyframe: true,
                arrived: packet.arrived,
            };
            outputs.tap(Tapped { room, track, kind });
            return None;
        }
        if tapping.is_behind && !outputs.has_tap_room() {
            return None;
        }
        tapping.is_behind = false;
        let Tapping { assembler, .. } = tapping;
        assembler.push(packet, numbers);
        while let Some(frame) = assembler.next_frame() {
            let kind = TappedKind::Frame {
                data: frame.data,
                timestamp: frame.timestamp,
                is_keyframe: frame.is_keyframe,
                arrived: frame.arrived,
            };
            if !outputs.tap(Tapped { room, track, kind }) {
                tapping.is_behind = true;
                tapping.assembler = Assembler::default();
                return None;
            }
        }
        assembler.give_up(packet.arrived);
        assembler.needs_keyframe().then_some(packet.stream)
    }

    /// Passes a publisher's clock on.
    pub(crate) fn report_clock(
        &mut self,
        room: RoomId,
        track: TrackId,
        now: Instant,
        stream: &Stream,
        outputs: &mut Outputs,
    ) {
        let tapping = self.sources.get(&track.source);
        let Some((tapping, clock)) = tapping.zip(stream.clock) else {
            return;
        };
        if let Some(timestamp) = tapping.rewriter.timestamp(stream.id(), clock.timestamp) {
            let clock = SenderClock { timestamp, ..clock };
            let kind = TappedKind::Clock {
                clock,
                arrived: now,
            };
            outputs.tap(Tapped { room, track, kind });
        }
    }

    /// A source ended. Whether it was tapped.
    pub(crate) fn end(&mut self, source: Source) -> bool {
        self.sources.remove(&source).is_some()
    }
}

impl Tapping {
    fn new(source: Source) -> Self {
        Self {
            target: None,
            rewriter: Rewriter::new(source.kind().clock_hz(), 0),
            assembler: Assembler::default(),
            is_behind: false,
        }
    }
}

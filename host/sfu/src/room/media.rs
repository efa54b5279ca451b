//! Packets: from a connection to whoever is to have them.
//!
//! Invariant: nothing here waits, and nothing that one client sends costs another more than the packets that they watch.

use std::time::Instant;

use rtc::rtp;

use super::{Room, Shared};
use crate::{
    error::SfuError,
    event::EventKind,
    identity::{ParticipantId, TrackId},
    net::{
        demux::{ConnectionKey, Side},
        guard::Admission,
        packet::PacketKind,
        route::Received,
        stun::Check,
    },
    peer::connection::{Arrival, Connection},
    publish::{
        publisher::{Heard, Publisher},
        stream::{Accepted, MediaPacket, StreamId},
    },
    work::Work,
};

impl Room {
    /// Takes a packet of one of the room's connections.
    pub(crate) fn handle_packet(
        &mut self,
        now: Instant,
        key: ConnectionKey,
        packet: Received,
        shared: &mut Shared<'_>,
    ) {
        let Some(connection) = self.connection(key.participant, key.side) else {
            return;
        };
        let counters = &mut shared.outputs.counters;
        match connection.admit(now, &packet) {
            Admission::Admitted => self.take_packet(now, key, packet, shared),
            Admission::Handshake => match connection.queue_handshake(packet) {
                Some(1) => shared.work.push_back(Work::Handshake(key)),
                Some(_) => {}
                None => counters.handshakes_dropped += 1,
            },
            Admission::Flooded => counters.flooded += 1,
            Admission::Malformed => counters.malformed += 1,
        }
    }

    /// Takes the handshake packet of a connection whose turn it is. Whether there was one.
    pub(crate) fn handle_handshake(
        &mut self,
        now: Instant,
        key: ConnectionKey,
        shared: &mut Shared<'_>,
    ) -> bool {
        let connection = self.connection(key.participant, key.side);
        let Some((packet, waiting)) = connection.and_then(Connection::next_handshake) else {
            return false;
        };
        if waiting > 0 {
            shared.work.push_back(Work::Handshake(key));
        }
        self.take_packet(now, key, packet, shared);
        let connection = self.connection(key.participant, key.side);
        let closed = connection.map_or(Ok(false), Connection::is_closed);
        if closed.unwrap_or(false) {
            self.lost(now, key, shared);
        }
        true
    }

    fn take_packet(
        &mut self,
        now: Instant,
        key: ConnectionKey,
        packet: Received,
        shared: &mut Shared<'_>,
    ) {
        let Some(connection) = self.connection(key.participant, key.side) else {
            return;
        };
        // The library tells nobody what it refuses; but of each of these something comes if it does not.
        let is_fruitful = match PacketKind::of(&packet.bytes) {
            Some(PacketKind::Media { .. } | PacketKind::Control { .. }) => true,
            Some(PacketKind::Stun) => Check::read(&packet.bytes).is_some(),
            Some(PacketKind::Dtls) | None => false,
        };
        let handled = connection.handle_packet(now, packet);
        self.note_failure(now, key, handled, shared);
        let yielded = self.drain(now, key, shared);
        if is_fruitful && yielded == 0 {
            shared.outputs.counters.malformed += 1;
        }
        self.settle(now, shared);
    }

    /// Lets a connection's time pass.
    pub(super) fn handle_connection_timeout(
        &mut self,
        now: Instant,
        key: ConnectionKey,
        shared: &mut Shared<'_>,
    ) {
        if let Some(connection) = self.connection(key.participant, key.side) {
            if connection.is_overdue(now) {
                return self.lost(now, key, shared);
            }
            let handled = connection.handle_timeout(now);
            self.note_failure(now, key, handled, shared);
            self.drain(now, key, shared);
        }
    }

    /// Takes everything out of a connection. How much there was.
    pub(super) fn drain(
        &mut self,
        now: Instant,
        key: ConnectionKey,
        shared: &mut Shared<'_>,
    ) -> usize {
        let mut arrivals = Vec::new();
        let before = shared.outputs.transmits.len();
        let Some(connection) = self.connection(key.participant, key.side) else {
            return 0;
        };
        let drained = connection.drain(&mut shared.outputs.transmits, &mut arrivals);
        let yielded = arrivals.len() + shared.outputs.transmits.len() - before;
        let drained = drained.map(|genuine| {
            if let Some(route) = genuine {
                shared.demux.learn(now, route, key);
            }
        });
        self.note_failure(now, key, drained, shared);
        for arrival in arrivals {
            self.handle_arrival(now, key, arrival, shared);
        }
        yielded
    }

    fn handle_arrival(
        &mut self,
        now: Instant,
        key: ConnectionKey,
        arrival: Arrival,
        shared: &mut Shared<'_>,
    ) {
        let ConnectionKey {
            participant, side, ..
        } = key;
        match (side, arrival) {
            (_, Arrival::Connected) => self.connected(now, key, shared),
            (_, Arrival::Lost) => self.lost(now, key, shared),
            (Side::Publish, Arrival::Opened(opened)) => {
                self.next_stream += 1;
                let id = StreamId(self.next_stream);
                if let Some(publisher) = self.publisher(participant) {
                    publisher.open(now, &opened, id);
                }
                // Its first packet may be a keyframe: whoever waits should get it.
                self.choose(now, shared);
            }
            (Side::Publish, Arrival::Media(packet)) => {
                self.handle_media(now, participant, packet, shared);
            }
            (Side::Publish, Arrival::Control(packets)) => {
                let publisher = self.publisher(participant);
                let reported = publisher.map(|publisher| publisher.note_reports(now, &packets));
                for ssrc in reported.unwrap_or_default() {
                    self.report_clock(now, participant, ssrc, shared);
                }
            }
            (Side::Subscribe, Arrival::Control(packets)) => {
                self.handle_reports(now, key, &packets, shared);
            }
            // Nobody sends media on a connection for receiving.
            (Side::Subscribe, Arrival::Opened(_) | Arrival::Media(_)) => {
                shared.outputs.counters.malformed += 1;
            }
        }
    }

    fn handle_media(
        &mut self,
        now: Instant,
        participant: ParticipantId,
        packet: rtp::Packet,
        shared: &mut Shared<'_>,
    ) {
        shared.outputs.counters.media_received += 1;
        let heard = self
            .publisher(participant)
            .and_then(|it| it.accept(now, packet));
        let Some(Heard {
            source,
            accepted,
            level,
        }) = heard
        else {
            shared.outputs.counters.malformed += 1;
            return;
        };
        let track = TrackId {
            participant,
            source,
        };
        match accepted {
            Accepted::Media(packet) if self.sends(track) => {
                if let Some(level) = level {
                    self.speakers.note(now, participant, level);
                }
                self.fan_out(now, track, &packet, shared);
            }
            Accepted::Media(_) | Accepted::Nothing => {}
            Accepted::Malformed => shared.outputs.counters.malformed += 1,
        }
    }

    /// Sends a packet to everybody who is to have it.
    fn fan_out(
        &mut self,
        now: Instant,
        track: TrackId,
        packet: &MediaPacket,
        shared: &mut Shared<'_>,
    ) {
        let outputs = &mut *shared.outputs;
        for participant in self.participants.values_mut() {
            let Some(subscriber) = &mut participant.subscriber else {
                continue;
            };
            match subscriber.forward(now, track, packet) {
                Ok(Some(transmit)) => {
                    outputs.counters.media_forwarded += 1;
                    outputs.transmit(transmit);
                }
                Ok(None) => {}
                Err(_) => outputs.counters.media_dropped += 1,
            }
        }
        let participant = self.participants.get_mut(&track.participant);
        let Some(tap) = participant.and_then(|participant| participant.tap.as_mut()) else {
            return;
        };
        let missing = tap.accept(self.id, track, packet, outputs);
        if let Some(stream) = missing {
            self.want_keyframe(track, stream);
        }
    }

    fn handle_reports(
        &mut self,
        now: Instant,
        key: ConnectionKey,
        packets: &[Box<dyn rtc::rtcp::Packet>],
        shared: &mut Shared<'_>,
    ) {
        let participant = self.participants.get_mut(&key.participant);
        let Some(subscriber) = participant.and_then(|it| it.subscriber.as_mut()) else {
            return;
        };
        match subscriber.handle_control(now, packets) {
            Ok(reaction) => {
                shared.outputs.counters.repaired += reaction.transmits.len() as u64;
                for packet in reaction.transmits {
                    shared.outputs.transmit(packet);
                }
                self.stale |= reaction.budget_changed;
                for (track, stream) in reaction.keyframes {
                    self.want_keyframe(track, stream);
                }
            }
            Err(_) => shared.outputs.counters.media_dropped += 1,
        }
    }

    fn report_clock(
        &mut self,
        now: Instant,
        participant: ParticipantId,
        ssrc: u32,
        shared: &mut Shared<'_>,
    ) {
        let Some(mut publishing) = self.participants.remove(&participant) else {
            return;
        };
        let stream = publishing.publisher.as_ref().and_then(|it| it.stream(ssrc));
        let mut reported = Vec::new();
        if let Some(stream) = stream {
            let track = TrackId {
                participant,
                source: stream.source,
            };
            for (id, other) in &mut self.participants {
                if let Some(subscriber) = &mut other.subscriber
                    && subscriber.report_clock(now, track, stream).unwrap_or(true)
                {
                    reported.push(*id);
                }
            }
            if let Some(tap) = &mut publishing.tap {
                tap.report_clock(self.id, track, now, stream, shared.outputs);
            }
        }
        self.participants.insert(participant, publishing);
        for id in reported {
            self.drain(now, self.key(id, Side::Subscribe), shared);
        }
    }

    fn connected(&mut self, now: Instant, key: ConnectionKey, shared: &mut Shared<'_>) {
        let ConnectionKey {
            participant, side, ..
        } = key;
        self.tell(shared, EventKind::Connected { participant, side });
        let subscriber = match (side, self.participants.get_mut(&participant)) {
            (Side::Subscribe, Some(participant)) => participant.subscriber.as_mut(),
            _ => None,
        };
        let connected = subscriber.map_or(Ok(()), |subscriber| subscriber.connected());
        self.note_failure(now, key, connected, shared);
        self.stale = true;
    }

    /// A connection is over. The receiving one is made anew; the sending one the client makes.
    pub(super) fn lost(&mut self, now: Instant, key: ConnectionKey, shared: &mut Shared<'_>) {
        let ConnectionKey {
            participant, side, ..
        } = key;
        if self.connection(participant, side).is_none() {
            return;
        }
        self.tell(shared, EventKind::Lost { participant, side });
        let followed = match side {
            Side::Publish => {
                let followed = self.set_sources(now, participant, &[], shared);
                self.close(participant, side, shared);
                followed
            }
            Side::Subscribe => {
                let shown = self.subscriber(participant).map(|it| it.shown());
                self.close(participant, side, shared);
                let placed = self.place_all(now, participant, shared);
                for (track, at_most) in shown.unwrap_or_default() {
                    let subscriber = self.subscriber(participant);
                    subscriber.map(|it| it.set_shown(track, at_most));
                }
                placed
            }
        };
        if followed.is_err() {
            // Until something is published again.
            self.close(participant, side, shared);
            shared.outputs.counters.broken += 1;
        }
        self.settle(now, shared);
    }

    /// What a connection refuses costs a counter; what breaks it ends it.
    fn note_failure(
        &mut self,
        now: Instant,
        key: ConnectionKey,
        result: Result<(), SfuError>,
        shared: &mut Shared<'_>,
    ) {
        match result {
            Ok(()) => {}
            Err(SfuError::Broken) => {
                shared.outputs.counters.broken += 1;
                self.lost(now, key, shared);
            }
            Err(_) => shared.outputs.counters.malformed += 1,
        }
    }

    pub(super) fn want_keyframe(&mut self, track: TrackId, stream: StreamId) {
        if let Some(publisher) = self.publisher(track.participant) {
            publisher.want_keyframe(stream);
            self.keyframes_wanted = true;
        }
    }

    fn sends(&self, track: TrackId) -> bool {
        let participant = self.participants.get(&track.participant);
        participant.is_some_and(|participant| participant.sends(track.source))
    }

    pub(super) fn publisher(&mut self, id: ParticipantId) -> Option<&mut Publisher> {
        self.participants.get_mut(&id)?.publisher.as_mut()
    }

    fn connection(&mut self, id: ParticipantId, side: Side) -> Option<&mut Connection> {
        let participant = self.participants.get_mut(&id)?;
        match side {
            Side::Publish => participant.publisher.as_mut().map(|it| &mut it.connection),
            Side::Subscribe => participant.subscriber.as_mut().map(|it| &mut it.connection),
        }
    }
}

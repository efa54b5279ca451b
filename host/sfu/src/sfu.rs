//! The router: rooms, and the packets between them and the world.

use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Instant,
};

use crate::{
    counters::Counters,
    error::SfuError,
    event::{Event, EventKind, Muter, Section},
    identity::{Layer, ParticipantId, RoomId, Source, TrackId},
    net::{
        demux::Demux,
        route::{Protocol, Received, Transmit},
        stun::Check,
    },
    outputs::Outputs,
    peer::connection::Identity,
    room::{Room, Shared},
    tap::Tapped,
    work::Work,
};

/// What the router needs to know.
#[derive(Clone, Debug)]
pub struct Options {
    /// The addresses at which clients reach the server, the preferred first.
    pub advertised: Vec<(Protocol, SocketAddr)>,
    /// The most that a room may have.
    pub participants_per_room: usize,
}

/// The media router.
///
/// It has no socket, no thread and no clock. Give it packets (`handle_packet`), commands, and the time (`handle_timeout`); after
/// each, or after a batch, take what it has to say: `take_transmits`, `poll_event`, `poll_tap`, and `poll_timeout` for when to
/// come back. Time must not go backwards.
pub struct Sfu {
    identity: Identity,
    participants_limit: usize,
    rooms: HashMap<RoomId, Room>,
    demux: Demux,
    work: VecDeque<Work>,
    outputs: Outputs,
}

impl Sfu {
    /// Makes a router without rooms, with a certificate of its own.
    ///
    /// # Errors
    /// No certificate could be made.
    pub fn new(options: Options) -> Result<Self, SfuError> {
        Ok(Self {
            identity: Identity::new(options.advertised)?,
            participants_limit: options.participants_per_room,
            rooms: HashMap::new(),
            demux: Demux::default(),
            work: VecDeque::new(),
            outputs: Outputs::default(),
        })
    }

    /// Lets somebody into a room, which opens with its first participant. Offers of what the others send follow as events.
    ///
    /// # Errors
    /// In it already, or the room is full.
    pub fn join(
        &mut self,
        now: Instant,
        room: RoomId,
        participant: ParticipantId,
    ) -> Result<(), SfuError> {
        self.rooms
            .entry(room)
            .or_insert_with(|| Room::new(now, room));
        self.within(room, |room, shared| room.join(now, participant, shared))
    }

    /// Ends a participant's part. The room closes with its last participant.
    ///
    /// # Errors
    /// Not in the room.
    pub fn leave(
        &mut self,
        now: Instant,
        room: RoomId,
        participant: ParticipantId,
    ) -> Result<(), SfuError> {
        self.within(room, |room, shared| room.leave(now, participant, shared))
    }

    /// Answers the offer of a participant's sending connection: `sections` says what each of its sections will carry. It is negotiated
    /// once; another offer replaces the connection. Cameras name their layers `q`, `h` and `f`.
    ///
    /// # Errors
    /// Not in the room, or an offer that cannot be answered.
    pub fn publish(
        &mut self,
        now: Instant,
        room: RoomId,
        participant: ParticipantId,
        offer: String,
        sections: &[Section],
    ) -> Result<String, SfuError> {
        self.within(room, |room, shared| {
            room.publish(now, participant, &offer, sections, shared)
        })
    }

    /// What a participant sends from now on: what is new is published, what is missing unpublished.
    ///
    /// # Errors
    /// Not in the room, or a source without a section.
    pub fn set_sources(
        &mut self,
        now: Instant,
        room: RoomId,
        participant: ParticipantId,
        sources: &[Source],
    ) -> Result<(), SfuError> {
        self.within(room, |room, shared| {
            room.set_sources(now, participant, sources, shared)
        })
    }

    /// Takes the answer to an `Offer`.
    ///
    /// # Errors
    /// Not in the room, no offer waits, or an answer that does not fit it.
    pub fn accept(
        &mut self,
        now: Instant,
        room: RoomId,
        participant: ParticipantId,
        answer: String,
    ) -> Result<(), SfuError> {
        self.within(room, |room, shared| {
            room.accept(now, participant, &answer, shared)
        })
    }

    /// How large a participant's client shows a track; `None`: not at all. Before it is said, the largest layer counts as shown.
    ///
    /// # Errors
    /// Not in the room, or no such track.
    pub fn show(
        &mut self,
        now: Instant,
        room: RoomId,
        participant: ParticipantId,
        track: TrackId,
        at_most: Option<Layer>,
    ) -> Result<(), SfuError> {
        self.within(room, |room, shared| {
            room.show(now, participant, track, at_most, shared)
        })
    }

    /// Mutes or unmutes a source: muted, nothing of it is sent on, whatever the client does.
    ///
    /// # Errors
    /// Not in the room, or somebody would unmute another.
    pub fn mute(
        &mut self,
        now: Instant,
        room: RoomId,
        track: TrackId,
        muted: bool,
        by: Muter,
    ) -> Result<(), SfuError> {
        self.within(room, |room, shared| {
            room.mute(now, track, muted, by, shared)
        })
    }

    /// Hands a participant's frames out (`poll_tap`), from each source's next keyframe on.
    ///
    /// # Errors
    /// Not in the room.
    pub fn tap(
        &mut self,
        now: Instant,
        room: RoomId,
        participant: ParticipantId,
    ) -> Result<(), SfuError> {
        self.within(room, |room, shared| room.tap(now, participant, shared))
    }

    /// Ends that.
    ///
    /// # Errors
    /// Not in the room.
    pub fn untap(
        &mut self,
        now: Instant,
        room: RoomId,
        participant: ParticipantId,
    ) -> Result<(), SfuError> {
        self.within(room, |room, shared| room.untap(now, participant, shared))
    }

    /// Ends all calls: connections are closed, and what is tapped ends. Take what there is to send and to tell a last time.
    pub fn close(&mut self, now: Instant) {
        let rooms = self.rooms.iter();
        let everybody: Vec<(RoomId, ParticipantId)> = rooms
            .flat_map(|(room, open)| open.participants().map(|it| (*room, it)))
            .collect();
        for (room, participant) in everybody {
            let left = self.leave(now, room, participant);
            debug_assert!(left.is_ok(), "who is in a room can leave it");
        }
    }

    /// Takes a packet from the network.
    pub fn handle_packet(&mut self, now: Instant, packet: Received) {
        self.outputs.counters.received += 1;
        let Some(key) = self.demux.find(packet.route, &packet.bytes) else {
            self.outputs.counters.unroutable += 1;
            return;
        };
        // A room that fails over it is closed.
        let _ = self.within(key.room, |room, shared| {
            room.handle_packet(now, key, packet, shared);
            Ok(())
        });
    }

    /// Whether a packet is a check of one of the connections.
    pub fn is_addressed(&self, packet: &[u8]) -> bool {
        let check = Check::read(packet);
        check.is_some_and(|check| self.demux.addressed(check).is_some())
    }

    /// Lets time pass: call it in every turn, after the packets.
    pub fn handle_timeout(&mut self, now: Instant) {
        // One piece of work; for who has gone meanwhile there is none.
        while let Some(work) = self.work.pop_front() {
            if self.carry_out(now, work) {
                break;
            }
        }
        let due = |room: &Room| room.deadline() <= now;
        let due: Vec<RoomId> = self
            .rooms
            .iter()
            .filter(|(_, room)| due(room))
            .map(|(id, _)| *id)
            .collect();
        for id in due {
            // One that fails over it is closed.
            let _ = self.within(id, |room, shared| {
                room.handle_timeout(now, shared);
                Ok(())
            });
        }
    }

    /// When `handle_timeout` must be called at the latest; in the past if there is work left.
    pub fn poll_timeout(&self, now: Instant) -> Option<Instant> {
        if !self.work.is_empty() {
            return Some(now);
        }
        self.rooms.values().map(Room::deadline).min()
    }

    /// Moves what is to be sent behind what `packets` has.
    pub fn take_transmits(&mut self, packets: &mut Vec<Transmit>) {
        packets.append(&mut self.outputs.transmits);
    }

    /// What happened, oldest first.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.outputs.events.pop_front()
    }

    /// What was tapped, oldest first. Leave it if there is no room for it: the router keeps some, and then drops to the
    /// next keyframe.
    pub fn poll_tap(&mut self) -> Option<Tapped> {
        self.outputs.tapped.pop_front()
    }

    /// What was counted.
    pub fn counters(&self) -> Counters {
        self.outputs.counters
    }

    /// As if the library had panicked over a participant's receiving connection.
    #[cfg(test)]
    pub(crate) fn break_receiver(&mut self, room: RoomId, participant: ParticipantId) {
        let room = self.rooms.get_mut(&room).expect("it is open");
        room.break_receiver(participant);
    }

    /// Whether there was anything to do.
    fn carry_out(&mut self, now: Instant, work: Work) -> bool {
        let done = match work {
            Work::Handshake(key) => self.within(key.room, |room, shared| {
                Ok(room.handle_handshake(now, key, shared))
            }),
            Work::Places(room, participant) => self.within(room, |room, shared| {
                Ok(room.tell_places(now, participant, shared))
            }),
        };
        done.unwrap_or(false)
    }

    /// Has a room act. A panic costs that room, and the others nothing.
    pub(crate) fn within<T>(
        &mut self,
        id: RoomId,
        act: impl FnOnce(&mut Room, &mut Shared<'_>) -> Result<T, SfuError>,
    ) -> Result<T, SfuError> {
        let room = self.rooms.get_mut(&id).ok_or(SfuError::UnknownRoom(id))?;
        let mut shared = Shared {
            identity: &self.identity,
            demux: &mut self.demux,
            outputs: &mut self.outputs,
            work: &mut self.work,
            participants_limit: self.participants_limit,
        };
        let Ok(result) = catch_unwind(AssertUnwindSafe(|| act(room, &mut shared))) else {
            self.fail(id);
            return Err(SfuError::UnknownRoom(id));
        };
        if room.is_empty() {
            self.rooms.remove(&id);
        }
        result
    }

    fn fail(&mut self, id: RoomId) {
        self.rooms.remove(&id);
        self.demux.forget_room(id);
        self.outputs.counters.broken += 1;
        self.outputs.events.push_back(Event {
            room: id,
            kind: EventKind::Failed,
        });
    }
}

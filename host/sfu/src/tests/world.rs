//! A router, its clients, and the networks between, under one clock.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};

use super::{
    client::{Client, Peer, SERVER, Studio},
    epoch,
    network::{Network, Weather},
};
use crate::{
    Event, EventKind, Layer, Options, ParticipantId, Placed, Protocol, Received, RoomId, Route,
    Sfu, Side, Source, TrackId, Transmit, vp8::Descriptor,
};

pub(super) const ROOM: RoomId = RoomId(7);
pub(super) const ADA: ParticipantId = ParticipantId(1);
pub(super) const BOB: ParticipantId = ParticipantId(2);
pub(super) const STEP: Duration = Duration::from_millis(1);

pub(super) fn camera(participant: ParticipantId) -> TrackId {
    TrackId {
        participant,
        source: Source::Camera,
    }
}

/// The router, its clients, and the networks between.
pub(super) struct World {
    pub(super) now: Instant,
    pub(super) sfu: Sfu,
    pub(super) clients: Vec<Client>,
    pub(super) up: Network<(Route, Bytes)>,
    pub(super) down: Network<Transmit>,
    pub(super) events: Vec<EventKind>,
    pub(super) placed: BTreeMap<ParticipantId, Vec<Placed>>,
    /// Bits per second that get through to the clients; the rest waits, and then is lost.
    pub(super) bottleneck: Option<u64>,
    pub(super) link_free_at: Instant,
    /// Where packets went, and their bytes.
    pub(super) sent_to: Vec<(SocketAddr, usize)>,
    pub(super) nat: Option<Nat>,
    /// Whether clients answer offers.
    pub(super) answers: bool,
    /// Whether clients make connections anew that are lost.
    pub(super) restarts: bool,
    pub(super) mangle_answers: Option<fn(String) -> String>,
}

/// One client's port is another outside; what comes to the old one is lost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nat {
    pub(super) inside: u16,
    pub(super) outside: u16,
}

impl World {
    pub(super) fn new(seed: u64, weather: Weather) -> Self {
        let options = Options {
            advertised: vec![(Protocol::Udp, SERVER.into())],
            participants_per_room: 16,
        };
        let now = epoch();
        Self {
            now,
            sfu: Sfu::new(options).expect("the options are fine"),
            clients: Vec::new(),
            up: Network::new(seed, weather),
            down: Network::new(seed + 1, weather),
            events: Vec::new(),
            placed: BTreeMap::new(),
            bottleneck: None,
            link_free_at: now,
            sent_to: Vec::new(),
            nat: None,
            answers: true,
            restarts: true,
            mangle_answers: None,
        }
    }

    pub(super) fn join(&mut self, id: ParticipantId) {
        self.sfu.join(self.now, ROOM, id).expect("there is room");
        self.clients.push(Client {
            id,
            studio: None,
            viewer: None,
        });
        self.settle();
    }

    pub(super) fn publish(&mut self, id: ParticipantId, sources: &[Source]) {
        let mut studio = Studio::new(self.now, 1000 + id.0 as u16);
        let (offer, sections) = studio.offer(self.now);
        let answer = self.sfu.publish(self.now, ROOM, id, offer, &sections);
        studio
            .peer
            .take_answer(self.now, answer.expect("the offer is fine"));
        for source in sources {
            studio.switch(*source, &Layer::ALL);
        }
        self.client(id).studio = Some(studio);
        self.sfu
            .set_sources(self.now, ROOM, id, sources)
            .expect("all were negotiated");
        self.settle();
    }

    pub(super) fn client(&mut self, id: ParticipantId) -> &mut Client {
        let client = self.clients.iter_mut().find(|client| client.id == id);
        client.expect("it joined")
    }

    pub(super) fn turn(&mut self, weather: Weather) {
        self.up.weather = weather;
        self.down.weather = weather;
    }

    pub(super) fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.step();
        }
    }

    /// For at most a minute.
    pub(super) fn run_until(&mut self, what: &str, is_so: impl Fn(&mut Self) -> bool) {
        for _ in 0..60_000 {
            if is_so(self) {
                return;
            }
            self.step();
        }
        panic!("it did not come: {what}; {:?}", self.sfu.counters());
    }

    pub(super) fn step(&mut self) {
        self.now += STEP;
        let now = self.now;
        for client in &mut self.clients {
            let studio = client.studio.as_mut().map(|studio| {
                studio.encode(now);
                &mut studio.peer
            });
            for peer in studio.into_iter().chain(&mut client.viewer) {
                for packet in peer.run(now) {
                    self.up.send(now, (packet.route, packet.bytes.freeze()));
                }
            }
        }
        while let Some((mut route, bytes)) = self.up.receive(now) {
            if let Some(nat) = self.nat.filter(|nat| nat.inside == route.peer.port()) {
                route.peer.set_port(nat.outside);
            }
            let bytes = BytesMut::from(&bytes[..]);
            self.sfu.handle_packet(now, Received { route, bytes });
        }
        self.sfu.handle_timeout(now);
        self.settle();
        while let Some(mut packet) = self.down.receive(now) {
            if let Some(nat) = self.nat {
                let port = packet.route.peer.port();
                packet.route.peer.set_port(match port {
                    _ if port == nat.outside => nat.inside,
                    _ if port == nat.inside => 0,
                    _ => port,
                });
            }
            let studios = self.clients.iter_mut().map(|client| {
                let studio = client.studio.as_mut().map(|studio| &mut studio.peer);
                studio.into_iter().chain(&mut client.viewer)
            });
            let mut peers = studios.flatten();
            if let Some(peer) = peers.find(|peer| peer.is_at(packet.route.peer)) {
                peer.handle(now, &packet);
            }
        }
    }

    /// Takes what the router has to say.
    pub(super) fn settle(&mut self) {
        let mut transmits = Vec::new();
        self.sfu.take_transmits(&mut transmits);
        for packet in transmits {
            self.sent_to.push((packet.route.peer, packet.bytes.len()));
            self.send_down(packet);
        }
        while let Some(Event { kind, .. }) = self.sfu.poll_event() {
            match &kind {
                EventKind::Offer { to, sdp, tracks } => {
                    self.placed.insert(*to, tracks.clone());
                    self.answer(*to, sdp.clone());
                }
                EventKind::Tracks { to, tracks } => {
                    self.placed.insert(*to, tracks.clone());
                }
                EventKind::Lost { participant, side } if self.restarts => {
                    self.restart(*participant, *side);
                }
                _ => {}
            }
            self.events.push(kind);
        }
    }

    /// A client makes a connection anew that it is told is lost.
    fn restart(&mut self, id: ParticipantId, side: Side) {
        let client = self.client(id);
        match side {
            Side::Subscribe => client.viewer = None,
            Side::Publish if client.studio.is_some() => {
                self.publish(id, &[Source::Microphone, Source::Camera]);
            }
            Side::Publish => {}
        }
    }

    pub(super) fn send_down(&mut self, packet: Transmit) {
        let Some(bits_per_second) = self.bottleneck else {
            self.down.send(self.now, packet);
            return;
        };
        let takes =
            Duration::from_secs_f64(packet.bytes.len() as f64 * 8.0 / bits_per_second as f64);
        let begins = self.link_free_at.max(self.now);
        // A queue of 300 ms, as in many a router.
        if begins < self.now + Duration::from_millis(300) {
            self.link_free_at = begins + takes;
            self.down.send(self.link_free_at, packet);
        }
    }

    pub(super) fn answer(&mut self, to: ParticipantId, sdp: String) {
        if !self.answers {
            return;
        }
        let now = self.now;
        let mangle = self.mangle_answers;
        let client = self.client(to);
        let port = 2000 + to.0 as u16;
        let viewer = client
            .viewer
            .get_or_insert_with(|| Peer::new(now, Side::Subscribe, port));
        let answer = viewer.answer(now, sdp);
        let answer = mangle.map_or_else(|| answer.clone(), |mangle| mangle(answer.clone()));
        self.sfu
            .accept(now, ROOM, to, answer)
            .expect("the answer fits the offer");
    }

    /// A check by which somebody's receiving client nominates the route that it takes.
    pub(super) fn nomination(&mut self, id: ParticipantId) -> Bytes {
        let viewer = self.client(id).viewer.as_ref();
        viewer.expect("it watches").nomination()
    }

    pub(super) fn nominate(&mut self, id: ParticipantId) {
        let check = self.nomination(id);
        let viewer = self.client(id).viewer.as_ref();
        let route = viewer.expect("it watches").route();
        self.up.send(self.now, (route, check));
    }

    /// A packet with this port for its source.
    pub(super) fn forge(&mut self, port: u16, bytes: &[u8]) {
        let route = Route {
            protocol: Protocol::Udp,
            local: SERVER.into(),
            peer: ([198, 51, 100, 7], port).into(),
        };
        let bytes = BytesMut::from(bytes);
        self.sfu.handle_packet(self.now, Received { route, bytes });
    }

    pub(super) fn video_of(&mut self, id: ParticipantId) -> Vec<Seen> {
        let viewer = self.client(id).viewer.as_mut();
        let received = viewer.map(|viewer| std::mem::take(&mut viewer.received));
        let video = received.unwrap_or_default();
        video.iter().filter_map(Seen::read).collect()
    }

    pub(super) fn runs_for(&mut self, id: ParticipantId, layer: Layer) -> bool {
        let seen = self.video_of(id);
        seen.last().is_some_and(|seen| seen.layer == layer)
    }

    pub(super) fn told(&self, is_it: impl Fn(&EventKind) -> bool) -> bool {
        self.events.iter().any(is_it)
    }
}

/// A packet of video that a client got.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) ssrc: u32,
    pub(super) sequence: u16,
    pub(super) timestamp: u32,
    pub(super) picture_id: u16,
    pub(super) layer: Layer,
}

impl Seen {
    pub(super) fn read(packet: &rtc::rtp::Packet) -> Option<Self> {
        if packet.payload.len() != 1000 {
            return None;
        }
        let vp8 = Descriptor::parse(&packet.payload).expect("it was made whole");
        let body = &packet.payload[usize::from(vp8.header_bytes)..];
        Some(Self {
            ssrc: packet.header.ssrc,
            sequence: packet.header.sequence_number,
            timestamp: packet.header.timestamp,
            picture_id: vp8.picture_id.expect("the encoder numbers").value,
            layer: Layer::ALL[usize::from(body[1])],
        })
    }
}

/// Connected in calm weather.
pub(super) fn call_of_two(seed: u64, weather: Weather) -> World {
    let mut world = World::new(seed, Weather::CALM);
    world.join(ADA);
    world.join(BOB);
    world.publish(ADA, &[Source::Microphone, Source::Camera]);
    world.run_until("the large layer", |world| world.runs_for(BOB, Layer::High));
    world.turn(weather);
    world
}

/// In the order of sequence numbers, each once.
pub(super) fn in_order(mut seen: Vec<Seen>) -> Vec<Seen> {
    let first = seen[0].sequence;
    seen.sort_by_key(|seen| seen.sequence.wrapping_sub(first) as i16);
    seen.dedup_by_key(|seen| seen.sequence);
    seen
}

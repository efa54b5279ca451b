//! One participant's receiving side: its connection, its outgoing streams, and how much it may be sent.

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

use super::{
    allocation::{Wish, allocate},
    budget::Budget,
    downlink::{Downlink, write_payload},
    path::Path,
};
use crate::{
    error::SfuError,
    identity::{Kind, Layer, Source, TrackId},
    net::{
        demux::{Fragment, Side},
        route::Transmit,
    },
    peer::{
        connection::{Connection, Identity},
        sealer::{Head, Sealed, Sealer},
    },
    publish::stream::{MediaPacket, Stream, StreamId},
};

/// What a layer probably takes before it was measured, in bits per second: what Chromium sends of 1280x720.
const USUAL_BITS: [u64; 3] = [150_000, 500_000, 1_700_000];

pub(crate) struct Subscriber {
    pub(crate) connection: Connection,
    pub(super) downlinks: Vec<Downlink>,
    pub(super) by_track: HashMap<TrackId, usize>,
    pub(super) offers: super::negotiation::Offers,
    pub(super) path: Path,
    pub(super) budget: Budget,
    pub(super) round_trip: Option<Duration>,
    sealer: Option<Sealer>,
    sent_bytes: u64,
}

/// A source as subscribers can have it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct View {
    streams: [Option<StreamView>; 3],
    layered: bool,
}

/// A layer as subscribers can have it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StreamView {
    pub(crate) id: StreamId,
    pub(crate) live: bool,
    pub(crate) bits_per_second: u64,
}

/// What a subscriber's choice asks of publishers.
#[derive(Debug, Default)]
pub(crate) struct Demand {
    /// Streams that somebody waits to enter.
    pub(crate) entries: Vec<(TrackId, StreamId)>,
    /// Layers that somebody would be sent, arriving or not.
    pub(crate) layers: Vec<(TrackId, Layer)>,
}

impl Subscriber {
    pub(crate) fn new(
        now: Instant,
        fragment: Fragment,
        identity: &Identity,
    ) -> Result<Self, SfuError> {
        Ok(Self {
            connection: Connection::new(now, Side::Subscribe, fragment, identity)?,
            downlinks: Vec::new(),
            by_track: HashMap::new(),
            offers: super::negotiation::Offers::default(),
            path: Path::default(),
            budget: Budget::default(),
            round_trip: None,
            sealer: None,
            sent_bytes: 0,
        })
    }

    /// The handshake is over: media can go out.
    pub(crate) fn connected(&mut self) -> Result<(), SfuError> {
        let transport_cc_id = self.transport_cc_id()?;
        if let Some(sealer) = self.connection.sealer(transport_cc_id) {
            self.sealer = Some(sealer?);
        }
        Ok(())
    }

    /// The largest layer that the client shows of a track; `None`: it does not show it.
    pub(crate) fn set_shown(&mut self, track: TrackId, at_most: Option<Layer>) -> bool {
        let downlink = self.by_track.get(&track);
        if let Some(downlink) = downlink {
            self.downlinks[*downlink].at_most = at_most;
        }
        downlink.is_some()
    }

    /// What the client shows of each track.
    pub(crate) fn shown(&self) -> Vec<(TrackId, Option<Layer>)> {
        let tracks = self.by_track.iter();
        tracks
            .map(|(track, index)| (*track, self.downlinks[*index].at_most))
            .collect()
    }

    /// Sends a packet on, if the subscriber is to have it.
    pub(crate) fn forward(
        &mut self,
        now: Instant,
        track: TrackId,
        packet: &MediaPacket,
    ) -> Result<Option<Transmit>, SfuError> {
        let Some(index) = self.by_track.get(&track) else {
            return Ok(None);
        };
        if self.sealer.is_none() {
            return Ok(None);
        }
        let downlink = &mut self.downlinks[*index];
        let Some(numbers) = downlink.accept(packet) else {
            return Ok(None);
        };
        let head = downlink.head(packet, numbers);
        self.seal(now, head, |buffer| write_payload(packet, numbers, buffer))
    }

    pub(super) fn seal(
        &mut self,
        now: Instant,
        head: Head,
        write: impl FnOnce(&mut bytes::BytesMut),
    ) -> Result<Option<Transmit>, SfuError> {
        let (Some(sealer), Some(route)) = (&mut self.sealer, self.connection.route()) else {
            return Ok(None);
        };
        let Sealed {
            bytes,
            transport_sequence,
        } = sealer.seal(head, write)?;
        if let Some(sequence) = transport_sequence {
            self.path.sent(now, sequence, bytes.len());
        }
        self.sent_bytes += bytes.len() as u64;
        Ok(Some(Transmit { route, bytes }))
    }

    /// Passes a publisher's clock on to the stream that carries that stream. Whether there is one.
    pub(crate) fn report_clock(
        &mut self,
        now: Instant,
        track: TrackId,
        stream: &Stream,
    ) -> Result<bool, SfuError> {
        let Some(index) = self.by_track.get(&track) else {
            return Ok(false);
        };
        let downlink = &mut self.downlinks[*index];
        let Some((clock, sent)) = downlink.clock(now, stream) else {
            return Ok(false);
        };
        let report = rtc::rtcp::sender_report::SenderReport {
            ssrc: downlink.ssrc,
            ntp_time: clock.ntp,
            rtp_time: clock.timestamp,
            packet_count: sent.packets,
            octet_count: sent.bytes,
            ..Default::default()
        };
        self.connection.write_control(now, report)?;
        Ok(true)
    }

    /// Aims each stream at what it should carry.
    pub(crate) fn choose(&mut self, now: Instant, views: &BTreeMap<TrackId, View>) -> Demand {
        let mut demand = Demand::default();
        if self.sealer.is_none() {
            return demand;
        }
        for downlink in &mut self.downlinks {
            let view = downlink.track.and_then(|track| views.get(&track));
            if let (Kind::Audio, Some(track), Some(view)) =
                (downlink.source.kind(), downlink.track, view)
            {
                let stream = view.streams[Layer::High.index()];
                let shown = downlink.at_most.and(stream);
                downlink.aim(shown.map(|stream| stream.id));
                demand.layers.push((track, Layer::High));
            }
        }
        let mut videos: Vec<(usize, Wish)> = Vec::new();
        for (index, downlink) in self.downlinks.iter_mut().enumerate() {
            let view = downlink.track.and_then(|track| views.get(&track));
            match (downlink.source.kind(), downlink.at_most, view) {
                (Kind::Video, Some(at_most), Some(view)) => {
                    videos.push((index, view.wish(at_most)));
                }
                (Kind::Video, ..) => {
                    downlink.aim(None);
                }
                (Kind::Audio, ..) => {}
            }
        }
        // A shared screen is what people look at; then what they made large.
        videos.sort_by_key(|(index, wish)| {
            let is_screen = self.downlinks[*index].source == Source::Screen;
            (std::cmp::Reverse((is_screen, wish.at_most)), *index)
        });
        let wishes: Vec<Wish> = videos.iter().map(|(_, wish)| *wish).collect();
        let mut allocation = allocate(&wishes, self.budget.limit());
        if self.budget.raise(now, allocation.next_step) {
            allocation = allocate(&wishes, self.budget.limit());
        }
        for ((index, _), layer) in videos.iter().zip(allocation.layers) {
            self.aim(*index, layer, views, &mut demand);
        }
        demand
    }

    /// Aims a video at the best that arrives of what it was allotted.
    fn aim(
        &mut self,
        index: usize,
        allotted: Option<Layer>,
        views: &BTreeMap<TrackId, View>,
        demand: &mut Demand,
    ) {
        let downlink = &mut self.downlinks[index];
        let Some((track, view)) = downlink
            .track
            .and_then(|track| Some((track, views.get(&track)?)))
        else {
            return;
        };
        let Some(allotted) = allotted else {
            downlink.aim(None);
            return;
        };
        demand.layers.push((track, allotted));
        let arriving = view.best_arriving(allotted);
        if let Some((layer, _)) = arriving {
            demand.layers.push((track, layer));
        }
        let target = arriving.map(|(_, stream)| stream.id).or(downlink.current());
        if downlink.aim(target) {
            demand.entries.extend(target.map(|stream| (track, stream)));
        }
    }

    /// Bytes sent since it was asked last.
    pub(crate) fn take_sent_bytes(&mut self) -> u64 {
        std::mem::take(&mut self.sent_bytes)
    }

    /// The loss since it was asked last, of the stream that fares worst, 0 to 1; and the round trip, as the client reported them.
    pub(crate) fn take_reception(&mut self) -> (f32, Option<Duration>) {
        let losses = self.downlinks.iter_mut().map(|it| it.losses.take());
        (losses.fold(0.0, f32::max), self.round_trip)
    }
}

impl View {
    /// Without streams yet. `layered`: it comes in layers, of which some may be paused.
    pub(crate) fn new(layered: bool) -> Self {
        Self {
            layered,
            ..Self::default()
        }
    }

    pub(crate) fn set(&mut self, layer: Layer, stream: StreamView) {
        self.streams[layer.index()] = Some(stream);
    }

    fn wish(&self, at_most: Layer) -> Wish {
        let bits = |layer: Layer| match self.streams[layer.index()] {
            Some(stream) if stream.bits_per_second == 0 => Some(USUAL_BITS[layer.index()]),
            Some(stream) if stream.live => Some(stream.bits_per_second),
            // It was paused when there may have been little to see.
            Some(stream) => Some(stream.bits_per_second.max(USUAL_BITS[layer.index()] / 2)),
            // A layer that was paused from the beginning has no stream yet.
            None => self.layered.then_some(USUAL_BITS[layer.index()]),
        };
        Wish {
            at_most,
            bits: Layer::ALL.map(bits),
        }
    }

    /// The largest up to `layer`, else the smallest above it.
    pub(crate) fn best_arriving(&self, layer: Layer) -> Option<(Layer, StreamView)> {
        let live = |layer: Layer| {
            let stream = self.streams[layer.index()].filter(|stream| stream.live);
            stream.map(|stream| (layer, stream))
        };
        let below = Layer::ALL
            .into_iter()
            .rev()
            .filter(|candidate| *candidate <= layer);
        let above = Layer::ALL
            .into_iter()
            .filter(|candidate| *candidate > layer);
        below.chain(above).find_map(live)
    }
}

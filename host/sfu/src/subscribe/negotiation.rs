//! Which tracks a subscriber has, and the offers that this takes.
//!
//! Rule: an offer is made only where a place is missing. A place that somebody left is given to the next, as one continued
//! stream, so that a long call needs no more sections than it ever showed at once; one offer waits for its answer before the next is made.

use std::time::Instant;

use rtc::{
    media_stream::MediaStreamTrack,
    rtp_transceiver::{
        RTCRtpTransceiverDirection, RTCRtpTransceiverId, RTCRtpTransceiverInit,
        rtp_sender::{RTCRtpCodingParameters, RTCRtpEncodingParameters, RTCRtpRtxParameters},
    },
};

use super::{downlink::Downlink, subscriber::Subscriber};
use crate::{
    error::SfuError,
    event::Placed,
    identity::{Kind, ParticipantId, Source, TrackId},
    peer::codecs,
};

/// Where the offers stand.
#[derive(Debug, Default)]
pub(crate) struct Offers {
    /// By downlink.
    transceivers: Vec<RTCRtpTransceiverId>,
    /// Sections of the last offer.
    offered: usize,
    sections_changed: bool,
    tracks_changed: bool,
    news_queued: bool,
}

/// What the client must be told: an offer, if the sections changed, and who is in which.
pub(crate) type News = (Option<String>, Vec<Placed>);

impl Subscriber {
    /// Gives a track a place.
    pub(crate) fn add(&mut self, track: TrackId) -> Result<(), SfuError> {
        if self.by_track.contains_key(&track) {
            return Ok(());
        }
        let seat = self.seat(track.participant);
        let is_it = |downlink: &Downlink| downlink.seat == seat && downlink.source == track.source;
        let index = match self.downlinks.iter().position(is_it) {
            Some(index) => index,
            None => self.add_section(track.source, seat)?,
        };
        self.downlinks[index].show(Some(track));
        self.by_track.insert(track, index);
        self.offers.tracks_changed = true;
        Ok(())
    }

    /// Takes a track's place away.
    pub(crate) fn remove(&mut self, track: TrackId) {
        if let Some(index) = self.by_track.remove(&track) {
            self.downlinks[index].show(None);
            self.offers.tracks_changed = true;
        }
    }

    /// Whether the client must be told something, and nobody was asked to yet.
    pub(crate) fn queue_news(&mut self) -> bool {
        let has_news = self.offers.sections_changed || self.offers.tracks_changed;
        let is_due = has_news && !self.connection.awaits_answer();
        is_due && !std::mem::replace(&mut self.offers.news_queued, true)
    }

    /// What the client must be told now, if anything.
    pub(crate) fn take_news(&mut self, now: Instant) -> Result<Option<News>, SfuError> {
        self.offers.news_queued = false;
        if self.connection.awaits_answer() {
            return Ok(None);
        }
        let sections_changed = std::mem::take(&mut self.offers.sections_changed);
        if !std::mem::take(&mut self.offers.tracks_changed) && !sections_changed {
            return Ok(None);
        }
        let offer = match sections_changed {
            true => Some(self.connection.offer(now)?),
            false => None,
        };
        if offer.is_some() {
            self.offers.offered = self.downlinks.len();
        }
        Ok(Some((offer, self.placed()?)))
    }

    /// Takes the answer to the offer that waits.
    pub(crate) fn accept(&mut self, now: Instant, answer: &str) -> Result<(), SfuError> {
        if !self.connection.awaits_answer() {
            return Err(SfuError::NoOfferWaits);
        }
        let offered = self.offers.offered;
        self.connection.accept(now, answer, offered)?;
        for downlink in &mut self.downlinks[..offered] {
            downlink.is_negotiated = true;
        }
        Ok(())
    }

    /// Which track is in which section of the connection.
    fn placed(&mut self) -> Result<Vec<Placed>, SfuError> {
        let Self {
            connection,
            downlinks,
            offers,
            ..
        } = self;
        let mut placed = Vec::new();
        for (downlink, id) in downlinks.iter().zip(&offers.transceivers) {
            let mid = connection.run(|inner| {
                let transceiver = inner.rtp_transceiver(*id);
                Ok(transceiver.and_then(|transceiver| transceiver.mid().clone()))
            })?;
            if let (Some(track), Some(mid)) = (downlink.track, mid) {
                placed.push(Placed { track, mid });
            }
        }
        Ok(placed)
    }

    pub(super) fn transport_cc_id(&mut self) -> Result<Option<u8>, SfuError> {
        let first = self.offers.transceivers.first().copied();
        self.connection.run(|inner| {
            let sender = first.and_then(|id| inner.rtp_transceiver(id)?.sender());
            let Some(mut sender) = sender.and_then(|id| inner.rtp_sender(id)) else {
                return Ok(None);
            };
            let extensions = &sender.get_parameters().rtp_parameters.header_extensions;
            let extension = extensions.iter().find(|it| it.uri == codecs::TRANSPORT_CC);
            Ok(extension.and_then(|extension| u8::try_from(extension.id).ok()))
        })
    }

    /// The participant's seat, else one that nobody sits on.
    fn seat(&self, participant: ParticipantId) -> usize {
        let occupied = |seat: usize| {
            let mut shown = self
                .downlinks
                .iter()
                .filter(|downlink| downlink.seat == seat);
            shown.any(|downlink| downlink.track.is_some())
        };
        let theirs = self.downlinks.iter().find(|downlink| {
            let track = downlink.track;
            track.is_some_and(|track| track.participant == participant)
        });
        match theirs {
            Some(downlink) => downlink.seat,
            None => (0..).find(|seat| !occupied(*seat)).unwrap_or_default(),
        }
    }

    fn add_section(&mut self, source: Source, seat: usize) -> Result<usize, SfuError> {
        let downlink = Downlink::new(source, seat);
        let track = track(&downlink);
        let init = RTCRtpTransceiverInit {
            direction: RTCRtpTransceiverDirection::Sendonly,
            ..RTCRtpTransceiverInit::default()
        };
        let id = self
            .connection
            .run(|inner| inner.add_transceiver_from_track(track, Some(init)))?;
        self.offers.transceivers.push(id);
        self.offers.sections_changed = true;
        self.downlinks.push(downlink);
        Ok(self.downlinks.len() - 1)
    }
}

fn track(downlink: &Downlink) -> MediaStreamTrack {
    let Downlink {
        source,
        seat,
        ssrc,
        repair_ssrc,
        ..
    } = downlink;
    let (stream, name) = match source {
        Source::Microphone => ("main", "microphone"),
        Source::Camera => ("main", "camera"),
        Source::Screen => ("screen", "screen"),
        Source::ScreenSound => ("screen", "screen-sound"),
    };
    let kind = source.kind();
    let coding = RTCRtpCodingParameters {
        ssrc: Some(*ssrc),
        rtx: (kind == Kind::Video).then_some(RTCRtpRtxParameters { ssrc: *repair_ssrc }),
        ..RTCRtpCodingParameters::default()
    };
    MediaStreamTrack::new(
        format!("seat-{seat}-{stream}"),
        format!("seat-{seat}-{name}"),
        String::new(),
        codecs::rtc_kind(kind),
        vec![RTCRtpEncodingParameters {
            rtp_coding_parameters: coding,
            codec: codecs::codec(kind),
            active: true,
            ..RTCRtpEncodingParameters::default()
        }],
    )
}

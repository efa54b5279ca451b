//! One participant's sending side: its connection, and the streams in it.
//!
//! Rule: it is negotiated once, with every section that will ever be in it; the library loses its simulcast streams over a
//! second negotiation. A new offer is a new publisher.

use std::time::Instant;

use rtc::{
    peer_connection::event::RTCTrackEventInit,
    rtcp::{
        Packet as ControlPacket, payload_feedbacks::picture_loss_indication::PictureLossIndication,
        sender_report::SenderReport,
    },
    rtp,
    rtp_transceiver::{RTCRtpReceiverId, RTCRtpTransceiverId, rtp_sender::RtpCodecKind},
    shared::marshal::Unmarshal as _,
};

use super::stream::{Accepted, SenderClock, Stream, StreamId};
use crate::{
    error::SfuError,
    event::Section,
    identity::{Kind, Layer, Source},
    net::demux::{Fragment, Side},
    peer::{
        codecs,
        connection::{Connection, Identity},
    },
};

/// Streams of one connection: two sounds, a screen, three layers, and some that replaced others.
const STREAMS: usize = 16;

pub(crate) struct Publisher {
    pub(crate) connection: Connection,
    sections: Vec<Negotiated>,
    streams: Vec<Stream>,
    audio_level_id: Option<u8>,
}

#[derive(Debug)]
struct Negotiated {
    receiver: RTCRtpReceiverId,
    source: Source,
    /// Whether its offer had layers.
    layered: bool,
}

/// What a packet was.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) source: Source,
    pub(crate) accepted: Accepted,
    /// How loud a microphone's packet is, in -dBov: 0 is loudest, 127 silence (RFC 6464).
    pub(crate) level: Option<u8>,
}

impl Publisher {
    /// Answers a client's offer. `sections` says which source each of its sections is.
    pub(crate) fn negotiate(
        now: Instant,
        fragment: Fragment,
        identity: &Identity,
        offer: &str,
        sections: &[Section],
    ) -> Result<(Self, String), SfuError> {
        let layered = has_layers(offer);
        let mut connection = Connection::new(now, Side::Publish, fragment, identity)?;
        let answer = connection.answer(now, offer)?;
        let mut publisher = Self {
            connection,
            sections: Vec::new(),
            streams: Vec::new(),
            audio_level_id: None,
        };
        let offered = publisher.offered()?;
        for Section { mid, source } in sections {
            let wanted = codecs::rtc_kind(source.kind());
            let found = offered
                .iter()
                .find(|it| it.mid == *mid && it.kind == wanted);
            let receiver = found
                .ok_or_else(|| no_such_section(mid, source.kind()))?
                .receiver;
            publisher.sections.push(Negotiated {
                receiver,
                source: *source,
                layered: layered && *source == Source::Camera,
            });
        }
        publisher.audio_level_id = publisher.find_audio_level_id()?;
        Ok((publisher, answer))
    }

    /// Whether a source has a section.
    pub(crate) fn has(&self, source: Source) -> bool {
        self.sections.iter().any(|section| section.source == source)
    }

    /// Whether a source comes in layers.
    pub(crate) fn is_layered(&self, source: Source) -> bool {
        let is_it = |section: &&Negotiated| section.source == source;
        self.sections
            .iter()
            .find(is_it)
            .is_some_and(|section| section.layered)
    }

    pub(crate) fn streams(&self, source: Source) -> impl Iterator<Item = &Stream> {
        self.streams
            .iter()
            .filter(move |stream| stream.source == source)
    }

    pub(crate) fn streams_mut(&mut self) -> impl Iterator<Item = &mut Stream> {
        self.streams.iter_mut()
    }

    /// A stream's first packet came.
    pub(crate) fn open(&mut self, now: Instant, opened: &RTCTrackEventInit, id: StreamId) {
        let RTCTrackEventInit {
            receiver_id, ssrc, ..
        } = opened;
        let section = self
            .sections
            .iter()
            .find(|section| section.receiver == *receiver_id);
        // The library tells of some streams twice.
        let is_known = self.streams.iter().any(|stream| stream.ssrc == *ssrc);
        let Some(section) = section.filter(|_| !is_known && self.streams.len() < STREAMS) else {
            return;
        };
        let layer = match opened.rid.as_deref() {
            None => Layer::High,
            Some(rid) => match Layer::from_rid(rid) {
                Some(layer) => layer,
                None => return,
            },
        };
        let source = section.source;
        self.streams
            .retain(|stream| (stream.source, stream.layer) != (source, layer));
        let mut stream = Stream::new(source, layer, *ssrc, id);
        stream.opened(now);
        self.streams.push(stream);
    }

    /// Takes a packet; `None` if it is of no stream that was negotiated.
    pub(crate) fn accept(&mut self, now: Instant, packet: rtp::Packet) -> Option<Heard> {
        let level = self.level(&packet);
        let stream = self
            .streams
            .iter_mut()
            .find(|stream| stream.ssrc == packet.header.ssrc)?;
        let source = stream.source;
        let level = level.filter(|_| source == Source::Microphone);
        let accepted = stream.accept(now, packet);
        Some(Heard {
            source,
            accepted,
            level,
        })
    }

    /// Notes sender reports, and gives the SSRCs of the streams that they are news of.
    pub(crate) fn note_reports(
        &mut self,
        now: Instant,
        packets: &[Box<dyn ControlPacket>],
    ) -> Vec<u32> {
        let mut reported = Vec::new();
        for packet in packets {
            let Some(report) = packet.as_any().downcast_ref::<SenderReport>() else {
                continue;
            };
            let stream = self
                .streams
                .iter_mut()
                .find(|stream| stream.ssrc == report.ssrc);
            let clock = SenderClock {
                ntp: report.ntp_time,
                timestamp: report.rtp_time,
            };
            if stream.is_some_and(|stream| stream.note_clock(now, clock)) {
                reported.push(report.ssrc);
            }
        }
        reported
    }

    pub(crate) fn stream(&self, ssrc: u32) -> Option<&Stream> {
        self.streams.iter().find(|stream| stream.ssrc == ssrc)
    }

    /// Somebody needs a keyframe of a stream.
    pub(crate) fn want_keyframe(&mut self, id: StreamId) {
        let mut streams = self.streams.iter_mut();
        if let Some(stream) = streams.find(|stream| stream.id() == id) {
            stream.keyframes.want();
        }
    }

    /// Asks the client for the keyframes that are due. How many it asked for.
    pub(crate) fn ask_keyframes(&mut self, now: Instant) -> Result<u64, SfuError> {
        let mut asked = 0;
        for stream in &mut self.streams {
            if stream.keyframes.ask(now) {
                asked += 1;
                let request = PictureLossIndication {
                    sender_ssrc: 0,
                    media_ssrc: stream.ssrc,
                };
                self.connection.write_control(now, request)?;
            }
        }
        Ok(asked)
    }

    fn level(&self, packet: &rtp::Packet) -> Option<u8> {
        let mut payload = packet.header.get_extension(self.audio_level_id?)?;
        let level =
            rtp::extension::audio_level_extension::AudioLevelExtension::unmarshal(&mut payload);
        Some(level.ok()?.level)
    }

    fn offered(&mut self) -> Result<Vec<Offered>, SfuError> {
        self.connection.run(|inner| {
            let ids: Vec<RTCRtpTransceiverId> = inner.get_transceivers().collect();
            let mut offered = Vec::new();
            for id in ids {
                let Some(transceiver) = inner.rtp_transceiver(id) else {
                    continue;
                };
                let (mid, receiver) = (transceiver.mid().clone(), transceiver.receiver());
                let (Some(mid), Some(receiver)) = (mid, receiver) else {
                    continue;
                };
                let kind = inner
                    .rtp_receiver(receiver)
                    .map(|receiver| receiver.track().kind());
                offered.push(Offered {
                    mid,
                    receiver,
                    kind: kind.unwrap_or_default(),
                });
            }
            Ok(offered)
        })
    }

    fn find_audio_level_id(&mut self) -> Result<Option<u8>, SfuError> {
        let is_audio = |section: &&Negotiated| section.source.kind() == Kind::Audio;
        let Some(receiver) = self.sections.iter().find(is_audio).map(|it| it.receiver) else {
            return Ok(None);
        };
        self.connection.run(|inner| {
            let Some(mut receiver) = inner.rtp_receiver(receiver) else {
                return Ok(None);
            };
            let extensions = &receiver.get_parameters().rtp_parameters.header_extensions;
            let extension = extensions.iter().find(|it| it.uri == codecs::AUDIO_LEVEL);
            Ok(extension.and_then(|extension| u8::try_from(extension.id).ok()))
        })
    }
}

struct Offered {
    mid: String,
    receiver: RTCRtpReceiverId,
    kind: RtpCodecKind,
}

/// Only a camera may have layers, so where they stand in the offer does not matter.
fn has_layers(offer: &str) -> bool {
    offer.lines().any(|line| line.starts_with("a=simulcast:"))
}

fn no_such_section(mid: &str, kind: Kind) -> SfuError {
    SfuError::NoSuchSection {
        mid: mid.to_owned(),
        source_kind: match kind {
            Kind::Audio => "audio",
            Kind::Video => "video",
        },
    }
}

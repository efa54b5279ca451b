//! What is negotiated: Opus and VP8, what they report, and their header extensions.
//!
//! Rule: no more than what has a test of its own. Retransmission is negotiated towards subscribers only: inbound, the
//! library takes repaired packets for lost ones, and asks for them again and again.

use std::time::Duration;

use rtc::{
    interceptor::{
        NackGeneratorBuilder, ReceiverReportBuilder, Registry, Slot, TwccReceiverBuilder,
    },
    peer_connection::configuration::media_engine::{
        MIME_TYPE_OPUS, MIME_TYPE_RTX, MIME_TYPE_VP8, MediaEngine,
    },
    rtp_transceiver::rtp_sender::{
        RTCPFeedback, RTCRtpCodec, RTCRtpCodecParameters, RTCRtpHeaderExtensionCapability,
        RtpCodecKind,
    },
    sdp::extmap,
    shared::error::Error,
};

use super::control::{ControlInbox, ControlTap};
use crate::{identity::Kind, net::demux::Side};

/// The payload types that we offer to subscribers.
pub(crate) const OPUS: u8 = 111;
pub(crate) const VP8: u8 = 96;
pub(crate) const VP8_REPAIR: u8 = 97;

/// How often one missing packet is asked for.
const NACKS_PER_PACKET: u16 = 10;
/// How often missing packets are asked for. Chosen: about a round trip, so that one is not asked for twice without need.
const NACK_INTERVAL: Duration = Duration::from_millis(40);
/// Ours comes before all others, which keep reports from us.
const CONTROL_SLOT: usize = 500;

pub(crate) const TRANSPORT_CC: &str = extmap::TRANSPORT_CC_URI;
pub(crate) const AUDIO_LEVEL: &str = extmap::AUDIO_LEVEL_URI;

pub(crate) fn rtc_kind(kind: Kind) -> RtpCodecKind {
    match kind {
        Kind::Audio => RtpCodecKind::Audio,
        Kind::Video => RtpCodecKind::Video,
    }
}

pub(crate) fn codec(kind: Kind) -> RTCRtpCodec {
    match kind {
        Kind::Audio => RTCRtpCodec {
            mime_type: MIME_TYPE_OPUS.to_owned(),
            clock_rate: 48_000,
            channels: 2,
            sdp_fmtp_line: "minptime=10;useinbandfec=1".to_owned(),
            rtcp_feedback: vec![feedback("transport-cc", "")],
        },
        Kind::Video => RTCRtpCodec {
            mime_type: MIME_TYPE_VP8.to_owned(),
            clock_rate: 90_000,
            channels: 0,
            sdp_fmtp_line: String::new(),
            rtcp_feedback: vec![
                feedback("nack", ""),
                feedback("nack", "pli"),
                feedback("ccm", "fir"),
                feedback("transport-cc", ""),
            ],
        },
    }
}

/// The codecs and extensions of one side.
pub(crate) fn media_engine(side: Side) -> Result<MediaEngine, Error> {
    let mut engine = MediaEngine::default();
    for (kind, payload_type) in [(Kind::Audio, OPUS), (Kind::Video, VP8)] {
        let parameters = RTCRtpCodecParameters {
            rtp_codec: codec(kind),
            payload_type,
        };
        engine.register_codec(parameters, rtc_kind(kind))?;
        extension(&mut engine, TRANSPORT_CC, kind)?;
        extension(&mut engine, extmap::SDES_MID_URI, kind)?;
    }
    match side {
        Side::Publish => {
            extension(&mut engine, extmap::SDES_RTP_STREAM_ID_URI, Kind::Video)?;
            extension(&mut engine, AUDIO_LEVEL, Kind::Audio)?;
        }
        Side::Subscribe => engine.register_codec(repair(), RtpCodecKind::Video)?,
    }
    Ok(engine)
}

/// What acts on the packets of one side by itself. Towards subscribers we send the media ourselves, so nothing does.
pub(crate) fn interceptors(side: Side, control: ControlInbox) -> Registry {
    let registry = Registry::new().with(Slot::from(CONTROL_SLOT), ControlTap::new(control));
    match side {
        Side::Subscribe => registry,
        Side::Publish => registry
            .with(
                Slot::NackGenerator,
                NackGeneratorBuilder::new()
                    .with_interval(NACK_INTERVAL)
                    .with_max_nacks_per_packet(NACKS_PER_PACKET)
                    .build(),
            )
            .with(Slot::TwccReceiver, TwccReceiverBuilder::new().build())
            .with(Slot::ReceiverReport, ReceiverReportBuilder::new().build()),
    }
}

fn repair() -> RTCRtpCodecParameters {
    RTCRtpCodecParameters {
        rtp_codec: RTCRtpCodec {
            mime_type: MIME_TYPE_RTX.to_owned(),
            clock_rate: 90_000,
            channels: 0,
            sdp_fmtp_line: format!("apt={VP8}"),
            rtcp_feedback: Vec::new(),
        },
        payload_type: VP8_REPAIR,
    }
}

fn extension(engine: &mut MediaEngine, uri: &str, kind: Kind) -> Result<(), Error> {
    let extension = RTCRtpHeaderExtensionCapability {
        uri: uri.to_owned(),
    };
    engine.register_header_extension(extension, rtc_kind(kind), None)
}

fn feedback(typ: &str, parameter: &str) -> RTCPFeedback {
    RTCPFeedback {
        typ: typ.to_owned(),
        parameter: parameter.to_owned(),
    }
}

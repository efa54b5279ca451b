//! A client: two connections of the library, a camera of three layers, a microphone, a screen.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use rtc::{
    crypto::default_provider,
    ice::attributes::use_candidate::UseCandidateAttr,
    interceptor::{
        NackGeneratorBuilder, NackResponderBuilder, ReceiverReportBuilder, Registry,
        SenderReportBuilder, Slot, TwccReceiverBuilder, TwccSenderBuilder,
    },
    media_stream::MediaStreamTrack,
    peer_connection::{
        RTCPeerConnection, RTCPeerConnectionBuilder,
        configuration::setting_engine::SettingEngineBuilder,
        message::RTCMessage,
        sdp::RTCSessionDescription,
        transport::{CandidateConfig, CandidateHostConfig, RTCIceCandidate},
    },
    rtcp::{
        payload_feedbacks::picture_loss_indication::PictureLossIndication,
        sender_report::SenderReport,
    },
    rtp,
    rtp_transceiver::{
        RTCRtpSenderId, RTCRtpTransceiverDirection, RTCRtpTransceiverInit,
        rtp_sender::{RTCRtpCodingParameters, RTCRtpEncodingParameters},
    },
    sansio::Protocol as _,
    shared::{TaggedBytesMut, TransportContext, TransportProtocol},
    stun::{
        attributes::ATTR_USERNAME,
        fingerprint::FINGERPRINT,
        integrity::MessageIntegrity,
        message::{BINDING_REQUEST, Message, TransactionId},
        textattrs::Username,
    },
};

use crate::{
    event::Section,
    identity::{Kind, Layer, ParticipantId, Source},
    net::{
        demux::Side,
        route::{Protocol, Received, Route, Transmit},
    },
    peer::codecs,
};

/// Where the router is.
pub(super) const SERVER: ([u8; 4], u16) = ([192, 0, 2, 1], 3478);

/// A client's end of a connection.
pub(super) struct Peer {
    pub(super) inner: RTCPeerConnection,
    local: SocketAddr,
    pub(super) received: Vec<rtp::Packet>,
}

impl Peer {
    pub(super) fn new(now: Instant, side: Side, port: u16) -> Self {
        let local = SocketAddr::from(([198, 51, 100, 7], port));
        let registry = match side {
            Side::Publish => Registry::new()
                .with(Slot::NackResponder, NackResponderBuilder::new().build())
                .with(Slot::SenderReport, SenderReportBuilder::new().build())
                .with(Slot::TwccSender, TwccSenderBuilder::new().build()),
            Side::Subscribe => Registry::new()
                .with(
                    Slot::NackGenerator,
                    NackGeneratorBuilder::new()
                        .with_max_nacks_per_packet(10)
                        .build(),
                )
                .with(Slot::ReceiverReport, ReceiverReportBuilder::new().build())
                .with(Slot::TwccReceiver, TwccReceiverBuilder::new().build()),
        };
        let settings = SettingEngineBuilder::new()
            .with_srtp_replay_protection_window(1024)
            .build();
        let mut inner = RTCPeerConnectionBuilder::new()
            .with_setting_engine(settings)
            .with_media_engine(codecs::media_engine(side).expect("the codecs are fine"))
            .with_interceptor_registry(registry)
            .build(now)
            .expect("the settings are fine");
        let candidate = CandidateHostConfig {
            base_config: CandidateConfig {
                network: "udp".to_owned(),
                address: local.ip().to_string(),
                port: local.port(),
                component: 1,
                ..CandidateConfig::default()
            },
            ..CandidateHostConfig::default()
        };
        let candidate = candidate.new_candidate_host().expect("an address");
        let candidate = RTCIceCandidate::from(&candidate).to_json();
        inner
            .add_local_candidate(candidate.expect("it is whole"))
            .expect("it is taken");
        Self {
            inner,
            local,
            received: Vec::new(),
        }
    }

    pub(super) fn is_at(&self, address: SocketAddr) -> bool {
        self.local == address
    }

    pub(super) fn offer(&mut self, now: Instant) -> String {
        let offer = self.inner.create_offer(None).expect("an offer");
        self.inner
            .set_local_description(now, offer)
            .expect("its own offer");
        self.inner.local_description().expect("it was set").sdp
    }

    pub(super) fn take_answer(&mut self, now: Instant, sdp: String) {
        let answer = RTCSessionDescription::answer(sdp).expect("an answer");
        self.inner
            .set_remote_description(now, answer)
            .expect("the router's answer");
    }

    pub(super) fn answer(&mut self, now: Instant, sdp: String) -> String {
        let offer = RTCSessionDescription::offer(sdp).expect("an offer");
        self.inner
            .set_remote_description(now, offer)
            .expect("the router's offer");
        let answer = self.inner.create_answer(None).expect("an answer");
        self.inner
            .set_local_description(now, answer)
            .expect("its own answer");
        self.inner.local_description().expect("it was set").sdp
    }

    pub(super) fn handle(&mut self, now: Instant, packet: &Transmit) {
        let message = TaggedBytesMut {
            now,
            transport: TransportContext {
                local_addr: self.local,
                peer_addr: packet.route.local,
                transport_protocol: TransportProtocol::UDP,
                ecn: None,
            },
            message: BytesMut::from(&packet.bytes[..]),
        };
        self.inner.handle_read(message).expect("packets are taken");
    }

    /// Lets time pass, and gives what is to be sent.
    pub(super) fn run(&mut self, now: Instant) -> Vec<Received> {
        if self.inner.poll_timeout().is_some_and(|at| at <= now) {
            // A handshake that lost its way is one that hangs.
            let _ = self.inner.handle_timeout(now);
        }
        let mut sent = Vec::new();
        while let Some(packet) = self.inner.poll_write() {
            sent.push(Received {
                route: Route {
                    protocol: Protocol::Udp,
                    local: packet.transport.peer_addr,
                    peer: self.local,
                },
                bytes: packet.message,
            });
        }
        while self.inner.poll_event().is_some() {}
        while let Some(message) = self.inner.poll_read() {
            if let RTCMessage::RtpPacket(_, packet) = message.message {
                self.received.push(packet);
            }
        }
        sent
    }

    /// Tells the other side that it is over.
    pub(super) fn close(&mut self) {
        self.inner.close().expect("it closes");
    }

    /// The way that it takes.
    pub(super) fn route(&self) -> Route {
        Route {
            protocol: Protocol::Udp,
            local: SERVER.into(),
            peer: self.local,
        }
    }

    /// A check that nominates (RFC 8445 §7.1.1, §8.1.1).
    pub(super) fn nomination(&self) -> Bytes {
        let field = |sdp: &str, name: &str| {
            let mut lines = sdp.lines();
            let value = lines.find_map(|line| line.strip_prefix(name));
            value.expect("every description has it").to_owned()
        };
        let ours = self.inner.local_description().expect("it was set").sdp;
        let theirs = self.inner.remote_description().expect("it was set");
        let (ours, theirs) = (
            field(&ours, "a=ice-ufrag:"),
            (
                field(&theirs.sdp, "a=ice-ufrag:"),
                field(&theirs.sdp, "a=ice-pwd:"),
            ),
        );
        let crypto = default_provider().expect("there is one");
        let mut check = Message::new();
        let name = format!("{}:{ours}", theirs.0);
        check
            .build(&[
                Box::new(BINDING_REQUEST),
                Box::new(TransactionId::new()),
                Box::new(Username::new(ATTR_USERNAME, name)),
                Box::<UseCandidateAttr>::default(),
                Box::new(MessageIntegrity::new_short_term_integrity_with_provider(
                    theirs.1,
                    crypto.crypto(),
                )),
                Box::new(FINGERPRINT),
            ])
            .expect("it is whole");
        Bytes::from(check.raw)
    }

    /// Says that it needs a keyframe of a stream.
    pub(super) fn ask_keyframe(&mut self, now: Instant, media_ssrc: u32) {
        let receiver = self.inner.get_receivers().next().expect("it receives");
        let request = PictureLossIndication {
            sender_ssrc: 0,
            media_ssrc,
        };
        let mut receiver = self.inner.rtp_receiver(receiver).expect("it is there");
        receiver
            .write_rtcp(now, vec![Box::new(request)])
            .expect("it is sent");
    }
}

/// Encoders behind a sending connection.
pub(super) struct Studio {
    pub(super) peer: Peer,
    pub(super) sections: Vec<Section>,
    encoders: Vec<Encoder>,
    next_frame: Instant,
}

struct Encoder {
    source: Source,
    layer: Layer,
    sender: RTCRtpSenderId,
    mid: String,
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    picture_id: u16,
    frames: u64,
    is_on: bool,
}

/// A frame of every video, and a packet of every sound.
const FRAME: Duration = Duration::from_millis(33);
/// Frames between keyframes, so that a new subscriber need not wait for long: encoders of the tests hear no requests.
const KEYFRAMES: u64 = 15;

impl Studio {
    pub(super) fn new(now: Instant, port: u16) -> Self {
        let mut studio = Self {
            peer: Peer::new(now, Side::Publish, port),
            sections: Vec::new(),
            encoders: Vec::new(),
            next_frame: now,
        };
        for source in Source::ALL {
            studio.add(source, u32::from(port) * 100);
        }
        studio
    }

    fn add(&mut self, source: Source, ssrc: u32) {
        let layers: &[Layer] = match source {
            Source::Camera => &Layer::ALL,
            _ => &[Layer::High],
        };
        let ssrc = |layer: Layer| ssrc + source as u32 * 10 + layer.index() as u32;
        let codings = layers.iter().map(|layer| RTCRtpEncodingParameters {
            rtp_coding_parameters: RTCRtpCodingParameters {
                rid: match source {
                    Source::Camera => layer.rid().to_owned(),
                    _ => String::new(),
                },
                ssrc: Some(ssrc(*layer)),
                ..RTCRtpCodingParameters::default()
            },
            codec: codecs::codec(source.kind()),
            active: true,
            ..RTCRtpEncodingParameters::default()
        });
        let track = MediaStreamTrack::new(
            "main".to_owned(),
            format!("{source:?}"),
            String::new(),
            codecs::rtc_kind(source.kind()),
            codings.collect(),
        );
        let init = RTCRtpTransceiverInit {
            direction: RTCRtpTransceiverDirection::Sendonly,
            ..RTCRtpTransceiverInit::default()
        };
        let inner = &mut self.peer.inner;
        let id = inner.add_transceiver_from_track(track, Some(init));
        let id = id.expect("the track is fine");
        let sender = inner.rtp_transceiver(id).and_then(|it| it.sender());
        let sender = sender.expect("it sends");
        for layer in layers {
            self.encoders.push(Encoder {
                source,
                layer: *layer,
                sender,
                mid: String::new(),
                ssrc: ssrc(*layer),
                sequence: 40_000,
                timestamp: 1_000_000 * (1 + layer.index() as u32),
                picture_id: 100 * (1 + layer.index() as u16),
                frames: 0,
                is_on: false,
            });
        }
    }

    /// Its offer, with what its sections are.
    pub(super) fn offer(&mut self, now: Instant) -> (String, Vec<Section>) {
        let offer = self.peer.offer(now);
        let inner = &mut self.peer.inner;
        let ids: Vec<_> = inner.get_transceivers().collect();
        for id in ids {
            let transceiver = inner.rtp_transceiver(id).expect("it is there");
            let mid = transceiver.mid().clone().expect("it was offered");
            let sender = transceiver.sender();
            let encoders = self.encoders.iter_mut();
            let mut source = None;
            for encoder in encoders.filter(|encoder| Some(encoder.sender) == sender) {
                encoder.mid.clone_from(&mid);
                source = Some(encoder.source);
            }
            let source = source.expect("each section is of a source");
            self.sections.push(Section { mid, source });
        }
        (offer, self.sections.clone())
    }

    /// Begins or ends to encode.
    pub(super) fn switch(&mut self, source: Source, layers: &[Layer]) {
        for encoder in &mut self.encoders {
            if encoder.source == source {
                encoder.is_on = layers.contains(&encoder.layer);
            }
        }
    }

    /// Sends a sender report of each stream that is on.
    pub(super) fn report(&mut self, now: Instant) {
        let Self { peer, encoders, .. } = self;
        for encoder in encoders.iter().filter(|encoder| encoder.is_on) {
            let report = SenderReport {
                ssrc: encoder.ssrc,
                ntp_time: 7 << 32,
                rtp_time: encoder.timestamp,
                ..SenderReport::default()
            };
            let mut sender = peer.inner.rtp_sender(encoder.sender).expect("it sends");
            sender
                .write_rtcp(now, vec![Box::new(report)])
                .expect("it is sent");
        }
    }

    /// Encodes what is due.
    pub(super) fn encode(&mut self, now: Instant) {
        if now < self.next_frame {
            return;
        }
        self.next_frame = now + FRAME;
        let Self { peer, encoders, .. } = self;
        for encoder in encoders.iter_mut().filter(|encoder| encoder.is_on) {
            for packet in encoder.frame(&mut peer.inner) {
                let mut sender = peer.inner.rtp_sender(encoder.sender).expect("it sends");
                sender.write_rtp(now, packet).expect("it is sent");
            }
        }
    }
}

impl Encoder {
    fn frame(&mut self, inner: &mut RTCPeerConnection) -> Vec<rtp::Packet> {
        let kind = self.source.kind();
        self.timestamp = self.timestamp.wrapping_add(kind.clock_hz() / 1000 * 33);
        self.picture_id = (self.picture_id + 1) & 0x7fff;
        let is_keyframe = self.frames.is_multiple_of(KEYFRAMES);
        self.frames += 1;
        let count = match kind {
            Kind::Audio => 1,
            Kind::Video => 1 + self.layer.index() as u64 + 2 * u64::from(is_keyframe),
        };
        (0..count)
            .map(|index| {
                let payload = match kind {
                    Kind::Audio => Bytes::from_static(b"opus"),
                    Kind::Video => self.video(index == 0, is_keyframe),
                };
                self.sequence = self.sequence.wrapping_add(1);
                let mut header = rtp::Header {
                    version: 2,
                    marker: index + 1 == count,
                    payload_type: match kind {
                        Kind::Audio => codecs::OPUS,
                        Kind::Video => codecs::VP8,
                    },
                    sequence_number: self.sequence,
                    timestamp: self.timestamp,
                    ssrc: self.ssrc,
                    ..rtp::Header::default()
                };
                self.name(&mut header, inner);
                rtp::Packet { header, payload }
            })
            .collect()
    }

    /// The layer stands in the payload, so that what arrives can be told.
    fn video(&self, is_first: bool, is_keyframe: bool) -> Bytes {
        let picture_id = self.picture_id.to_be_bytes();
        let mut payload = vec![
            0x80 | u8::from(is_first) << 4,
            0x80,
            0x80 | picture_id[0],
            picture_id[1],
        ];
        payload.push(u8::from(!is_keyframe));
        payload.push(self.layer.index() as u8);
        payload.resize(1000, 7);
        Bytes::from(payload)
    }

    fn name(&self, header: &mut rtp::Header, inner: &mut RTCPeerConnection) {
        if self.source != Source::Camera {
            return;
        }
        let mut sender = inner.rtp_sender(self.sender).expect("it sends");
        let extensions = &sender.get_parameters().rtp_parameters.header_extensions;
        for (uri, value) in [
            ("urn:ietf:params:rtp-hdrext:sdes:mid", self.mid.clone()),
            (
                "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
                self.layer.rid().to_owned(),
            ),
        ] {
            let extension = extensions.iter().find(|it| it.uri == uri);
            let id = extension.expect("it was negotiated").id as u8;
            header
                .set_extension(id, Bytes::from(value))
                .expect("it fits");
        }
    }
}

/// A participant's client.
pub(super) struct Client {
    pub(super) id: ParticipantId,
    pub(super) studio: Option<Studio>,
    pub(super) viewer: Option<Peer>,
}

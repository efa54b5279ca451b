//! One end of one connection.

use std::{
    net::UdpSocket,
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use rtc::{
    interceptor::{
        NackGeneratorBuilder, ReceiverReportBuilder, Registry, SenderReportBuilder, Slot,
        TwccReceiverBuilder,
    },
    media_stream::MediaStreamTrack,
    peer_connection::{
        RTCPeerConnection, RTCPeerConnectionBuilder,
        configuration::media_engine::{MIME_TYPE_VP8, MediaEngine},
        message::RTCMessage,
        sdp::RTCSessionDescription,
        transport::{CandidateConfig, CandidateHostConfig, RTCIceCandidate},
    },
    rtp,
    rtp_transceiver::{
        RTCRtpSenderId, RTCRtpTransceiverDirection, RTCRtpTransceiverInit,
        rtp_sender::{
            RTCPFeedback, RTCRtpCodec, RTCRtpCodecParameters, RTCRtpCodingParameters,
            RTCRtpEncodingParameters, RTCRtpHeaderExtensionCapability, RtpCodecKind,
        },
    },
    sansio::Protocol as _,
    sdp::extmap,
    shared::{TaggedBytesMut, TransportContext, TransportProtocol},
};

const VP8: u8 = 96;
const SSRC: u32 = 4711;
/// Packets between keyframes.
const KEYFRAMES: u64 = 100;

/// A connection and its socket.
pub(crate) struct Peer {
    inner: RTCPeerConnection,
    pub(crate) socket: mio::net::UdpSocket,
    local: std::net::SocketAddr,
    deadline: Instant,
    sender: Option<RTCRtpSenderId>,
    sent: u64,
    pub(crate) received: u64,
}

impl Peer {
    pub(crate) fn new(now: Instant) -> anyhow::Result<Self> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.set_nonblocking(true)?;
        let socket = mio::net::UdpSocket::from_std(socket);
        let local = socket.local_addr()?;
        let registry = Registry::new()
            .with(
                Slot::NackGenerator,
                NackGeneratorBuilder::new()
                    .with_max_nacks_per_packet(5)
                    .build(),
            )
            .with(Slot::ReceiverReport, ReceiverReportBuilder::new().build())
            .with(Slot::SenderReport, SenderReportBuilder::new().build())
            .with(Slot::TwccReceiver, TwccReceiverBuilder::new().build());
        let mut inner = RTCPeerConnectionBuilder::new()
            .with_media_engine(media_engine()?)
            .with_interceptor_registry(registry)
            .build(now)?;
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
        inner.add_local_candidate(
            RTCIceCandidate::from(&candidate.new_candidate_host()?).to_json()?,
        )?;
        Ok(Self {
            inner,
            socket,
            local,
            deadline: now,
            sender: None,
            sent: 0,
            received: 0,
        })
    }

    /// Its offer of one video, with its section's name.
    pub(crate) fn offer(&mut self, now: Instant) -> anyhow::Result<(String, String)> {
        let coding = RTCRtpCodingParameters {
            ssrc: Some(SSRC),
            ..RTCRtpCodingParameters::default()
        };
        let track = MediaStreamTrack::new(
            "bench".to_owned(),
            "bench".to_owned(),
            String::new(),
            RtpCodecKind::Video,
            vec![RTCRtpEncodingParameters {
                rtp_coding_parameters: coding,
                codec: codec(),
                active: true,
                ..RTCRtpEncodingParameters::default()
            }],
        );
        let init = RTCRtpTransceiverInit {
            direction: RTCRtpTransceiverDirection::Sendonly,
            ..RTCRtpTransceiverInit::default()
        };
        let id = self.inner.add_transceiver_from_track(track, Some(init))?;
        let offer = self.inner.create_offer(None)?;
        self.inner.set_local_description(now, offer)?;
        let transceiver = self.inner.rtp_transceiver(id);
        let transceiver = transceiver.ok_or_else(|| anyhow::anyhow!("the transceiver is gone"))?;
        self.sender = transceiver.sender();
        let mid = transceiver.mid().clone().unwrap_or_default();
        Ok((self.local_description()?, mid))
    }

    pub(crate) fn take_answer(&mut self, now: Instant, sdp: String) -> anyhow::Result<()> {
        Ok(self
            .inner
            .set_remote_description(now, RTCSessionDescription::answer(sdp)?)?)
    }

    pub(crate) fn answer(&mut self, now: Instant, sdp: String) -> anyhow::Result<String> {
        self.inner
            .set_remote_description(now, RTCSessionDescription::offer(sdp)?)?;
        let answer = self.inner.create_answer(None)?;
        self.inner.set_local_description(now, answer)?;
        self.local_description()
    }

    /// Sends a packet that is a frame, with the time in it.
    pub(crate) fn publish(
        &mut self,
        now: Instant,
        epoch: Instant,
        payload_bytes: usize,
    ) -> anyhow::Result<()> {
        let Some(sender) = self.sender.and_then(|id| self.inner.rtp_sender(id)) else {
            return Ok(());
        };
        let is_keyframe = self.sent.is_multiple_of(KEYFRAMES);
        let picture_id = (self.sent as u16 & 0x7fff).to_be_bytes();
        let mut payload = vec![
            0x90,
            0x80,
            0x80 | picture_id[0],
            picture_id[1],
            u8::from(!is_keyframe),
        ];
        payload.extend_from_slice(&(epoch.elapsed().as_nanos() as u64).to_be_bytes());
        payload.resize(payload_bytes, 7);
        let header = rtp::Header {
            version: 2,
            marker: true,
            payload_type: VP8,
            sequence_number: self.sent as u16,
            timestamp: (self.sent * 450) as u32,
            ssrc: SSRC,
            ..rtp::Header::default()
        };
        self.sent += 1;
        let packet = rtp::Packet {
            header,
            payload: Bytes::from(payload),
        };
        let mut sender = sender;
        Ok(sender.write_rtp(now, packet)?)
    }

    /// Takes what came; how long each packet took goes into `latencies`.
    pub(crate) fn receive(
        &mut self,
        epoch: Instant,
        latencies: &mut Vec<Duration>,
    ) -> anyhow::Result<()> {
        let mut buffer = [0; 2048];
        while let Ok((count, peer)) = self.socket.recv_from(&mut buffer) {
            let message = TaggedBytesMut {
                now: Instant::now(),
                transport: TransportContext {
                    local_addr: self.local,
                    peer_addr: peer,
                    transport_protocol: TransportProtocol::UDP,
                    ecn: None,
                },
                message: BytesMut::from(&buffer[..count]),
            };
            self.inner.handle_read(message)?;
            while let Some(message) = self.inner.poll_read() {
                if let RTCMessage::RtpPacket(_, packet) = message.message {
                    self.received += 1;
                    let sent_at = packet
                        .payload
                        .get(5..13)
                        .and_then(|bytes| bytes.try_into().ok());
                    let sent_at = sent_at.map(u64::from_be_bytes).map(Duration::from_nanos);
                    latencies.extend(sent_at.and_then(|at| epoch.elapsed().checked_sub(at)));
                }
            }
        }
        self.flush()
    }

    pub(crate) fn run(&mut self, now: Instant) -> anyhow::Result<()> {
        if self.deadline <= now {
            self.inner.handle_timeout(now)?;
            self.flush()?;
        }
        Ok(())
    }

    pub(crate) fn flush(&mut self) -> anyhow::Result<()> {
        while let Some(packet) = self.inner.poll_write() {
            // A full buffer is loss, as on a network.
            let _ = self
                .socket
                .send_to(&packet.message, packet.transport.peer_addr);
        }
        while self.inner.poll_event().is_some() {}
        let far = Duration::from_millis(100);
        let next = self.inner.poll_timeout();
        self.deadline = next.unwrap_or_else(|| Instant::now() + far);
        Ok(())
    }

    fn local_description(&self) -> anyhow::Result<String> {
        let description = self.inner.local_description();
        Ok(description
            .ok_or_else(|| anyhow::anyhow!("there is no description"))?
            .sdp)
    }
}

fn codec() -> RTCRtpCodec {
    let feedback = |typ: &str, parameter: &str| RTCPFeedback {
        typ: typ.to_owned(),
        parameter: parameter.to_owned(),
    };
    RTCRtpCodec {
        mime_type: MIME_TYPE_VP8.to_owned(),
        clock_rate: 90_000,
        rtcp_feedback: vec![
            feedback("nack", ""),
            feedback("nack", "pli"),
            feedback("transport-cc", ""),
        ],
        ..RTCRtpCodec::default()
    }
}

fn media_engine() -> anyhow::Result<MediaEngine> {
    let mut engine = MediaEngine::default();
    let parameters = RTCRtpCodecParameters {
        rtp_codec: codec(),
        payload_type: VP8,
    };
    engine.register_codec(parameters, RtpCodecKind::Video)?;
    let extension = RTCRtpHeaderExtensionCapability {
        uri: extmap::TRANSPORT_CC_URI.to_owned(),
    };
    engine.register_header_extension(extension, RtpCodecKind::Video, None)?;
    Ok(engine)
}

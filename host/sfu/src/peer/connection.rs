//! One ICE-lite connection with a client.
//!
//! Rule: every call of the library goes through `run`. A panic inside ends this connection and nothing else.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::BytesMut;
use rtc::{
    crypto::RTCCryptoProvider,
    dtls::extension::extension_use_srtp::SrtpProtectionProfile,
    ice::tcp_type::TcpType,
    peer_connection::{
        RTCPeerConnection, RTCPeerConnectionBuilder,
        certificate::RTCCertificate,
        configuration::{RTCConfigurationBuilder, setting_engine::SettingEngineBuilder},
        event::{RTCPeerConnectionEvent, RTCTrackEvent, RTCTrackEventInit},
        message::{RTCMessage, TaggedRTCMessage},
        sdp::RTCSessionDescription,
        state::RTCPeerConnectionState,
        transport::{CandidateConfig, CandidateHostConfig, RTCDtlsRole, RTCIceCandidate},
    },
    rtcp, rtp,
    sansio::Protocol as _,
    shared::{TaggedBytesMut, TransportContext, TransportProtocol},
};

use super::{codecs, keys::KeyWatch, sealer::Sealer};
use crate::{
    error::SfuError,
    net::{
        demux::{Fragment, Side},
        route::{Protocol, Route, Transmit},
        stun,
    },
};

/// Session descriptions beyond this are not read. A hundred tracks need a third of it.
const DESCRIPTION_BYTES: usize = 256 * 1024;
/// Packets arrive late by no more than this many (a publisher repeats packets under their own numbers).
const REPLAY_WINDOW_PACKETS: usize = 1024;
/// Without a check of the client for so long, the connection is lost. Browsers check every 2.5 s (RFC 7675: 30 s).
const SILENCE: Duration = Duration::from_secs(15);
/// A handshake that takes longer is given up, and the connection made anew: one of which packets were lost can hang for good. Chosen:
/// the client repeats what was lost after 1, 3 and 7 s (RFC 6347 §4.2.4.1).
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Random letters: 128 bits and more.
const PASSWORD_BYTES: usize = 32;

/// What all connections share.
pub(crate) struct Identity {
    pub(crate) certificate: RTCCertificate,
    pub(crate) crypto: Arc<dyn RTCCryptoProvider>,
    pub(crate) advertised: Vec<(Protocol, std::net::SocketAddr)>,
}

/// What a connection gave.
pub(crate) enum Arrival {
    /// The first packet of a stream was seen.
    Opened(RTCTrackEventInit),
    Media(rtp::Packet),
    Control(Vec<Box<dyn rtcp::Packet>>),
    Connected,
    /// Closed by the client, or unheard of for too long.
    Lost,
}

pub(crate) struct Connection {
    inner: RTCPeerConnection,
    keys: Arc<KeyWatch>,
    /// Where the client is now: where the library sent something that was no STUN.
    route: Option<Route>,
    deadline: Option<Instant>,
    /// Described by both sides and not connected yet: until when it must be.
    connect_by: Option<Instant>,
    has_connected: bool,
    broken: bool,
}

impl Connection {
    pub(crate) fn new(
        now: Instant,
        side: Side,
        fragment: Fragment,
        identity: &Identity,
    ) -> Result<Self, SfuError> {
        let keys = KeyWatch::new(Arc::clone(&identity.crypto));
        let settings = SettingEngineBuilder::new()
            .with_crypto_provider(Arc::clone(&keys) as Arc<dyn RTCCryptoProvider>)
            .with_lite(true)
            .with_answering_dtls_role(RTCDtlsRole::Server)
            .with_ice_credentials(fragment.to_string(), password())
            .with_srtp_protection_profiles(vec![SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm])
            .with_srtp_replay_protection_window(REPLAY_WINDOW_PACKETS)
            .with_ice_timeouts(Some(SILENCE / 2), Some(SILENCE / 2), None)
            .build();
        let configuration = RTCConfigurationBuilder::new()
            .with_certificates(vec![identity.certificate.clone()])
            .build();
        let inner = RTCPeerConnectionBuilder::new()
            .with_configuration(configuration)
            .with_setting_engine(settings)
            .with_media_engine(codecs::media_engine(side)?)
            .with_interceptor_registry(codecs::interceptors(side))
            .build(now)?;
        let mut connection = Self {
            inner,
            keys,
            route: None,
            deadline: Some(now),
            connect_by: None,
            has_connected: false,
            broken: false,
        };
        for (protocol, address) in &identity.advertised {
            let candidate = host_candidate(*protocol, *address)?;
            connection.run(|inner| inner.add_local_candidate(candidate))?;
        }
        Ok(connection)
    }

    /// Answers the client's offer.
    pub(crate) fn answer(&mut self, now: Instant, offer: String) -> Result<String, SfuError> {
        check_length(&offer)?;
        self.run(|inner| {
            inner.set_remote_description(now, RTCSessionDescription::offer(offer)?)?;
            let answer = inner.create_answer(None)?;
            inner.set_local_description(now, answer)
        })?;
        self.connect_by = Some(now + HANDSHAKE);
        self.local_description()
    }

    /// Makes an offer of what was added.
    pub(crate) fn offer(&mut self, now: Instant) -> Result<String, SfuError> {
        self.run(|inner| {
            let offer = inner.create_offer(None)?;
            inner.set_local_description(now, offer)
        })?;
        self.local_description()
    }

    /// Takes the client's answer to our offer.
    pub(crate) fn accept(&mut self, now: Instant, answer: String) -> Result<(), SfuError> {
        check_length(&answer)?;
        self.run(|inner| {
            inner.set_remote_description(now, RTCSessionDescription::answer(answer)?)
        })?;
        if !self.has_connected {
            self.connect_by.get_or_insert(now + HANDSHAKE);
        }
        Ok(())
    }

    pub(crate) fn handle_packet(
        &mut self,
        now: Instant,
        route: Route,
        bytes: BytesMut,
    ) -> Result<(), SfuError> {
        let transport = TransportContext {
            local_addr: route.local,
            peer_addr: route.peer,
            transport_protocol: match route.protocol {
                Protocol::Udp => TransportProtocol::UDP,
                Protocol::Tcp => TransportProtocol::TCP,
            },
            ecn: None,
        };
        let message = TaggedBytesMut {
            now,
            transport,
            message: bytes,
        };
        self.run(|inner| inner.handle_read(message))
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Result<(), SfuError> {
        if self.deadline.is_none_or(|deadline| deadline > now) {
            return Ok(());
        }
        self.run(|inner| inner.handle_timeout(now))
    }

    pub(crate) fn write_control(
        &mut self,
        now: Instant,
        packet: impl rtcp::Packet + 'static,
    ) -> Result<(), SfuError> {
        let packets: Vec<Box<dyn rtcp::Packet>> = vec![Box::new(packet)];
        let message = RTCMessage::RtcpPacket(String::new(), packets);
        self.run(|inner| inner.handle_write(TaggedRTCMessage { now, message }))
    }

    /// Takes everything out: what is to be sent, and what arrived. Call it after every other call.
    pub(crate) fn drain(
        &mut self,
        transmits: &mut Vec<Transmit>,
        arrivals: &mut Vec<Arrival>,
    ) -> Result<(), SfuError> {
        let before = transmits.len();
        self.run(|inner| {
            loop {
                let count = (transmits.len(), arrivals.len());
                while let Some(packet) = inner.poll_write() {
                    transmits.push(transmit(packet));
                }
                while let Some(event) = inner.poll_event() {
                    arrivals.extend(arrival_of_event(event));
                }
                while let Some(message) = inner.poll_read() {
                    arrivals.extend(arrival_of_message(message.message));
                }
                if count == (transmits.len(), arrivals.len()) {
                    return Ok(());
                }
            }
        })?;
        let media_route = |packet: &&Transmit| !stun::is_stun(&packet.bytes);
        if let Some(packet) = transmits[before..].iter().rfind(media_route) {
            self.route = Some(packet.route);
        }
        if arrivals.iter().any(|it| matches!(it, Arrival::Connected)) {
            self.connect_by = None;
            self.has_connected = true;
        }
        self.deadline = self.run(|inner| Ok(inner.poll_timeout()))?;
        Ok(())
    }

    pub(crate) fn close(&mut self) -> Result<(), SfuError> {
        self.run(|inner| inner.close())
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadline.into_iter().chain(self.connect_by).min()
    }

    /// Whether the handshake took too long.
    pub(crate) fn is_overdue(&self, now: Instant) -> bool {
        self.connect_by.is_some_and(|it| it <= now)
    }

    pub(crate) fn route(&self) -> Option<Route> {
        self.route
    }

    /// Encrypts with this connection's key; `None` until the handshake is over.
    pub(crate) fn sealer(&self, transport_cc_id: Option<u8>) -> Option<Result<Sealer, SfuError>> {
        let context = self.keys.context()?;
        Some(match context {
            Ok(context) => Ok(Sealer::new(context, transport_cc_id)),
            Err(error) => Err(error.into()),
        })
    }

    /// A call of the library.
    pub(crate) fn run<T>(
        &mut self,
        call: impl FnOnce(&mut RTCPeerConnection) -> Result<T, rtc::shared::error::Error>,
    ) -> Result<T, SfuError> {
        if self.broken {
            return Err(SfuError::Broken);
        }
        let inner = &mut self.inner;
        match catch_unwind(AssertUnwindSafe(|| call(inner))) {
            Ok(result) => Ok(result?),
            Err(_) => {
                self.broken = true;
                self.deadline = None;
                Err(SfuError::Broken)
            }
        }
    }

    fn local_description(&self) -> Result<String, SfuError> {
        let description = self.inner.local_description();
        let description =
            description.ok_or(rtc::shared::error::Error::ErrPeerConnLocalDescriptionNil)?;
        Ok(description.sdp)
    }
}

fn check_length(description: &str) -> Result<(), SfuError> {
    if description.len() > DESCRIPTION_BYTES {
        return Err(SfuError::DescriptionTooLong {
            bytes: description.len(),
            limit: DESCRIPTION_BYTES,
        });
    }
    Ok(())
}

fn password() -> String {
    use rand::RngExt as _;
    let letters = rand::rng().sample_iter(rand::distr::Alphanumeric);
    letters.take(PASSWORD_BYTES).map(char::from).collect()
}

fn host_candidate(
    protocol: Protocol,
    address: std::net::SocketAddr,
) -> Result<rtc::peer_connection::transport::RTCIceCandidateInit, SfuError> {
    let (network, tcp_type) = match protocol {
        Protocol::Udp => ("udp", TcpType::Unspecified),
        Protocol::Tcp => ("tcp", TcpType::Passive),
    };
    let candidate = CandidateHostConfig {
        base_config: CandidateConfig {
            network: network.to_owned(),
            address: address.ip().to_string(),
            port: address.port(),
            component: 1,
            ..CandidateConfig::default()
        },
        tcp_type,
    };
    let candidate = candidate.new_candidate_host()?;
    Ok(RTCIceCandidate::from(&candidate).to_json()?)
}

fn transmit(packet: TaggedBytesMut) -> Transmit {
    let TransportContext {
        local_addr,
        peer_addr,
        transport_protocol,
        ..
    } = packet.transport;
    Transmit {
        route: Route {
            protocol: match transport_protocol {
                TransportProtocol::TCP => Protocol::Tcp,
                // The library knows no other.
                _ => Protocol::Udp,
            },
            local: local_addr,
            peer: peer_addr,
        },
        bytes: packet.message.freeze(),
    }
}

fn arrival_of_event(event: RTCPeerConnectionEvent) -> Option<Arrival> {
    match event {
        RTCPeerConnectionEvent::OnTrack(RTCTrackEvent::OnOpen(track)) => {
            Some(Arrival::Opened(track))
        }
        RTCPeerConnectionEvent::OnConnectionStateChangeEvent(state) => match state {
            RTCPeerConnectionState::Connected => Some(Arrival::Connected),
            RTCPeerConnectionState::Failed | RTCPeerConnectionState::Closed => Some(Arrival::Lost),
            _ => None,
        },
        _ => None,
    }
}

fn arrival_of_message(message: RTCMessage) -> Option<Arrival> {
    match message {
        RTCMessage::RtpPacket(_, packet) => Some(Arrival::Media(packet)),
        RTCMessage::RtcpPacket(_, packets) => Some(Arrival::Control(packets)),
        _ => None,
    }
}

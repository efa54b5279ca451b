//! One ICE-lite connection with a client.
//!
//! Rule: every call of the library goes through `run`. A panic inside ends this connection and nothing else.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

use rtc::{
    crypto::{RTCCryptoProvider, SignatureScheme, default_provider},
    dtls::extension::extension_use_srtp::SrtpProtectionProfile,
    ice::tcp_type::TcpType,
    peer_connection::{
        RTCPeerConnection, RTCPeerConnectionBuilder,
        certificate::{CertificateParams, RTCCertificate},
        configuration::{RTCConfigurationBuilder, setting_engine::SettingEngineBuilder},
        event::{RTCPeerConnectionEvent, RTCTrackEvent, RTCTrackEventInit},
        message::{RTCMessage, TaggedRTCMessage},
        sdp::RTCSessionDescription,
        state::RTCPeerConnectionState,
        transport::{
            CandidateConfig, CandidateHostConfig, RTCDtlsRole, RTCDtlsTransportState,
            RTCIceCandidate,
        },
    },
    rtcp, rtp,
    sansio::Protocol as _,
    shared::{TaggedBytesMut, TransportContext, TransportProtocol},
};

use super::{
    codecs,
    control::{Compound, ControlInbox},
    description,
    keys::KeyWatch,
    reach::Reach,
    sealer::Sealer,
};
use crate::{
    error::SfuError,
    net::{
        demux::{Fragment, Side},
        guard::{Admission, Guard},
        route::{Protocol, Received, Route, Transmit},
    },
};

/// Packets arrive late by no more than this many (a publisher repeats packets under their own numbers).
const REPLAY_WINDOW_PACKETS: usize = 1024;
/// Handshake packets that wait for their turn. A client's flight has up to four.
const HANDSHAKES: usize = 8;
/// A handshake that takes longer is given up, and the connection made anew: one of which packets were lost can hang for good. Chosen:
/// the client repeats what was lost after 1, 3 and 7 s (RFC 6347 §4.2.4.1).
const HANDSHAKE: Duration = Duration::from_secs(10);
/// An offer that is not answered for so long is lost: the client that got it may be another now. Chosen.
const ANSWER: Duration = Duration::from_secs(15);
/// Random letters: 128 bits and more.
const PASSWORD_BYTES: usize = 32;

/// What all connections share.
pub(crate) struct Identity {
    pub(crate) certificate: RTCCertificate,
    pub(crate) crypto: Arc<dyn RTCCryptoProvider>,
    pub(crate) advertised: Vec<(Protocol, std::net::SocketAddr)>,
}

impl Identity {
    /// With a certificate of its own.
    pub(crate) fn new(
        advertised: Vec<(Protocol, std::net::SocketAddr)>,
    ) -> Result<Self, rtc::shared::error::Error> {
        use rtc::shared::error::Error;
        let crypto = default_provider().map_err(|error| Error::Crypto(error.to_string()))?;
        let parameters =
            CertificateParams::new(Vec::new()).map_err(|error| Error::Other(error.to_string()))?;
        let scheme = SignatureScheme::EcdsaP256Sha256;
        let certificate = RTCCertificate::generate(crypto.crypto(), scheme, parameters)?;
        Ok(Self {
            certificate,
            crypto,
            advertised,
        })
    }
}

/// What a connection gave.
pub(crate) enum Arrival {
    /// The first packet of a stream was seen.
    Opened(RTCTrackEventInit),
    Media(rtp::Packet),
    Control(Compound),
    Connected,
    /// Closed by the client, or unheard of for too long.
    Lost,
}

pub(crate) struct Connection {
    inner: RTCPeerConnection,
    keys: Arc<KeyWatch>,
    control: ControlInbox,
    guard: Guard,
    handshakes: VecDeque<Received>,
    reach: Reach,
    deadline: Option<Instant>,
    /// Described by both sides and not connected yet: until when it must be.
    connect_by: Option<Instant>,
    /// Until when our offer must be answered.
    answer_by: Option<Instant>,
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
        let control = ControlInbox::default();
        let settings = SettingEngineBuilder::new()
            .with_crypto_provider(Arc::clone(&keys) as Arc<dyn RTCCryptoProvider>)
            .with_lite(true)
            .with_answering_dtls_role(RTCDtlsRole::Server)
            .with_ice_credentials(fragment.to_string(), password())
            .with_srtp_protection_profiles(vec![SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm])
            .with_srtp_replay_protection_window(REPLAY_WINDOW_PACKETS)
            // Whether the client is still there `reach` decides.
            .with_ice_timeouts(Some(Duration::ZERO), Some(Duration::ZERO), None)
            .build();
        let configuration = RTCConfigurationBuilder::new()
            .with_certificates(vec![identity.certificate.clone()])
            .build();
        let inner = RTCPeerConnectionBuilder::new()
            .with_configuration(configuration)
            .with_setting_engine(settings)
            .with_media_engine(codecs::media_engine(side)?)
            .with_interceptor_registry(codecs::interceptors(side, control.clone()))
            .build(now)?;
        let mut connection = Self {
            inner,
            keys,
            control,
            guard: Guard::default(),
            handshakes: VecDeque::new(),
            reach: Reach::default(),
            deadline: Some(now),
            connect_by: None,
            answer_by: None,
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
    pub(crate) fn answer(&mut self, now: Instant, offer: &str) -> Result<String, SfuError> {
        let offer = description::offer(offer)?;
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
        self.answer_by = Some(now + ANSWER);
        self.local_description()
    }

    /// Whether an offer of ours waits for its answer.
    pub(crate) fn awaits_answer(&self) -> bool {
        self.answer_by.is_some()
    }

    /// Takes the client's answer to our offer of so many sections.
    pub(crate) fn accept(
        &mut self,
        now: Instant,
        answer: &str,
        sections: usize,
    ) -> Result<(), SfuError> {
        let answer = description::answer(answer, sections)?;
        self.run(|inner| {
            inner.set_remote_description(now, RTCSessionDescription::answer(answer)?)
        })?;
        self.answer_by = None;
        if !self.has_connected {
            self.connect_by.get_or_insert(now + HANDSHAKE);
        }
        Ok(())
    }

    /// Whether a packet may be handled. Call it once for each.
    pub(crate) fn admit(&mut self, now: Instant, packet: &Received) -> Admission {
        self.guard.admit(now, packet)
    }

    /// Keeps a handshake packet for its turn. How many wait now; `None` if it found no room.
    pub(crate) fn queue_handshake(&mut self, packet: Received) -> Option<usize> {
        if self.handshakes.len() == HANDSHAKES {
            return None;
        }
        self.handshakes.push_back(packet);
        Some(self.handshakes.len())
    }

    /// The handshake packet whose turn it is, and how many wait behind it.
    pub(crate) fn next_handshake(&mut self) -> Option<(Received, usize)> {
        let packet = self.handshakes.pop_front()?;
        Some((packet, self.handshakes.len()))
    }

    pub(crate) fn handle_packet(&mut self, now: Instant, packet: Received) -> Result<(), SfuError> {
        self.reach.expect(now, &packet);
        let Received { route, bytes } = packet;
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

    /// Takes everything out: what is to be sent, and what arrived. Call it after every other call. The route of a check that
    /// was genuine.
    pub(crate) fn drain(
        &mut self,
        transmits: &mut Vec<Transmit>,
        arrivals: &mut Vec<Arrival>,
    ) -> Result<Option<Route>, SfuError> {
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
        arrivals.extend(self.control.take().into_iter().map(Arrival::Control));
        let genuine = self.reach.direct(&mut transmits[before..], &mut self.guard);
        if arrivals.iter().any(|it| matches!(it, Arrival::Connected)) {
            self.connect_by = None;
            self.has_connected = true;
        }
        self.deadline = self.run(|inner| Ok(inner.poll_timeout()))?;
        Ok(genuine)
    }

    /// Whether the client closed it (close_notify). The library has no event for that.
    pub(crate) fn is_closed(&mut self) -> Result<bool, SfuError> {
        self.run(|inner| {
            let receiver = inner.get_receivers().next();
            let sender = inner.get_senders().next();
            let state = match (receiver, sender) {
                (Some(id), _) => inner
                    .rtp_receiver(id)
                    .and_then(|it| it.transport().map(|it| it.state())),
                (None, Some(id)) => inner
                    .rtp_sender(id)
                    .and_then(|it| it.transport().map(|it| it.state())),
                (None, None) => None,
            };
            Ok(state == Some(RTCDtlsTransportState::Closed))
        })
    }

    pub(crate) fn close(&mut self) -> Result<(), SfuError> {
        self.run(|inner| inner.close())
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadline.into_iter().chain(self.lost_at()).min()
    }

    /// Whether an answer or the handshake took too long, or the client is gone.
    pub(crate) fn is_overdue(&self, now: Instant) -> bool {
        self.lost_at().is_some_and(|it| it <= now)
    }

    /// Where the client is; `None` until it said so.
    pub(crate) fn route(&self) -> Option<Route> {
        self.reach.route()
    }

    fn lost_at(&self) -> Option<Instant> {
        let deadlines = [self.connect_by, self.answer_by, self.reach.lost_at()];
        deadlines.into_iter().flatten().min()
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
        _ => None,
    }
}

//! Clients whose network blocks datagrams: packets framed in a stream (RFC 4571), ICE's passive side (RFC 6544).
//!
//! Rule: a client may come back under another connection, and the library never leaves the first; so every connection of one user
//! name fragment counts as the first's address, and what is sent there goes to the newest that lives.

use std::{
    collections::{HashMap, VecDeque},
    io::{self, ErrorKind, Read as _, Write as _},
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};

use bytes::{Buf as _, BytesMut};
use mio::{
    Interest, Registry, Token,
    net::{TcpListener, TcpStream},
};
use natter_sfu::{
    Protocol, Received, Route, Transmit,
    net::{
        framing::{FRAMING_HEADER_LEN, TcpFrameDecoder, frame_packet_to},
        stun,
    },
};

/// Connections altogether; over it new ones are closed.
const CONNECTIONS: usize = 1_024;
/// Who says nothing that names a call is closed after this.
const NAMELESS: Duration = Duration::from_secs(10);
/// What waits for one client: half a second of video. Over it whole packets are dropped.
const WAITING_BYTES: usize = 128 * 1024;
const READ_BYTES: usize = 64 * 1024;
/// Reads of one connection in one turn; the rest waits for the next.
const READS_PER_TURN: usize = 4;
/// Fragments that are remembered, so that a client can come back.
const NAMES: usize = 4_096;
const BOTH_WAYS: Interest = Interest::READABLE.add(Interest::WRITABLE);

/// The listening socket and its connections.
pub(super) struct Tcp {
    listener: TcpListener,
    advertised: SocketAddr,
    token: Token,
    next_token: usize,
    connections: HashMap<Token, Connection>,
    /// By user name fragment: the first address.
    names: HashMap<String, SocketAddr>,
    /// By first address: the newest connection.
    newest: HashMap<SocketAddr, Token>,
    /// Packets that a client's queue had no room for.
    pub(super) dropped: u64,
}

struct Connection {
    stream: TcpStream,
    /// The address that it counts as, once it said whose it is.
    known_as: Option<SocketAddr>,
    accepted_at: Instant,
    decoder: TcpFrameDecoder,
    waiting: VecDeque<BytesMut>,
    waiting_bytes: usize,
}

impl Tcp {
    /// `token` is the listener's; connections get those after it.
    pub(super) fn bind(address: SocketAddr, token: Token, registry: &Registry) -> io::Result<Self> {
        let mut listener = TcpListener::bind(address)?;
        registry.register(&mut listener, token, Interest::READABLE)?;
        Ok(Self {
            advertised: listener.local_addr()?,
            listener,
            token,
            next_token: token.0,
            connections: HashMap::new(),
            names: HashMap::new(),
            newest: HashMap::new(),
            dropped: 0,
        })
    }

    pub(super) fn token(&self) -> Token {
        self.token
    }

    pub(super) fn port(&self) -> u16 {
        self.advertised.port()
    }

    pub(super) fn advertise(&mut self, address: IpAddr) {
        self.advertised.set_ip(address);
    }

    pub(super) fn carries(&self, route: Route) -> bool {
        route.protocol == Protocol::Tcp && route.local == self.advertised
    }

    /// Something happened at a socket, if it is one of these.
    pub(super) fn handle(
        &mut self,
        now: Instant,
        token: Token,
        registry: &Registry,
        take: &mut impl FnMut(Received),
    ) {
        if token == self.token {
            self.accept(now, registry);
            return;
        }
        let read = self.read(token, registry, take);
        if read.and_then(|()| self.write(token)).is_err() {
            self.connections.remove(&token);
        }
    }

    /// Closes who never said whose they are.
    pub(super) fn close_nameless(&mut self, now: Instant) {
        let is_late = |connection: &Connection| {
            connection.known_as.is_none() && now >= connection.accepted_at + NAMELESS
        };
        self.connections
            .retain(|_, connection| !is_late(connection));
    }

    pub(super) fn send(&mut self, packet: &Transmit) {
        let token = self.newest.get(&packet.route.peer).copied();
        let connection = token.and_then(|token| self.connections.get_mut(&token));
        let (Some(token), Some(connection)) = (token, connection) else {
            self.dropped += 1;
            return;
        };
        let mut framed = BytesMut::zeroed(FRAMING_HEADER_LEN + packet.bytes.len());
        let fits = connection.waiting_bytes + framed.len() <= WAITING_BYTES;
        if !fits || frame_packet_to(&packet.bytes, &mut framed).is_none() {
            self.dropped += 1;
            return;
        }
        connection.waiting_bytes += framed.len();
        connection.waiting.push_back(framed);
        if self.write(token).is_err() {
            self.connections.remove(&token);
        }
    }

    fn accept(&mut self, now: Instant, registry: &Registry) {
        // Any error but "no more" is of one connection, or passes: the next readiness tries again.
        while let Ok((mut stream, _)) = self.listener.accept() {
            if self.connections.len() >= CONNECTIONS {
                continue;
            }
            self.next_token += 1;
            let token = Token(self.next_token);
            let registered = stream
                .set_nodelay(true)
                .and_then(|()| registry.register(&mut stream, token, BOTH_WAYS));
            if registered.is_err() {
                continue;
            }
            let connection = Connection {
                stream,
                known_as: None,
                accepted_at: now,
                decoder: TcpFrameDecoder::new(),
                waiting: VecDeque::new(),
                waiting_bytes: 0,
            };
            self.connections.insert(token, connection);
        }
    }

    fn read(
        &mut self,
        token: Token,
        registry: &Registry,
        take: &mut impl FnMut(Received),
    ) -> io::Result<()> {
        let mut buffer = [0; READ_BYTES];
        for _ in 0..READS_PER_TURN {
            let Some(connection) = self.connections.get_mut(&token) else {
                return Ok(());
            };
            let count = match connection.stream.read(&mut buffer) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            connection.decoder.extend_from_slice(&buffer[..count]);
            while let Some(packet) = self.next_packet(token)? {
                take(packet);
            }
        }
        // Readiness is told once; registered again, it is told again.
        let Some(connection) = self.connections.get_mut(&token) else {
            return Ok(());
        };
        registry.reregister(&mut connection.stream, token, BOTH_WAYS)
    }

    fn next_packet(&mut self, token: Token) -> io::Result<Option<Received>> {
        let Some(connection) = self.connections.get_mut(&token) else {
            return Ok(None);
        };
        let Some(packet) = connection.decoder.next_packet() else {
            return Ok(None);
        };
        let peer = match connection.known_as {
            Some(peer) => peer,
            None => self.name(token, &packet)?,
        };
        let route = Route {
            protocol: Protocol::Tcp,
            local: self.advertised,
            peer,
        };
        let bytes = BytesMut::from(&packet[..]);
        Ok(Some(Received { route, bytes }))
    }

    /// The first packet says whose the connection is.
    fn name(&mut self, token: Token, packet: &[u8]) -> io::Result<SocketAddr> {
        let name = stun::addressed_fragment(packet).ok_or(ErrorKind::InvalidData)?;
        if self.names.len() >= NAMES {
            self.forget_gone();
        }
        let connection = self.connections.get_mut(&token);
        let connection = connection.ok_or(ErrorKind::NotFound)?;
        let own = connection.stream.peer_addr()?;
        let first = *self.names.entry(name.to_owned()).or_insert(own);
        connection.known_as = Some(first);
        self.newest.insert(first, token);
        Ok(first)
    }

    /// Forgets the names of which no connection lives.
    fn forget_gone(&mut self) {
        let connections = &self.connections;
        self.newest
            .retain(|_, token| connections.contains_key(token));
        let newest = &self.newest;
        self.names.retain(|_, first| newest.contains_key(first));
    }

    /// Writes what waits, as far as the kernel takes it.
    fn write(&mut self, token: Token) -> io::Result<()> {
        let Some(connection) = self.connections.get_mut(&token) else {
            return Ok(());
        };
        while let Some(first) = connection.waiting.front_mut() {
            match connection.stream.write(first) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => {
                    first.advance(count);
                    connection.waiting_bytes -= count;
                    if first.is_empty() {
                        connection.waiting.pop_front();
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

//! Clients whose network blocks datagrams: packets framed in a stream (RFC 4571), ICE's passive side (RFC 6544).
//!
//! Rule: anybody can connect. So who does not begin with a check of a call that we have, and go on to send packets, is closed; and what
//! streams may bring in one turn is bounded, for each and for all.

mod connection;

use std::{
    collections::HashMap,
    io,
    net::{IpAddr, Ipv6Addr, SocketAddr},
    time::{Duration, Instant},
};

use mio::{Interest, Registry, Token, net::TcpListener};
use natter_sfu::{Protocol, Received, Route, Sfu, Transmit};

use connection::Connection;

/// Connections altogether; over it new ones are closed.
const CONNECTIONS: usize = 1_024;
/// Connections of one address, or of one network of IPv6: people of one office may share it.
const CONNECTIONS_PER_ADDRESS: usize = 64;
/// Who says nothing that names a call is closed after this.
const NAMELESS: Duration = Duration::from_secs(10);
/// Who says nothing any more is closed after this. Browsers check every 2.5 s.
const SILENT: Duration = Duration::from_secs(30);
/// Reads and packets of one connection in one turn, and of all; the rest waits for the next.
const STEPS_PER_TURN: usize = 64;
const ALL_STEPS_PER_TURN: usize = 1_024;
const READ_BYTES: usize = 16 * 1024;
/// What the kernel holds of one stream: it would keep seconds of it, and what comes so late is of no use.
const SEND_BUFFER_BYTES: usize = 64 * 1024;
const BACKLOG: i32 = 128;
const BOTH_WAYS: Interest = Interest::READABLE.add(Interest::WRITABLE);

/// The listening socket and its connections.
pub(super) struct Tcp {
    listener: TcpListener,
    advertised: SocketAddr,
    token: Token,
    next_token: usize,
    connections: HashMap<Token, Connection>,
    by_peer: HashMap<SocketAddr, Token>,
    /// That were given something to send in this turn.
    to_write: Vec<Token>,
    buffer: Vec<u8>,
    steps_left: usize,
    /// Packets that a client's queue had no room for.
    pub(super) dropped: u64,
}

impl Tcp {
    /// `token` is the listener's; connections get those after it.
    pub(super) fn bind(address: SocketAddr, token: Token, registry: &Registry) -> io::Result<Self> {
        let mut listener = listen(address)?;
        registry.register(&mut listener, token, Interest::READABLE)?;
        Ok(Self {
            advertised: listener.local_addr()?,
            listener,
            token,
            next_token: token.0,
            connections: HashMap::new(),
            by_peer: HashMap::new(),
            to_write: Vec::new(),
            buffer: vec![0; READ_BYTES],
            steps_left: ALL_STEPS_PER_TURN,
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
        sfu: &mut Sfu,
    ) {
        if token == self.token {
            self.accept(now, registry);
            return;
        }
        let read = self.read(now, token, registry, sfu);
        if read.and_then(|()| self.write(token)).is_err() {
            self.close(token);
        }
    }

    /// Sends what this turn brought, and begins the next.
    pub(super) fn end_turn(&mut self) {
        self.steps_left = ALL_STEPS_PER_TURN;
        for token in std::mem::take(&mut self.to_write) {
            if self.write(token).is_err() {
                self.close(token);
            }
        }
    }

    /// Closes who says nothing, and lets in whom an error kept out.
    pub(super) fn clean(&mut self, now: Instant, registry: &Registry) {
        let is_over = |connection: &Connection| {
            let patience = if connection.is_known {
                SILENT
            } else {
                NAMELESS
            };
            now >= connection.heard_at + patience
        };
        let over = self.connections.iter().filter(|(_, it)| is_over(it));
        for token in over.map(|(token, _)| *token).collect::<Vec<_>>() {
            self.close(token);
        }
        self.accept(now, registry);
    }

    /// Puts a packet into its client's queue, until the turn's end.
    pub(super) fn queue(&mut self, packet: &Transmit) {
        let token = self.by_peer.get(&packet.route.peer).copied();
        let connection = token.and_then(|token| self.connections.get_mut(&token));
        let (Some(token), Some(connection)) = (token, connection) else {
            self.dropped += 1;
            return;
        };
        match connection.queue(&packet.bytes) {
            true => self.to_write.push(token),
            false => self.dropped += 1,
        }
    }

    fn accept(&mut self, now: Instant, registry: &Registry) {
        // An error is that there are no more, or passes: `clean` tries again.
        while let Ok((mut stream, peer)) = self.listener.accept() {
            let network = network(peer.ip());
            let is_theirs = |other: &&SocketAddr| self::network(other.ip()) == network;
            let theirs = self.by_peer.keys().filter(is_theirs).count();
            if self.connections.len() >= CONNECTIONS || theirs >= CONNECTIONS_PER_ADDRESS {
                continue;
            }
            self.next_token += 1;
            let token = Token(self.next_token);
            let registered = stream
                .set_nodelay(true)
                .and_then(|()| registry.register(&mut stream, token, BOTH_WAYS));
            if registered.is_ok() {
                let connection = Connection::new(now, stream, peer);
                self.connections.insert(token, connection);
                self.by_peer.insert(peer, token);
            }
        }
    }

    fn read(
        &mut self,
        now: Instant,
        token: Token,
        registry: &Registry,
        sfu: &mut Sfu,
    ) -> io::Result<()> {
        let Some(connection) = self.connections.get_mut(&token) else {
            return Ok(());
        };
        for _ in 0..STEPS_PER_TURN.min(self.steps_left) {
            self.steps_left -= 1;
            let packet = match connection.decoder.next_packet().map_err(io::Error::other)? {
                Some(packet) => packet,
                None if connection.read(&mut self.buffer)? => continue,
                None => return Ok(()),
            };
            if !connection.is_known && !sfu.is_addressed(&packet) {
                return Err(io::ErrorKind::InvalidData.into());
            }
            connection.is_known = true;
            connection.heard_at = now;
            let route = Route {
                protocol: Protocol::Tcp,
                local: self.advertised,
                peer: connection.peer,
            };
            sfu.handle_packet(
                now,
                Received {
                    route,
                    bytes: packet,
                },
            );
        }
        // Readiness is told once; registered again, it is told again.
        registry.reregister(&mut connection.stream, token, BOTH_WAYS)
    }

    fn write(&mut self, token: Token) -> io::Result<()> {
        let connection = self.connections.get_mut(&token);
        connection.map_or(Ok(()), Connection::write)
    }

    fn close(&mut self, token: Token) {
        if let Some(connection) = self.connections.remove(&token) {
            self.by_peer.remove(&connection.peer);
        }
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let domain = socket2::Domain::for_address(address);
    let socket = socket2::Socket::new(domain, socket2::Type::STREAM, None)?;
    if address.is_ipv6() {
        // IPv4 has a socket of its own.
        socket.set_only_v6(true)?;
    }
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    // Connections have it from their listener.
    socket.set_send_buffer_size(SEND_BUFFER_BYTES)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(TcpListener::from_std(socket.into()))
}

/// What counts as one address: one household has a whole network of IPv6.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

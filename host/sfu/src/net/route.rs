//! Packets with where they come from and go to.

use std::net::SocketAddr;

use bytes::{Bytes, BytesMut};

/// How packets travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Protocol {
    /// One packet, one datagram.
    Udp,
    /// Packets framed in a stream (RFC 4571).
    Tcp,
}

/// A way between the server and a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Route {
    /// UDP or TCP.
    pub protocol: Protocol,
    /// The *advertised* address that the client reaches, not the one that a socket is bound to.
    pub local: SocketAddr,
    /// The client's address.
    pub peer: SocketAddr,
}

/// A packet that came in.
#[derive(Debug)]
pub struct Received {
    /// The way that it came.
    pub route: Route,
    /// Unframed.
    pub bytes: BytesMut,
}

/// A packet to be sent.
#[derive(Clone, Debug)]
pub struct Transmit {
    /// The way that it goes.
    pub route: Route,
    /// Not framed yet.
    pub bytes: Bytes,
}

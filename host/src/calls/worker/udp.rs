//! Datagrams, many to a system call.
//!
//! Rule: what the kernel does not take now is dropped and counted. Media that waits is late, and late is as good as lost.

use std::{
    collections::{BTreeMap, HashMap},
    io::{self, IoSlice, IoSliceMut},
    net::SocketAddr,
    os::fd::AsRawFd as _,
};

use bytes::BytesMut;
use mio::net::UdpSocket;
use natter_sfu::{Protocol, Received, Route, Transmit};
use nix::{
    cmsg_space,
    errno::Errno,
    sys::socket::{ControlMessage, MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg, sendmmsg},
};

/// Datagrams that one call takes or gives.
const BATCH: usize = 64;
/// A datagram that is longer is cut, and then refused: media fits a network's 1,500 bytes.
const DATAGRAM_BYTES: usize = 2_048;
/// The most datagrams of one train (`UDP_MAX_SEGMENTS`), and its bytes.
const TRAIN_DATAGRAMS: usize = 64;
const TRAIN_BYTES: usize = 60_000;
/// What the kernel may hold: a keyframe to a hundred subscribers.
const BUFFER_BYTES: usize = 4 * 1024 * 1024;

/// One bound socket.
pub(super) struct Udp {
    pub(super) socket: UdpSocket,
    /// As clients know it.
    advertised: SocketAddr,
    incoming: MultiHeaders<SockaddrStorage>,
    outgoing: MultiHeaders<SockaddrStorage>,
    outgoing_trains: MultiHeaders<SockaddrStorage>,
    buffers: Vec<[u8; DATAGRAM_BYTES]>,
    takes_trains: bool,
}

/// Datagrams to one client that leave together (generic segmentation offload): all of one size, but the last may be smaller.
struct Train<'a> {
    peer: SocketAddr,
    /// How many of the client's trains come before.
    place: usize,
    datagram_bytes: usize,
    slices: Vec<IoSlice<'a>>,
    bytes: usize,
}

impl Udp {
    pub(super) fn bind(address: SocketAddr) -> io::Result<Self> {
        let domain = socket2::Domain::for_address(address);
        let socket = socket2::Socket::new(domain, socket2::Type::DGRAM, None)?;
        if address.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        socket.set_nonblocking(true)?;
        // The kernel gives less if its own limit is lower.
        socket.set_send_buffer_size(BUFFER_BYTES)?;
        socket.set_recv_buffer_size(BUFFER_BYTES)?;
        socket.bind(&address.into())?;
        let socket = UdpSocket::from_std(socket.into());
        Ok(Self {
            advertised: socket.local_addr()?,
            socket,
            incoming: MultiHeaders::preallocate(BATCH, None),
            outgoing: MultiHeaders::preallocate(BATCH, None),
            outgoing_trains: MultiHeaders::preallocate(BATCH, Some(cmsg_space!(u16))),
            buffers: vec![[0; DATAGRAM_BYTES]; BATCH],
            takes_trains: true,
        })
    }

    pub(super) fn port(&self) -> u16 {
        self.advertised.port()
    }

    pub(super) fn advertise(&mut self, address: std::net::IpAddr) {
        self.advertised.set_ip(address);
    }

    /// Whether packets of this route go through this socket.
    pub(super) fn carries(&self, route: Route) -> bool {
        route.protocol == Protocol::Udp && route.peer.is_ipv4() == self.advertised.is_ipv4()
    }

    /// Takes what has come, up to a batch. Whether there may be more.
    pub(super) fn receive(&mut self, mut take: impl FnMut(Received)) -> io::Result<bool> {
        let fd = self.socket.as_raw_fd();
        let mut slices: Vec<[IoSliceMut<'_>; 1]> = self
            .buffers
            .iter_mut()
            .map(|buffer| [IoSliceMut::new(buffer)])
            .collect();
        let flags = MsgFlags::MSG_DONTWAIT;
        let results = match recvmmsg(fd, &mut self.incoming, slices.iter_mut(), flags, None) {
            Ok(results) => results,
            Err(Errno::EAGAIN | Errno::EINTR) => return Ok(false),
            // What an earlier datagram met; the next call gives the next datagram.
            Err(Errno::ECONNREFUSED) => return Ok(true),
            Err(error) => return Err(error.into()),
        };
        let mut count = 0;
        for result in results {
            count += 1;
            let peer = result.address.as_ref().and_then(socket_address);
            let bytes = result.iovs().next().map(BytesMut::from);
            if let (Some(peer), Some(bytes)) = (peer, bytes) {
                let route = Route {
                    protocol: Protocol::Udp,
                    local: self.advertised,
                    peer,
                };
                take(Received { route, bytes });
            }
        }
        Ok(count == BATCH)
    }

    /// Sends all. How many datagrams the kernel did not take.
    pub(super) fn send(&mut self, packets: &[&Transmit]) -> u64 {
        let trains = trains(packets, self.takes_trains);
        // One call takes trains of one size. A client's own trains stay in order.
        let mut calls = BTreeMap::<(usize, usize), Vec<&Train<'_>>>::new();
        for train in &trains {
            let size = if train.slices.len() > 1 {
                train.datagram_bytes
            } else {
                0
            };
            calls.entry((train.place, size)).or_default().push(train);
        }
        let mut unsent = 0;
        for ((_, size), trains) in calls {
            for batch in trains.chunks(BATCH) {
                unsent += self.send_batch(batch, size);
            }
        }
        unsent
    }

    /// Sends trains of one datagram size; 0: single datagrams.
    fn send_batch(&mut self, mut batch: &[&Train<'_>], datagram_bytes: usize) -> u64 {
        let fd = self.socket.as_raw_fd();
        let segment = datagram_bytes as u16;
        let segmented = [ControlMessage::UdpGsoSegments(&segment)];
        let (headers, control): (_, &[ControlMessage<'_>]) = match datagram_bytes {
            0 => (&mut self.outgoing, &[]),
            _ => (&mut self.outgoing_trains, &segmented),
        };
        let mut refused = 0;
        while !batch.is_empty() {
            let peers: Vec<Option<SockaddrStorage>> =
                batch.iter().map(|train| Some(train.peer.into())).collect();
            let slices = batch.iter().map(|train| &train.slices);
            let flags = MsgFlags::MSG_DONTWAIT;
            let sent = sendmmsg(fd, headers, slices, &peers, control, flags);
            match sent.map(Iterator::count) {
                Ok(0) | Err(Errno::EAGAIN) => break,
                Ok(sent) => batch = &batch[sent..],
                Err(Errno::EINTR) => {}
                Err(error @ (Errno::EIO | Errno::EINVAL)) if datagram_bytes > 0 => {
                    // EIO: this network device cannot take trains apart. EINVAL: the way to one of these clients cannot take the datagrams.
                    self.takes_trains &= error != Errno::EIO;
                    return refused + self.send_singly(batch);
                }
                // This one cannot be reached; the others can.
                Err(_) => {
                    refused += batch[0].slices.len() as u64;
                    batch = &batch[1..];
                }
            }
        }
        let left: u64 = batch.iter().map(|train| train.slices.len() as u64).sum();
        refused + left
    }

    fn send_singly(&mut self, trains: &[&Train<'_>]) -> u64 {
        let mut singles = Vec::new();
        for train in trains {
            singles.extend(
                train
                    .slices
                    .iter()
                    .map(|slice| Train::single(train.peer, slice)),
            );
        }
        let singles: Vec<&Train<'_>> = singles.iter().collect();
        let batches = singles.chunks(BATCH);
        batches.map(|batch| self.send_batch(batch, 0)).sum()
    }
}

/// Each client's packets in order, in trains where that is possible.
fn trains<'a>(packets: &[&'a Transmit], together: bool) -> Vec<Train<'a>> {
    let mut trains: Vec<Train<'a>> = Vec::with_capacity(packets.len());
    let mut last = HashMap::<SocketAddr, usize>::new();
    for packet in packets {
        let peer = packet.route.peer;
        let open = last.get(&peer).copied().filter(|_| together);
        if let Some(index) = open.filter(|index| trains[*index].takes(packet.bytes.len())) {
            trains[index].push(&packet.bytes);
            continue;
        }
        let before = last.insert(peer, trains.len());
        let place = before.map_or(0, |index| trains[index].place + 1);
        let single = Train::single(peer, &packet.bytes);
        trains.push(Train { place, ..single });
    }
    trains
}

impl<'a> Train<'a> {
    fn single(peer: SocketAddr, datagram: &'a [u8]) -> Self {
        Self {
            peer,
            place: 0,
            datagram_bytes: datagram.len(),
            slices: vec![IoSlice::new(datagram)],
            bytes: datagram.len(),
        }
    }

    /// Whether another datagram of so many bytes fits behind: not behind one that was smaller already.
    fn takes(&self, bytes: usize) -> bool {
        bytes <= self.datagram_bytes
            && self.bytes == self.datagram_bytes * self.slices.len()
            && self.slices.len() < TRAIN_DATAGRAMS
            && self.bytes + bytes <= TRAIN_BYTES
    }

    fn push(&mut self, datagram: &'a [u8]) {
        self.slices.push(IoSlice::new(datagram));
        self.bytes += datagram.len();
    }
}

fn socket_address(address: &SockaddrStorage) -> Option<SocketAddr> {
    let v4 = address
        .as_sockaddr_in()
        .map(|v4| SocketAddr::V4((*v4).into()));
    v4.or_else(|| {
        address
            .as_sockaddr_in6()
            .map(|v6| SocketAddr::V6((*v6).into()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(port: u16, bytes: usize) -> Transmit {
        Transmit {
            route: Route {
                protocol: Protocol::Udp,
                local: ([127, 0, 0, 1], 1).into(),
                peer: ([127, 0, 0, 1], port).into(),
            },
            bytes: vec![7; bytes].into(),
        }
    }

    #[test]
    fn a_train_is_of_one_client_and_one_size_but_for_its_last() {
        let packets = [
            (1, 100),
            (2, 100),
            (1, 100),
            (1, 60),
            (1, 100),
            (2, 200),
            (1, 100),
        ]
        .map(|(port, bytes)| packet(port, bytes));
        let packets: Vec<&Transmit> = packets.iter().collect();
        let shape = |together| -> Vec<(u16, Vec<usize>)> {
            let trains = trains(&packets, together);
            let shape = trains.iter().map(|train| {
                let sizes = train.slices.iter().map(|slice| slice.len()).collect();
                (train.peer.port(), sizes)
            });
            shape.collect()
        };
        let expected = [
            (1, vec![100, 100, 60]),
            (2, vec![100]),
            (1, vec![100, 100]),
            (2, vec![200]),
        ];
        assert_eq!(shape(true), expected);
        assert_eq!(shape(false).len(), packets.len());
    }

    #[test]
    fn what_is_sent_in_trains_arrives_as_datagrams() {
        let mut sender = Udp::bind(([127, 0, 0, 1], 0).into()).expect("a free port");
        let mut receiver = Udp::bind(([127, 0, 0, 1], 0).into()).expect("a free port");
        let packets: Vec<Transmit> = (0..200).map(|_| packet(receiver.port(), 1000)).collect();
        let unsent = sender.send(&packets.iter().collect::<Vec<_>>());
        assert_eq!(unsent, 0);
        let mut sizes = Vec::new();
        while receiver
            .receive(|received| sizes.push(received.bytes.len()))
            .expect("it is open")
        {}
        assert_eq!(sizes, [1000; 200]);
    }
}

//! What one client may cost, before anything is decrypted or verified.
//!
//! Rule: whatever the library keeps or does for a packet that nobody has vouched for yet is bounded here, per connection. So a client that
//! misbehaves, or somebody who writes in its name, harms that connection and no other.

use std::time::Instant;

use super::{
    bucket::Bucket,
    dtls,
    packet::PacketKind,
    route::{Received, Route},
    stun::Check,
};

/// A client that publishes all it can sends some 700.
const PACKETS_PER_SECOND: u32 = 3_000;
/// Browsers report a few times per stream at most. A report can cost more than a packet of media: it lists others.
const REPORTS_PER_SECOND: u32 = 500;
/// Browsers begin with up to twenty, and go on with one in some seconds.
const CHECKS_PER_SECOND: u32 = 100;
/// Addresses that a client was seen at: the library keeps each for good. A client has a few networks, and changes them now and then.
const PEERS: usize = 32;
/// The library keeps a state for each SSRC that it is told of. Browsers have a few; some report under one per stream that they get.
const SSRCS: usize = 256;
/// Pieces of handshakes (`dtls::pieces`) in a connection's life. A handshake has some 20, and a few more for each time that a flight is repeated.
const HANDSHAKE_PIECES: usize = 512;

/// What is to be done with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    Admitted,
    /// Admitted, and may cost a millisecond of arithmetic.
    Handshake,
    /// More than a connection may have.
    Flooded,
    /// Nothing that a client of ours sends.
    Malformed,
}

#[derive(Debug)]
pub(crate) struct Guard {
    packets: Bucket,
    reports: Bucket,
    checks: Bucket,
    peers: Vec<Route>,
    ssrcs: Vec<u32>,
    handshake_pieces: usize,
}

impl Default for Guard {
    fn default() -> Self {
        Self {
            packets: Bucket::new(PACKETS_PER_SECOND),
            reports: Bucket::new(REPORTS_PER_SECOND),
            checks: Bucket::new(CHECKS_PER_SECOND),
            peers: Vec::new(),
            ssrcs: Vec::new(),
            handshake_pieces: 0,
        }
    }
}

impl Guard {
    pub(crate) fn admit(&mut self, now: Instant, packet: &Received) -> Admission {
        if !self.packets.take(now) {
            return Admission::Flooded;
        }
        let fits = match PacketKind::of(&packet.bytes) {
            None => return Admission::Malformed,
            Some(PacketKind::Stun) => {
                // The library would change roles before it looks at the signature, and then ping by itself.
                if Check::read(&packet.bytes).is_some_and(|check| check.is_controlled) {
                    return Admission::Malformed;
                }
                self.checks.take(now) && self.has_room_for(packet.route)
            }
            Some(PacketKind::Dtls) => {
                let Some(pieces) = dtls::pieces(&packet.bytes) else {
                    return Admission::Malformed;
                };
                self.handshake_pieces += pieces;
                if self.handshake_pieces <= HANDSHAKE_PIECES {
                    return Admission::Handshake;
                }
                false
            }
            Some(PacketKind::Control { ssrc }) => self.reports.take(now) && self.knows(ssrc),
            Some(PacketKind::Media { ssrc }) => self.knows(ssrc),
        };
        match fits {
            true => Admission::Admitted,
            false => Admission::Flooded,
        }
    }

    /// The library took a check on this route for genuine.
    pub(crate) fn note_peer(&mut self, route: Route) {
        if !self.peers.contains(&route) {
            self.peers.push(route);
        }
    }

    fn has_room_for(&self, route: Route) -> bool {
        self.peers.len() < PEERS || self.peers.contains(&route)
    }

    fn knows(&mut self, ssrc: u32) -> bool {
        let is_known = self.ssrcs.contains(&ssrc);
        let has_room = self.ssrcs.len() < SSRCS;
        if !is_known && has_room {
            self.ssrcs.push(ssrc);
        }
        is_known || has_room
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::BytesMut;

    use super::{Admission, CHECKS_PER_SECOND, Guard, PACKETS_PER_SECOND, PEERS, SSRCS};
    use crate::{
        net::route::{Protocol, Received, Route},
        tests::epoch,
    };

    fn packet(port: u16, bytes: &[u8]) -> Received {
        Received {
            route: Route {
                protocol: Protocol::Udp,
                local: ([127, 0, 0, 1], 1).into(),
                peer: ([127, 0, 0, 1], port).into(),
            },
            bytes: BytesMut::from(bytes),
        }
    }

    fn media(ssrc: u32) -> Received {
        let mut bytes = [0x80, 96, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        bytes[8..].copy_from_slice(&ssrc.to_be_bytes());
        packet(1, &bytes)
    }

    #[test]
    fn a_flood_is_cut_to_what_a_connection_may_have() {
        let start = epoch();
        let mut guard = Guard::default();
        let mut admitted = 0;
        // Twenty thousand in a second.
        for index in 0..20_000 {
            let now = start + Duration::from_micros(50) * index;
            admitted += u32::from(guard.admit(now, &media(1)) == Admission::Admitted);
        }
        let most = 2 * PACKETS_PER_SECOND;
        assert!((most - 10..=most).contains(&admitted), "{admitted}");
    }

    #[test]
    fn states_that_nobody_vouched_for_are_few() {
        let mut guard = Guard::default();
        let admitted = (0..2_000).filter(|ssrc| {
            let admission = guard.admit(epoch(), &media(*ssrc));
            admission == Admission::Admitted
        });
        assert_eq!(admitted.count(), SSRCS);
        assert_eq!(guard.admit(epoch(), &media(0)), Admission::Admitted);
    }

    #[test]
    fn checks_are_few_and_from_few_addresses() {
        let start = epoch();
        let check = b"\0\x01\0\0\x21\x12\xa4\x42............";
        let mut guard = Guard::default();
        let admitted =
            (0..1_000).filter(|_| guard.admit(start, &packet(1, check)) == Admission::Admitted);
        assert_eq!(admitted.count(), CHECKS_PER_SECOND as usize);
        let later = start + Duration::from_secs(1);
        for port in 0..PEERS as u16 {
            guard.note_peer(packet(port, check).route);
        }
        assert_eq!(guard.admit(later, &packet(0, check)), Admission::Admitted);
        assert_eq!(guard.admit(later, &packet(999, check)), Admission::Flooded);
    }

    #[test]
    fn who_claims_the_other_role_and_what_is_nothing_is_refused() {
        let claim =
            b"\0\x01\0\x14\x21\x12\xa4\x42............\0\x06\0\x03a:b\0\x80\x29\0\x08roleless";
        for bytes in [&claim[..], b"", b"\x50channel", b"\x16\xfe\xfd"] {
            let mut guard = Guard::default();
            let admission = guard.admit(epoch(), &packet(1, bytes));
            assert_eq!(admission, Admission::Malformed, "{bytes:?}");
        }
    }
}

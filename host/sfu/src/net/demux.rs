//! Which connection a packet belongs to.
//!
//! Rule: the user name fragment of a binding request names the connection; every other packet goes by its route, and a
//! route is learnt only from a check that its connection took for genuine, so only from who knows its password.

use std::{
    collections::HashMap,
    fmt,
    time::{Duration, Instant},
};

use super::{route::Route, stun::Check};
use crate::{ParticipantId, RoomId};

/// Routes that one connection is reached by: a few networks, each by UDP and TCP, IPv4 and IPv6, and all of them checked now and then.
/// Over it the one that was heard of least lately is forgotten.
const ROUTES_PER_CONNECTION: usize = 32;
/// A route of which its connection heard so lately no other connection takes. Browsers check every 2.5 s.
const TAKEN: Duration = Duration::from_secs(10);

/// The two connections of a participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// What the participant sends.
    Publish,
    /// What the participant is sent.
    Subscribe,
}

/// One connection of one participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ConnectionKey {
    pub(crate) room: RoomId,
    pub(crate) participant: ParticipantId,
    pub(crate) side: Side,
}

/// A connection's name in binding requests: random, so that nobody meets it by chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Fragment(u64);

impl Fragment {
    pub(crate) fn random() -> Self {
        Self(rand::random())
    }

    fn parse(text: &str) -> Option<Self> {
        let well_formed = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = well_formed.then(|| u64::from_str_radix(text, 16));
        number?.ok().map(Self)
    }
}

impl fmt::Display for Fragment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

#[derive(Debug, Default)]
pub(crate) struct Demux {
    fragments: HashMap<Fragment, ConnectionKey>,
    routes: HashMap<Route, Owner>,
    connections: HashMap<ConnectionKey, Known>,
}

#[derive(Debug)]
struct Owner {
    key: ConnectionKey,
    heard_at: Instant,
}

#[derive(Debug)]
struct Known {
    fragment: Fragment,
    /// The least lately heard of first. Invariant: `Demux::routes` has the same.
    routes: Vec<Route>,
}

impl Demux {
    /// Makes a connection reachable; what was known of one in its place is forgotten.
    pub(crate) fn insert(&mut self, key: ConnectionKey, fragment: Fragment) {
        self.forget(key);
        self.fragments.insert(fragment, key);
        let routes = Vec::new();
        self.connections.insert(key, Known { fragment, routes });
    }

    pub(crate) fn forget(&mut self, key: ConnectionKey) {
        let Some(known) = self.connections.remove(&key) else {
            return;
        };
        self.fragments.remove(&known.fragment);
        for route in known.routes {
            self.routes.remove(&route);
        }
    }

    /// Forgets all of a room's.
    pub(crate) fn forget_room(&mut self, room: RoomId) {
        self.connections.retain(|key, _| key.room != room);
        self.fragments.retain(|_, key| key.room != room);
        self.routes.retain(|_, owner| owner.key.room != room);
    }

    /// Whose packet it is.
    pub(crate) fn find(&self, route: Route, packet: &[u8]) -> Option<ConnectionKey> {
        match Check::read(packet) {
            Some(check) => self.addressed(check),
            None => Some(self.routes.get(&route)?.key),
        }
    }

    /// For whom a check is.
    pub(crate) fn addressed(&self, check: Check<'_>) -> Option<ConnectionKey> {
        let fragment = Fragment::parse(check.fragment)?;
        self.fragments.get(&fragment).copied()
    }

    /// A check of this connection came on this route, and was genuine.
    pub(crate) fn learn(&mut self, now: Instant, route: Route, key: ConnectionKey) {
        if !self.connections.contains_key(&key) {
            return;
        }
        if let Some(owner) = self.routes.get(&route) {
            if owner.key != key && now < owner.heard_at + TAKEN {
                return;
            }
            if let Some(known) = self.connections.get_mut(&owner.key) {
                known.routes.retain(|it| *it != route);
            }
        }
        if let Some(known) = self.connections.get_mut(&key) {
            if known.routes.len() == ROUTES_PER_CONNECTION {
                self.routes.remove(&known.routes.remove(0));
            }
            known.routes.push(route);
        }
        let heard_at = now;
        self.routes.insert(route, Owner { key, heard_at });
    }
}

#[cfg(test)]
mod tests {
    use super::{ConnectionKey, Demux, Fragment, ROUTES_PER_CONNECTION, Side, TAKEN};
    use crate::{
        ParticipantId, RoomId,
        net::route::{Protocol, Route},
        tests::epoch,
    };

    fn key(participant: u128) -> ConnectionKey {
        ConnectionKey {
            room: RoomId(1),
            participant: ParticipantId(participant),
            side: Side::Publish,
        }
    }

    fn route(port: u16) -> Route {
        Route {
            protocol: Protocol::Udp,
            local: ([127, 0, 0, 1], 1).into(),
            peer: ([127, 0, 0, 1], port).into(),
        }
    }

    #[test]
    fn a_route_leads_to_who_was_heard_there_last_but_a_live_one_is_not_taken() {
        let start = epoch();
        let mut demux = Demux::default();
        for participant in [1, 2] {
            demux.insert(key(participant), Fragment(participant as u64));
        }
        demux.learn(start, route(9), key(1));
        demux.learn(start + TAKEN / 2, route(9), key(2));
        assert_eq!(demux.find(route(9), b"\x80media"), Some(key(1)));
        demux.learn(start + TAKEN, route(9), key(2));
        assert_eq!(demux.find(route(9), b"\x80media"), Some(key(2)));
        demux.forget(key(1));
        assert_eq!(demux.find(route(9), b"\x80media"), Some(key(2)));
        assert_eq!(demux.find(route(8), b"\x80media"), None);
    }

    #[test]
    fn routes_of_one_connection_are_bounded_and_those_in_use_stay() {
        let start = epoch();
        let mut demux = Demux::default();
        demux.insert(key(1), Fragment(1));
        for port in 0..100 {
            demux.learn(start, route(port), key(1));
            demux.learn(start, route(0), key(1));
        }
        assert_eq!(demux.routes.len(), ROUTES_PER_CONNECTION);
        for port in [0, 99] {
            assert_eq!(demux.find(route(port), b""), Some(key(1)));
        }
        demux.forget(key(1));
        assert!(demux.routes.is_empty() && demux.fragments.is_empty());
    }
}

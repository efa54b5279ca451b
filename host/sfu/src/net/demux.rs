//! Which connection a packet belongs to.
//!
//! Rule: the user name fragment of a binding request names the connection; every other packet goes by its route, and a
//! route is learnt only from a connection that answered on it, so only from who knows its password.

use std::{collections::HashMap, fmt};

use super::{route::Route, stun};
use crate::{ParticipantId, RoomId};

/// Routes that one connection is reached by. A client has a few networks; over it the oldest is forgotten.
const ROUTES_PER_CONNECTION: usize = 8;

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
    routes: HashMap<Route, ConnectionKey>,
    connections: HashMap<ConnectionKey, Known>,
}

#[derive(Debug)]
struct Known {
    fragment: Fragment,
    /// Oldest first.
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
            // Another connection may have answered there since.
            if self.routes.get(&route) == Some(&key) {
                self.routes.remove(&route);
            }
        }
    }

    /// Forgets all of a room's.
    pub(crate) fn forget_room(&mut self, room: RoomId) {
        self.connections.retain(|key, _| key.room != room);
        self.fragments.retain(|_, key| key.room != room);
        self.routes.retain(|_, key| key.room != room);
    }

    /// Whose packet it is.
    pub(crate) fn find(&self, route: Route, packet: &[u8]) -> Option<ConnectionKey> {
        match stun::addressed_fragment(packet) {
            Some(fragment) => self.fragments.get(&Fragment::parse(fragment)?).copied(),
            None => self.routes.get(&route).copied(),
        }
    }

    /// A connection answered on this route.
    pub(crate) fn learn(&mut self, route: Route, key: ConnectionKey) {
        if self.routes.get(&route) == Some(&key) {
            return;
        }
        let Some(known) = self.connections.get_mut(&key) else {
            return;
        };
        if known.routes.len() == ROUTES_PER_CONNECTION {
            let oldest = known.routes.remove(0);
            if self.routes.get(&oldest) == Some(&key) {
                self.routes.remove(&oldest);
            }
        }
        known.routes.push(route);
        self.routes.insert(route, key);
    }
}

#[cfg(test)]
mod tests {
    use super::{ConnectionKey, Demux, Fragment, ROUTES_PER_CONNECTION, Side};
    use crate::{
        ParticipantId, RoomId,
        net::route::{Protocol, Route},
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
    fn a_route_leads_to_who_answered_there_last() {
        let mut demux = Demux::default();
        for participant in [1, 2] {
            demux.insert(key(participant), Fragment(participant as u64));
            demux.learn(route(9), key(participant));
        }
        demux.forget(key(1));
        assert_eq!(demux.find(route(9), b"\x80media"), Some(key(2)));
        assert_eq!(demux.find(route(8), b"\x80media"), None);
    }

    #[test]
    fn routes_of_one_connection_are_bounded() {
        let mut demux = Demux::default();
        demux.insert(key(1), Fragment(1));
        for port in 0..100 {
            demux.learn(route(port), key(1));
        }
        assert_eq!(demux.routes.len(), ROUTES_PER_CONNECTION);
        assert_eq!(demux.find(route(99), b""), Some(key(1)));
        demux.forget(key(1));
        assert!(demux.routes.is_empty() && demux.fragments.is_empty());
    }
}

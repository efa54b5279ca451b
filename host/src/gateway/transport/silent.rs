//! Connections that have asked for nothing yet: in their TLS handshake, or before their first request.
//!
//! Rule: one address has only a part of all places for them, so that it keeps nobody else out by connecting and saying nothing. What is
//! more is reset at once. A trusted proxy stands for many people, and counts for none.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ipnet::IpNet;

use crate::gateway::limits::ClientAddress;

/// How many addresses it takes at least to keep everybody out. Chosen, not standard.
const ADDRESSES: usize = 16;

/// What one address may have of them at least. Chosen, not standard: two browsers of one household.
const LEAST: usize = 16;

/// How many there are of each address.
#[derive(Debug)]
pub(super) struct SilentConnections {
    of_each: usize,
    trusted: Vec<IpNet>,
    /// As many as there are such connections, at most.
    counts: Mutex<HashMap<ClientAddress, usize>>,
}

/// The place of one; it ends with this.
#[derive(Debug)]
pub(super) struct SilentPlace {
    of: Option<(Arc<SilentConnections>, ClientAddress)>,
}

impl SilentConnections {
    /// A part of all connections for each address, but for those of trusted proxies.
    pub(super) fn new(connections: usize, trusted: Vec<IpNet>) -> Arc<Self> {
        Arc::new(Self {
            of_each: (connections / ADDRESSES).max(LEAST),
            trusted,
            counts: Mutex::default(),
        })
    }

    /// A place for a connection from there; none if that address has all of its own.
    pub(super) fn place(self: &Arc<Self>, from: IpAddr) -> Option<SilentPlace> {
        let from = from.to_canonical();
        if self.trusted.iter().any(|it| it.contains(&from)) {
            return Some(SilentPlace { of: None });
        }
        let address = ClientAddress::of(from);
        let mut counts = self.lock();
        let count = counts.entry(address).or_default();
        if *count >= self.of_each {
            return None;
        }
        *count += 1;
        Some(SilentPlace {
            of: Some((Arc::clone(self), address)),
        })
    }

    // Each change is whole before anything can panic.
    fn lock(&self) -> MutexGuard<'_, HashMap<ClientAddress, usize>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for SilentPlace {
    fn drop(&mut self) {
        let Some((all, address)) = &self.of else {
            return;
        };
        let mut counts = all.lock();
        if let Some(count) = counts.get_mut(address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn an_address_has_its_part_and_a_proxy_is_not_counted() {
        let all = SilentConnections::new(LEAST, vec!["10.0.0.0/8".parse().unwrap()]);
        let place = |from: &str| all.place(from.parse().unwrap());
        let mut held: Vec<_> = (0..LEAST).map(|_| place("192.0.2.1").unwrap()).collect();
        assert!(place("192.0.2.1").is_none());
        assert!(place("::ffff:192.0.2.1").is_none(), "the same address");
        assert!(place("192.0.2.2").is_some());
        for _ in 0..2 * LEAST {
            held.push(place("10.1.2.3").unwrap());
        }
        held.truncate(LEAST - 1);
        assert!(place("192.0.2.1").is_some());
        drop(held);
        assert!(all.lock().is_empty(), "what is over is forgotten");
    }
}

//! What the worker needs to know.

use std::net::{IpAddr, SocketAddr};

use natter_sfu::Protocol;

/// Where media goes in and out.
#[derive(Clone, Debug)]
pub struct MediaOptions {
    /// The addresses that sockets are bound to: one IPv4, one IPv6, or both.
    pub bind: Vec<IpAddr>,
    /// The addresses at which clients reach them. If empty: the bound ones.
    pub advertised: Vec<IpAddr>,
    /// For datagrams; 0 takes a free one.
    pub udp_port: u16,
    /// For clients whose network blocks datagrams; `None`: there is no such port.
    pub tcp_port: Option<u16>,
    /// The most that one call may have.
    pub participants_per_room: usize,
}

impl MediaOptions {
    /// With these ports, all that clients are told.
    pub(super) fn candidates(
        &self,
        udp_port: u16,
        tcp_port: Option<u16>,
    ) -> Vec<(Protocol, SocketAddr)> {
        let ports = [(Protocol::Udp, Some(udp_port)), (Protocol::Tcp, tcp_port)];
        let ports = ports
            .into_iter()
            .filter_map(|(protocol, port)| Some((protocol, port?)));
        ports
            .flat_map(|(protocol, port)| {
                let addresses = self.addresses().iter();
                addresses.map(move |address| (protocol, SocketAddr::new(*address, port)))
            })
            .collect()
    }

    /// The address that clients of a bound address' family reach; the bound one if none is advertised.
    pub(super) fn advertised_for(&self, bound: IpAddr) -> IpAddr {
        let mut addresses = self.addresses().iter();
        let same_family = addresses.find(|address| address.is_ipv4() == bound.is_ipv4());
        same_family.copied().unwrap_or(bound)
    }

    /// Whether nobody outside can reach it, as far as addresses tell.
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.addresses().iter().all(|address| match address {
            IpAddr::V4(v4) => {
                v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_unspecified()
            }
            IpAddr::V6(v6) => {
                v6.is_loopback()
                    || v6.is_unique_local()
                    || v6.is_unicast_link_local()
                    || v6.is_unspecified()
            }
        })
    }

    fn addresses(&self) -> &[IpAddr] {
        if self.advertised.is_empty() {
            &self.bind
        } else {
            &self.advertised
        }
    }
}

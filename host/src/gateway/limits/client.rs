//! Which address a request came from, through the proxies that the operator trusts.
//!
//! Rule: what a header says counts only where a trusted proxy wrote it: it is read from its end, each trusted address vouching for
//! the one before it. What a client made up stands further left and is never reached.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use axum::http::HeaderMap;
use ipnet::IpNet;

/// The bits of an IPv6 address that one customer is given (RFC 6177 §2: at least so many).
const IPV6_PREFIX_BITS: u32 = 64;

/// Whose requests are counted together: an IPv4 address, or the /64 of an IPv6 one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::gateway) struct ClientAddress(IpAddr);

impl ClientAddress {
    /// Of requests whose address is not known; they share one.
    pub(super) const UNKNOWN: Self = Self(IpAddr::V4(Ipv4Addr::UNSPECIFIED));

    pub(in crate::gateway) fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => {
                let prefix = address.to_bits() & (u128::MAX << (128 - IPV6_PREFIX_BITS));
                IpAddr::V6(Ipv6Addr::from_bits(prefix))
            }
            v4 @ IpAddr::V4(_) => v4,
        })
    }
}

/// The header in which proxies name the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyHeader {
    /// `X-Forwarded-For`, the common one.
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// The proxies in front of the server.
#[derive(Clone, Debug)]
pub struct Proxies {
    /// Their addresses.
    pub trusted: Vec<IpNet>,
    /// The one header that they write. A client may send the other.
    pub header: ProxyHeader,
}

impl Proxies {
    /// The client behind a connection from `peer`.
    pub(super) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> ClientAddress {
        let mut client = peer.to_canonical();
        let named = match self.header {
            ProxyHeader::XForwardedFor => named(headers, "x-forwarded-for", |hop| Some(hop)),
            ProxyHeader::Forwarded => named(headers, "forwarded", for_parameter),
        };
        for hop in named.into_iter().rev() {
            if !self.trusts(client) {
                break;
            }
            // What names no address (`unknown`) ends the chain at who wrote it.
            let Some(address) = hop else { break };
            client = address.to_canonical();
        }
        ClientAddress::of(client)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted
            .iter()
            .any(|network| network.contains(&address))
    }
}

/// The addresses that a header lists, in all its lines, from left to right.
fn named(
    headers: &HeaderMap,
    name: &str,
    value_of: impl Fn(&str) -> Option<&str>,
) -> Vec<Option<IpAddr>> {
    let lines = headers.get_all(name).into_iter();
    let mut hops = Vec::new();
    for line in lines {
        let Ok(line) = line.to_str() else {
            hops.push(None);
            continue;
        };
        hops.extend(line.split(',').map(|hop| address(value_of(hop)?)));
    }
    hops
}

/// The `for` of one element of `Forwarded`.
fn for_parameter(element: &str) -> Option<&str> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then_some(value)
    })
}

/// An address, with or without port, quotes and brackets.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    if let Some((address, _)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return address.parse().ok();
    }
    text.rsplit_once(':')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn client(header: ProxyHeader, peer: &str, lines: &[(&'static str, &'static str)]) -> String {
        let proxies = Proxies {
            trusted: vec![
                "127.0.0.0/8".parse().unwrap(),
                "10.0.0.0/8".parse().unwrap(),
            ],
            header,
        };
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        proxies
            .client(peer.parse().unwrap(), &headers)
            .0
            .to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        const NAME: &str = "x-forwarded-for";
        let check = |peer, lines: &[(&'static str, &'static str)], expected| {
            assert_eq!(client(ProxyHeader::XForwardedFor, peer, lines), expected);
        };
        check("203.0.113.9", &[(NAME, "198.51.100.1")], "203.0.113.9");
        check("127.0.0.1", &[(NAME, "198.51.100.1")], "198.51.100.1");
        check("127.0.0.1", &[], "127.0.0.1");
        check(
            "::ffff:127.0.0.1",
            &[(NAME, "198.51.100.1")],
            "198.51.100.1",
        );
        // Made up by the client, then what the two proxies saw.
        let lines = [(NAME, "192.0.2.1, 198.51.100.1"), (NAME, "10.1.1.1")];
        check("127.0.0.1", &lines, "198.51.100.1");
        check("127.0.0.1", &[(NAME, "192.0.2.1, unknown")], "127.0.0.1");
        check("127.0.0.1", &[(NAME, "")], "127.0.0.1");
        check("127.0.0.1", &[(NAME, "198.51.100.1:4711")], "198.51.100.1");
        check(
            "127.0.0.1",
            &[(NAME, "2001:db8:1:2:3::4")],
            "2001:db8:1:2::",
        );
        check("127.0.0.1", &[("forwarded", "for=192.0.2.1")], "127.0.0.1");
    }

    #[test]
    fn the_standard_header_is_read_too() {
        let check = |value, expected| {
            let lines = [("forwarded", value), ("x-forwarded-for", "192.0.2.1")];
            assert_eq!(client(ProxyHeader::Forwarded, "10.0.0.1", &lines), expected);
        };
        check("for=198.51.100.1;proto=https", "198.51.100.1");
        check("For=\"[2001:db8:1:2:3::4]:4711\"", "2001:db8:1:2::");
        check("for=192.0.2.7, for=\"198.51.100.1:80\"", "198.51.100.1");
        check("by=192.0.2.7", "10.0.0.1");
        check("for=_hidden", "10.0.0.1");
    }

    #[test]
    fn one_customer_of_ipv6_is_one() {
        let of = |text: &str| ClientAddress::of(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}

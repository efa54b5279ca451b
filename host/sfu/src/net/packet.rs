//! What a packet is, as far as its first bytes tell.

/// The kinds of packets that share a port (RFC 7983 §7, RFC 5761 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PacketKind {
    /// A connectivity check, or an answer to one.
    Stun,
    /// A handshake.
    Dtls,
    /// Sound or video.
    Media {
        /// Whose it says that it is.
        ssrc: u32,
    },
    /// Reports and requests.
    Control {
        /// Whose it says that it is.
        ssrc: u32,
    },
}

impl PacketKind {
    /// `None` for what is none of these, or too short to be.
    pub fn of(packet: &[u8]) -> Option<Self> {
        match *packet.first()? {
            0..=3 => super::stun::is_stun(packet).then_some(Self::Stun),
            20..=63 => Some(Self::Dtls),
            128..=191 => match *packet.get(1)? {
                192..=223 => ssrc(packet, 4).map(|ssrc| Self::Control { ssrc }),
                _ => ssrc(packet, 8).map(|ssrc| Self::Media { ssrc }),
            },
            _ => None,
        }
    }
}

fn ssrc(packet: &[u8], at: usize) -> Option<u32> {
    let bytes = packet.get(at..at + 4)?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::PacketKind;

    #[test]
    fn kinds_are_told_by_the_first_bytes() {
        let check = b"\0\x01\0\0\x21\x12\xa4\x42............";
        let cases: [(&[u8], Option<PacketKind>); 7] = [
            (b"", None),
            (check, Some(PacketKind::Stun)),
            (&check[..19], None),
            (b"\x16", Some(PacketKind::Dtls)),
            (
                b"\x80\x60\0\0\0\0\0\0\0\0\0\x07",
                Some(PacketKind::Media { ssrc: 7 }),
            ),
            (
                b"\x80\xc8\0\x06\0\0\0\x09",
                Some(PacketKind::Control { ssrc: 9 }),
            ),
            (b"\x80\x60\0\0\0\0\0\0", None),
        ];
        for (packet, kind) in cases {
            assert_eq!(PacketKind::of(packet), kind, "{packet:?}");
        }
    }
}

//! As much of STUN (RFC 8489) as routing needs: to whom a binding request goes, and what it asks. The library checks its integrity.

const HEADER_BYTES: usize = 20;
const MAGIC_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
const BINDING_REQUEST: [u8; 2] = [0x00, 0x01];
const BINDING_SUCCESS: [u8; 2] = [0x01, 0x01];
const USERNAME: u16 = 0x0006;
const MESSAGE_INTEGRITY: u16 = 0x0008;
const USE_CANDIDATE: u16 = 0x0025;
const ICE_CONTROLLED: u16 = 0x8029;

/// Whether a packet looks like STUN (RFC 7983 §7).
pub fn is_stun(packet: &[u8]) -> bool {
    packet.len() >= HEADER_BYTES && packet[0] < 4 && packet[4..8] == MAGIC_COOKIE
}

/// Whether it is the answer to a check that was in order.
pub(crate) fn is_success(packet: &[u8]) -> bool {
    is_stun(packet) && packet[..2] == BINDING_SUCCESS
}

/// A binding request: a connectivity check (RFC 8445 §7.2.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Check<'a> {
    /// The user name fragment of the side that it is for: what stands before the colon in USERNAME.
    pub fragment: &'a str,
    /// The client will use this route (USE-CANDIDATE).
    pub nominates: bool,
    /// The client takes itself for the controlled side, which with a lite server it never is (RFC 8445 §6.1.1).
    pub is_controlled: bool,
}

impl<'a> Check<'a> {
    /// `None` for anything else, and for a request without a name.
    pub fn read(packet: &'a [u8]) -> Option<Self> {
        if !is_stun(packet) || packet[..2] != BINDING_REQUEST {
            return None;
        }
        let mut check = Self::default();
        let mut is_signed = false;
        let mut name = None;
        let mut rest = &packet[HEADER_BYTES..];
        while let [kind_high, kind_low, length_high, length_low, value @ ..] = rest {
            let length = usize::from(u16::from_be_bytes([*length_high, *length_low]));
            match u16::from_be_bytes([*kind_high, *kind_low]) {
                USERNAME if name.is_none() => name = Some(value.get(..length)?),
                MESSAGE_INTEGRITY => is_signed = true,
                // What stands behind the signature anybody could have added.
                USE_CANDIDATE => check.nominates |= !is_signed,
                ICE_CONTROLLED => check.is_controlled = true,
                _ => {}
            }
            // Values are padded to four bytes.
            rest = value.get(length.next_multiple_of(4)..).unwrap_or_default();
        }
        let name = std::str::from_utf8(name?).ok()?;
        (check.fragment, _) = name.split_once(':')?;
        Some(check)
    }
}

#[cfg(test)]
mod tests {
    use super::Check;

    fn request(attributes: &[u8]) -> Vec<u8> {
        let mut packet = vec![0, 1, 0, attributes.len() as u8, 0x21, 0x12, 0xa4, 0x42];
        packet.extend_from_slice(&[9; 12]);
        packet.extend_from_slice(attributes);
        packet
    }

    const NAME: &[u8] = b"\x00\x06\x00\x07abc:def\0";
    const NOMINATION: &[u8] = b"\x00\x25\x00\x00";
    const SIGNATURE: &[u8] = b"\x00\x08\x00\x04sign";

    fn check(attributes: &[&[u8]]) -> (bool, bool) {
        let packet = request(&attributes.concat());
        let check = Check::read(&packet).expect("it has a name");
        assert_eq!(check.fragment, "abc");
        (check.nominates, check.is_controlled)
    }

    #[test]
    fn the_name_is_found_behind_other_attributes() {
        let other = b"\x80\x22\x00\x05hello\0\0\0";
        assert_eq!(check(&[other, NAME]), (false, false));
    }

    #[test]
    fn a_nomination_counts_only_before_the_signature() {
        assert_eq!(check(&[NAME, NOMINATION, SIGNATURE]), (true, false));
        assert_eq!(check(&[NAME, SIGNATURE, NOMINATION]), (false, false));
    }

    #[test]
    fn a_claim_of_the_controlled_role_is_seen_wherever_it_stands() {
        let claim = b"\x80\x29\x00\x08roleless";
        assert_eq!(check(&[NAME, SIGNATURE, claim]), (false, true));
    }

    #[test]
    fn what_is_cut_or_something_else_is_none() {
        let whole = request(NAME);
        for length in 0..whole.len() - 1 {
            assert_eq!(Check::read(&whole[..length]), None, "{length}");
        }
        let mut response = whole.clone();
        response[0] = 1;
        assert_eq!(Check::read(&response), None);
        assert_eq!(Check::read(&request(b"\x00\x06\x00\x03abc\0")), None);
        assert_eq!(Check::read(&request(b"\x00\x07\xff\xff")), None);
    }
}

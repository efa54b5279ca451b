//! As much of STUN (RFC 8489) as routing needs: to whom a binding request goes. The library checks its integrity.

const HEADER_BYTES: usize = 20;
const MAGIC_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
const BINDING_REQUEST: [u8; 2] = [0x00, 0x01];
const USERNAME: [u8; 2] = [0x00, 0x06];

/// Whether a packet looks like STUN (RFC 7983 §7).
pub fn is_stun(packet: &[u8]) -> bool {
    packet.len() >= HEADER_BYTES && packet[0] < 4 && packet[4..8] == MAGIC_COOKIE
}

/// The user name fragment of the side that a binding request is for: what stands before the colon in USERNAME
/// (RFC 8445 §7.2.2). `None` for anything else.
pub fn addressed_fragment(packet: &[u8]) -> Option<&str> {
    if !is_stun(packet) || packet[..2] != BINDING_REQUEST {
        return None;
    }
    let mut rest = &packet[HEADER_BYTES..];
    while let [kind_high, kind_low, length_high, length_low, value @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*length_high, *length_low]));
        if [*kind_high, *kind_low] == USERNAME {
            let name = std::str::from_utf8(value.get(..length)?).ok()?;
            return name.split_once(':').map(|(ours, _)| ours);
        }
        // Values are padded to four bytes.
        rest = value.get(length.next_multiple_of(4)..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::addressed_fragment;

    fn request(attributes: &[u8]) -> Vec<u8> {
        let mut packet = vec![0, 1, 0, attributes.len() as u8, 0x21, 0x12, 0xa4, 0x42];
        packet.extend_from_slice(&[9; 12]);
        packet.extend_from_slice(attributes);
        packet
    }

    #[test]
    fn the_name_is_found_behind_other_attributes() {
        let packet = request(b"\x80\x22\x00\x05hello\0\0\0\x00\x06\x00\x07abc:def\0");
        assert_eq!(addressed_fragment(&packet), Some("abc"));
    }

    #[test]
    fn what_is_cut_or_something_else_has_none() {
        let whole = request(b"\x00\x06\x00\x07abc:def\0");
        for length in 0..whole.len() - 1 {
            assert_eq!(addressed_fragment(&whole[..length]), None, "{length}");
        }
        let mut response = whole.clone();
        response[0] = 1;
        assert_eq!(addressed_fragment(&response), None);
        assert_eq!(addressed_fragment(&request(b"\x00\x06\x00\x03abc\0")), None);
        assert_eq!(addressed_fragment(&request(b"\x00\x07\xff\xff")), None);
    }
}

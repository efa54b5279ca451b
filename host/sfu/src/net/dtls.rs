//! As much of DTLS 1.2 (RFC 6347 §4) as tells what a datagram would cost the library.
//!
//! The library keeps each fragment of a handshake message, looks for the next one by recursion, and bounds neither their number nor
//! what it keeps for later (0.21.1, `fragment_buffer` and `incoming_encrypted_packets`); and all of that before anybody is
//! authenticated. So they are counted here, and a connection has so many in its life.

const RECORD_HEADER_BYTES: usize = 13;
const FRAGMENT_HEADER_BYTES: usize = 12;
const HANDSHAKE: u8 = 22;
/// Longer ones would be cut by a network.
const DATAGRAM_BYTES: usize = 2_048;
/// What is not a handshake message in clear is short: a Finished, an alert, a change of cipher. We take no application data.
const SHORT_BYTES: usize = 128;

/// How many pieces the library would keep of a datagram: fragments of handshake messages, and other records. `None` if it has what no
/// client of ours sends.
pub fn pieces(datagram: &[u8]) -> Option<usize> {
    let mut rest = datagram;
    let mut pieces = 0;
    if datagram.is_empty() || datagram.len() > DATAGRAM_BYTES {
        return None;
    }
    while !rest.is_empty() {
        let (header, behind) = rest.split_at_checked(RECORD_HEADER_BYTES)?;
        let length = usize::from(u16::from_be_bytes([header[11], header[12]]));
        let (record, next) = behind.split_at_checked(length)?;
        let is_clear = header[3..5] == [0, 0];
        pieces += match (header[0], is_clear) {
            (HANDSHAKE, true) => fragments(record)?.max(1),
            _ if length > SHORT_BYTES => return None,
            // Nobody can look inside, so as many as could be there.
            (HANDSHAKE, false) => SHORT_BYTES / FRAGMENT_HEADER_BYTES,
            _ => 1,
        };
        rest = next;
    }
    Some(pieces)
}

/// Counted as the library takes a record apart: by the length of the message, not of the fragment.
fn fragments(mut record: &[u8]) -> Option<usize> {
    let mut count = 0;
    while !record.is_empty() {
        let (header, behind) = record.split_at_checked(FRAGMENT_HEADER_BYTES)?;
        let length = u32::from_be_bytes([0, header[1], header[2], header[3]]) as usize;
        record = behind.get(length..).unwrap_or_default();
        count += 1;
    }
    Some(count)
}

#[cfg(test)]
mod tests {
    use super::{DATAGRAM_BYTES, HANDSHAKE, SHORT_BYTES, pieces};

    fn record(kind: u8, epoch: u8, content: &[u8]) -> Vec<u8> {
        let mut record = vec![kind, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 0, 0, 1];
        record.extend_from_slice(&(content.len() as u16).to_be_bytes());
        record.extend_from_slice(content);
        record
    }

    fn fragment(length: u8, content: &[u8]) -> Vec<u8> {
        let mut fragment = vec![11, 0, 0, length, 0, 1, 0, 0, 0, 0, 0, content.len() as u8];
        fragment.extend_from_slice(content);
        fragment
    }

    #[test]
    fn a_client_s_flight_has_a_few_pieces() {
        let mut flight = record(HANDSHAKE, 0, &fragment(3, b"abc"));
        flight.extend(record(20, 0, &[1]));
        flight.extend(record(HANDSHAKE, 1, &[7; 48]));
        assert_eq!(pieces(&flight), Some(1 + 1 + 10));
        assert_eq!(
            pieces(&record(HANDSHAKE, 0, &fragment(200, b"part"))),
            Some(1)
        );
    }

    #[test]
    fn empty_fragments_are_counted_each() {
        let many = fragment(0, b"").repeat(160);
        assert_eq!(pieces(&record(HANDSHAKE, 0, &many)), Some(160));
    }

    #[test]
    fn what_no_client_sends_is_refused() {
        let whole = record(HANDSHAKE, 0, &fragment(3, b"abc"));
        for length in 0..whole.len() {
            assert_eq!(pieces(&whole[..length]), None, "{length}");
        }
        assert_eq!(pieces(&record(23, 1, &[0; SHORT_BYTES + 1])), None);
        assert_eq!(pieces(&record(HANDSHAKE, 0, &[0; DATAGRAM_BYTES])), None);
    }
}

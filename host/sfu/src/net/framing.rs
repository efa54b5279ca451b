//! Packets in a byte stream (RFC 4571): two bytes of length before each.

use bytes::{Buf as _, BufMut as _, BytesMut};

const LENGTH_BYTES: usize = 2;
/// What no network would carry as a datagram no client sends as a frame.
const PACKET_BYTES: usize = 2_048;

/// Finds the packets in what comes. Its work grows with the bytes, however they are cut.
#[derive(Debug, Default)]
pub struct FrameDecoder {
    buffer: BytesMut,
}

/// The stream has a frame of this many bytes: nothing, or too much. What follows has no meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Frame is {0} bytes, limits 1 and {PACKET_BYTES}")]
pub struct BadFrame(pub usize);

impl FrameDecoder {
    /// Takes what came.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole packet, if there is one.
    ///
    /// # Errors
    /// The stream is to be closed.
    pub fn next_packet(&mut self) -> Result<Option<BytesMut>, BadFrame> {
        let Some((header, behind)) = self.buffer.split_first_chunk::<LENGTH_BYTES>() else {
            return Ok(None);
        };
        let length = usize::from(u16::from_be_bytes(*header));
        if length == 0 || length > PACKET_BYTES {
            return Err(BadFrame(length));
        }
        if behind.len() < length {
            return Ok(None);
        }
        self.buffer.advance(LENGTH_BYTES);
        Ok(Some(self.buffer.split_to(length)))
    }
}

/// A packet as a frame; `None` if it is longer than a frame can be.
pub fn frame(packet: &[u8]) -> Option<BytesMut> {
    let length = u16::try_from(packet.len()).ok()?;
    let mut framed = BytesMut::with_capacity(LENGTH_BYTES + packet.len());
    framed.put_u16(length);
    framed.put_slice(packet);
    Some(framed)
}

#[cfg(test)]
mod tests {
    use super::{BadFrame, FrameDecoder, PACKET_BYTES, frame};

    #[test]
    fn packets_come_out_as_they_went_in_however_the_stream_is_cut() {
        let packets: [&[u8]; 3] = [b"a", &[7; 1500], b"last"];
        let stream: Vec<u8> = packets
            .iter()
            .flat_map(|packet| frame(packet).expect("it fits"))
            .collect();
        for piece_bytes in [1, 2, 3, 700, stream.len()] {
            let mut decoder = FrameDecoder::default();
            let mut found = Vec::new();
            for piece in stream.chunks(piece_bytes) {
                decoder.push(piece);
                while let Some(packet) = decoder.next_packet().expect("all are fine") {
                    found.push(packet);
                }
            }
            assert_eq!(found, packets, "in pieces of {piece_bytes}");
        }
    }

    #[test]
    fn empty_and_huge_frames_end_the_stream() {
        for length in [0, PACKET_BYTES + 1, 0xffff] {
            let mut decoder = FrameDecoder::default();
            decoder.push(&(length as u16).to_be_bytes());
            assert_eq!(decoder.next_packet(), Err(BadFrame(length)));
        }
    }
}

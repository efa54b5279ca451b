//! Puts packets together and encrypts them, past the library: it spends three times as long on a packet.
//!
//! Rule: the library never sends media on a connection that has a sealer; the two would count rounds of sequence numbers apart.

use bytes::{Bytes, BytesMut};
use rtc::{
    rtp::header::{Extension, Header},
    shared::{
        error::Error,
        marshal::{Marshal as _, MarshalSize as _},
    },
    srtp::context::Context,
};

/// The one-byte form of header extensions (RFC 8285 §4.2).
const ONE_BYTE_EXTENSIONS: u16 = 0xbede;

/// Encrypts what one subscriber is sent.
pub(crate) struct Sealer {
    context: Context,
    /// The negotiated id of the transport-wide sequence number.
    transport_cc_id: Option<u8>,
    next_transport_sequence: u16,
    buffer: BytesMut,
}

/// What stands in a packet's header.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    pub(crate) payload_type: u8,
    pub(crate) ssrc: u32,
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
    pub(crate) marker: bool,
}

/// An encrypted packet.
#[derive(Debug)]
pub(crate) struct Sealed {
    pub(crate) bytes: Bytes,
    /// Its number among all packets of the connection, if those are numbered.
    pub(crate) transport_sequence: Option<u16>,
}

impl Sealer {
    pub(crate) fn new(context: Context, transport_cc_id: Option<u8>) -> Self {
        Self {
            context,
            transport_cc_id,
            next_transport_sequence: 0,
            buffer: BytesMut::new(),
        }
    }

    /// `write` appends the payload.
    pub(crate) fn seal(
        &mut self,
        head: Head,
        write: impl FnOnce(&mut BytesMut),
    ) -> Result<Sealed, Error> {
        let transport_sequence = self.transport_cc_id.map(|_| self.next_transport_sequence);
        let header = self.header(head);
        self.buffer.clear();
        self.buffer.resize(header.marshal_size(), 0);
        header.marshal_to(&mut self.buffer)?;
        write(&mut self.buffer);
        let bytes = self
            .context
            .encrypt_rtp_with_header(&self.buffer, &header)?;
        self.next_transport_sequence = self.next_transport_sequence.wrapping_add(1);
        Ok(Sealed {
            bytes: bytes.freeze(),
            transport_sequence,
        })
    }

    fn header(&self, head: Head) -> Header {
        let sequence = self.next_transport_sequence.to_be_bytes();
        let extensions: Vec<Extension> = self
            .transport_cc_id
            .map(|id| Extension {
                id,
                payload: Bytes::copy_from_slice(&sequence),
            })
            .into_iter()
            .collect();
        Header {
            version: 2,
            marker: head.marker,
            payload_type: head.payload_type,
            sequence_number: head.sequence,
            timestamp: head.timestamp,
            ssrc: head.ssrc,
            extension: !extensions.is_empty(),
            extension_profile: ONE_BYTE_EXTENSIONS,
            extensions,
            ..Header::default()
        }
    }
}

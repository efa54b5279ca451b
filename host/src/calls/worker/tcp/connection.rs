//! One client's stream.

use std::{
    collections::VecDeque,
    io::{self, ErrorKind, IoSlice, Read as _, Write as _},
    net::SocketAddr,
    time::Instant,
};

use bytes::{Buf as _, BytesMut};
use mio::net::TcpStream;
use natter_sfu::net::framing::{FrameDecoder, frame};

/// What waits for one client: half a second of video. Over it whole packets are dropped.
const WAITING_BYTES: usize = 128 * 1024;
/// Packets that one system call takes.
const BATCH: usize = 64;

pub(super) struct Connection {
    pub(super) stream: TcpStream,
    pub(super) peer: SocketAddr,
    /// It began with a check of a call that we have.
    pub(super) is_known: bool,
    /// When its last packet came; before the first, when it was accepted.
    pub(super) heard_at: Instant,
    pub(super) decoder: FrameDecoder,
    waiting: VecDeque<BytesMut>,
    waiting_bytes: usize,
}

impl Connection {
    pub(super) fn new(now: Instant, stream: TcpStream, peer: SocketAddr) -> Self {
        Self {
            stream,
            peer,
            is_known: false,
            heard_at: now,
            decoder: FrameDecoder::default(),
            waiting: VecDeque::new(),
            waiting_bytes: 0,
        }
    }

    /// Gives the decoder what came. `false`: there is no more now.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<bool> {
        match self.stream.read(buffer) {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                self.decoder.push(&buffer[..count]);
                Ok(true)
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(false),
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Whether there was room for a packet.
    pub(super) fn queue(&mut self, packet: &[u8]) -> bool {
        let framed = frame(packet);
        let framed = framed.filter(|it| self.waiting_bytes + it.len() <= WAITING_BYTES);
        let Some(framed) = framed else {
            return false;
        };
        self.waiting_bytes += framed.len();
        self.waiting.push_back(framed);
        true
    }

    /// Writes what waits, as far as the kernel takes it.
    pub(super) fn write(&mut self) -> io::Result<()> {
        while !self.waiting.is_empty() {
            let first = self.waiting.iter().take(BATCH);
            let slices: Vec<IoSlice<'_>> = first.map(|framed| IoSlice::new(framed)).collect();
            match self.stream.write_vectored(&slices) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => self.advance(count),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// So many bytes are written.
    fn advance(&mut self, mut count: usize) {
        self.waiting_bytes -= count;
        while let Some(first) = self.waiting.front_mut() {
            let taken = count.min(first.len());
            first.advance(taken);
            count -= taken;
            if !first.is_empty() {
                return;
            }
            self.waiting.pop_front();
        }
    }
}

//! One client connection: connecting, registering, reading frames, writing without waiting.

use std::cell::{Cell, RefCell};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::rc::Rc;

use anyhow::{Context as _, Result, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::frames::{Frame, put_pong, put_text, take};
use crate::wire::Wire;

/// Read at once; one buffer serves all connections.
const READ_BYTES: usize = 64 * 1024;

/// A registered client.
pub(crate) struct Socket {
    stream: TcpStream,
    /// What the kernel did not take.
    unsent: RefCell<Vec<u8>>,
    flushing: Cell<bool>,
}

impl Socket {
    /// Connects and registers; `who` is a token, or a user's number.
    pub(crate) async fn connect(address: SocketAddr, wire: Wire, who: &str) -> Result<Rc<Self>> {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let mut bytes = Vec::with_capacity(2048);
        upgrade(&mut stream, wire, &mut bytes).await?;
        if wire == Wire::Plain {
            tell(&mut stream, &wire.register(who)).await?;
        }
        loop {
            let mut rest = &bytes[..];
            while let Some(frame) = take(&mut rest)? {
                let Frame::Text(text) = frame else { continue };
                if wire.is_registered(text) {
                    return Ok(Rc::new(Self {
                        stream,
                        unsent: RefCell::default(),
                        flushing: Cell::new(false),
                    }));
                }
                match text {
                    // The server asks everybody at the same moment whether they are still there.
                    b"2" => tell(&mut stream, "3").await?,
                    [b'0', b'{', ..] => tell(&mut stream, "40").await?,
                    [b'4', b'0', ..] => tell(&mut stream, &wire.register(who)).await?,
                    _ => bail!("not registered: {}", String::from_utf8_lossy(text)),
                }
            }
            bytes.drain(..bytes.len() - rest.len());
            ensure!(
                stream.read_buf(&mut bytes).await? > 0,
                "closed while registering"
            );
        }
    }

    /// Queues a text frame in `out`; `flush` writes it.
    pub(crate) fn frame(out: &mut Vec<u8>, payload: &[u8]) {
        put_text(out, payload);
    }

    /// Writes now what the kernel takes; the rest as it can.
    pub(crate) fn write(self: &Rc<Self>, bytes: &[u8]) -> Result<()> {
        let mut unsent = self.unsent.borrow_mut();
        let taken = if unsent.is_empty() {
            self.try_write(bytes)?
        } else {
            0
        };
        unsent.extend_from_slice(&bytes[taken..]);
        if !unsent.is_empty() && !self.flushing.replace(true) {
            tokio::task::spawn_local(Rc::clone(self).flush());
        }
        Ok(())
    }

    async fn flush(self: Rc<Self>) -> Result<()> {
        loop {
            self.stream.writable().await?;
            let mut unsent = self.unsent.borrow_mut();
            let taken = self.try_write(&unsent)?;
            unsent.drain(..taken);
            if unsent.is_empty() {
                self.flushing.set(false);
                return Ok(());
            }
        }
    }

    fn try_write(&self, bytes: &[u8]) -> Result<usize> {
        match self.stream.try_write(bytes) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(0),
            other => Ok(other?),
        }
    }

    /// Reads for ever: each text goes to `heard` with a buffer for what shall be answered.
    pub(crate) async fn read(
        self: Rc<Self>,
        buffer: Rc<RefCell<Vec<u8>>>,
        mut heard: impl FnMut(&[u8], &mut Vec<u8>) -> Result<()>,
    ) -> Result<()> {
        let mut partial = Vec::new();
        let mut answers = Vec::new();
        loop {
            self.stream.readable().await?;
            let mut buffer = buffer.borrow_mut();
            buffer.resize(READ_BYTES, 0);
            let read = match self.stream.try_read(&mut buffer) {
                Ok(0) => bail!("the server closed the connection"),
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
                Err(error) => return Err(error.into()),
            };
            // Mostly the buffer holds whole frames, and nothing is copied.
            if partial.is_empty() {
                let mut rest = &buffer[..read];
                consume(&mut rest, &mut answers, &mut heard)?;
                partial.extend_from_slice(rest);
            } else {
                partial.extend_from_slice(&buffer[..read]);
                let mut rest = &partial[..];
                consume(&mut rest, &mut answers, &mut heard)?;
                let used = partial.len() - rest.len();
                partial.drain(..used);
            }
            drop(buffer);
            if !answers.is_empty() {
                self.write(&answers)?;
                answers.clear();
            }
        }
    }
}

fn consume(
    bytes: &mut &[u8],
    answers: &mut Vec<u8>,
    heard: &mut impl FnMut(&[u8], &mut Vec<u8>) -> Result<()>,
) -> Result<()> {
    while let Some(frame) = take(bytes)? {
        match frame {
            Frame::Text(text) => heard(text, answers)?,
            Frame::Ping(payload) => put_pong(answers, payload),
            Frame::Other => {}
        }
    }
    Ok(())
}

async fn upgrade(stream: &mut TcpStream, wire: Wire, bytes: &mut Vec<u8>) -> Result<()> {
    let request = format!(
        "GET {} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        wire.path(),
        stream.peer_addr()?
    );
    stream.write_all(request.as_bytes()).await?;
    loop {
        let end = bytes.windows(4).position(|it| it == b"\r\n\r\n");
        if let Some(end) = end {
            ensure!(
                bytes.starts_with(b"HTTP/1.1 101"),
                "no upgrade: {}",
                String::from_utf8_lossy(bytes)
            );
            bytes.drain(..end + 4);
            return Ok(());
        }
        let read = stream.read_buf(bytes).await.context("upgrading")?;
        ensure!(read > 0, "closed while upgrading");
    }
}

async fn tell(stream: &mut TcpStream, text: &str) -> Result<()> {
    let mut frame = Vec::new();
    put_text(&mut frame, text.as_bytes());
    Ok(stream.write_all(&frame).await?)
}

//! TCP, as the transports want it: no delay, a small send queue, and connections that can be reset.
//!
//! Rule: whoever cuts a client leaves nothing of it in the kernel. A reader that stopped reading otherwise keeps megabytes
//! of send queue alive for as long as its machine answers probes.
//!
//! Serve with [`super::serve()`].

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use ipnet::IpNet;
use rustls::ServerConfig;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::silent::{SilentConnections, SilentPlace};
use super::tls::Tls;

/// The kernel's send queue of one connection, unless set; Linux doubles it for its bookkeeping. Chosen, not standard: it
/// holds what a healthy client of 100 ms and 10 Mbit/s has under way.
const SEND_BUFFER_BYTES: usize = 128 * 1024;

/// How long sent bytes may stay unacknowledged, or the peer's window shut, before the kernel resets the connection. It
/// ends what no session watches: an HTTP answer that nobody reads. Chosen, not standard.
#[cfg(target_os = "linux")]
const UNACKNOWLEDGED_FOR: Duration = Duration::from_secs(30);

/// Connections at a time, unless set. Chosen, not standard.
const MAX_CONNECTIONS: usize = 12_000;

/// Between two warnings that all connections are taken.
const WARN_AGAIN_AFTER: Duration = Duration::from_secs(60);

/// Out of file descriptors: waiting lets some come back (hyper and axum wait as long).
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// Accepts connections.
#[derive(Debug)]
pub struct Acceptor {
    listener: TcpListener,
    send_buffer_bytes: usize,
    places: Arc<Semaphore>,
    silent: Arc<SilentConnections>,
    tls: Option<Tls>,
    warned_at: Option<Instant>,
}

impl Acceptor {
    /// Takes over a bound listener.
    #[must_use]
    pub fn new(listener: TcpListener) -> Self {
        Self {
            listener,
            send_buffer_bytes: SEND_BUFFER_BYTES,
            places: Arc::new(Semaphore::new(MAX_CONNECTIONS)),
            silent: SilentConnections::new(MAX_CONNECTIONS, Vec::new()),
            tls: None,
            warned_at: None,
        }
    }

    /// Sets how much the kernel may hold back for one slow connection (SO_SNDBUF).
    #[must_use]
    pub fn with_send_buffer(self, bytes: usize) -> Self {
        Self {
            send_buffer_bytes: bytes,
            ..self
        }
    }

    /// Sets how many connections may be open, sockets included. The next ones wait in the kernel's queue until one closes. A part of them may be
    /// of one address before they ask for anything; these proxies stand for many.
    #[must_use]
    pub fn with_max_connections(self, connections: usize, proxies: Vec<IpNet>) -> Self {
        Self {
            places: Arc::new(Semaphore::new(connections)),
            silent: SilentConnections::new(connections, proxies),
            ..self
        }
    }

    /// Speaks TLS with everybody who connects.
    #[must_use]
    pub fn with_tls(self, config: Arc<ServerConfig>) -> Self {
        Self {
            tls: Some(Tls::new(config)),
            ..self
        }
    }

    /// What makes its connections safe, if anything.
    pub(super) fn tls(&self) -> Option<Tls> {
        self.tls.clone()
    }

    /// Waits for the next connection, which keeps its silent place until it asks for something. Cancel-safe.
    pub(super) async fn accept(&mut self) -> (Connection, Peer, SilentPlace) {
        let place = self.place().await;
        loop {
            match self.listener.accept().await {
                Ok((stream, addr)) => match self.silent.place(addr.ip()) {
                    Some(silent) => {
                        let (connection, peer) =
                            Connection::open(stream, addr, self.send_buffer_bytes, place);
                        return (connection, peer, silent);
                    }
                    // Fails only on a socket that is gone already.
                    None => drop(stream.set_zero_linger()),
                },
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    tracing::error!(%error, "cannot accept connections");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// A place among the open connections, as soon as there is one.
    async fn place(&mut self) -> OwnedSemaphorePermit {
        if self.places.available_permits() == 0
            && self
                .warned_at
                .is_none_or(|at| at.elapsed() > WARN_AGAIN_AFTER)
        {
            self.warned_at = Some(Instant::now());
            tracing::warn!("as many connections as limits.max_connections allows: new ones wait");
        }
        let place = Arc::clone(&self.places).acquire_owned().await;
        place.expect("Invariant: the semaphore is never closed")
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

/// Who is at the other end.
#[derive(Clone, Debug)]
pub struct Peer {
    addr: SocketAddr,
    reset_on_drop: Arc<AtomicBool>,
}

impl Peer {
    fn new(addr: SocketAddr) -> Self {
        Self {
            addr,
            reset_on_drop: Arc::default(),
        }
    }

    /// The address of the TCP connection: a proxy's, where there is one.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// From now on the connection is reset when it is dropped.
    pub(super) fn reset_on_drop(&self) {
        // Relaxed: who sets it drops the connection afterwards, on the same task.
        self.reset_on_drop.store(true, Ordering::Relaxed);
    }

    /// The goodbye is said: what is still in the send queue shall arrive.
    pub(super) fn linger_on_drop(&self) {
        self.reset_on_drop.store(false, Ordering::Relaxed);
    }
}

/// One TCP connection.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    reset_on_drop: Arc<AtomicBool>,
    _place: OwnedSemaphorePermit,
}

impl Connection {
    fn open(
        stream: TcpStream,
        addr: SocketAddr,
        send_buffer_bytes: usize,
        place: OwnedSemaphorePermit,
    ) -> (Self, Peer) {
        if let Err(error) = tune(&stream, send_buffer_bytes) {
            // It serves as it is, and if it is broken its first read says so.
            tracing::debug!(%error, "cannot tune a connection");
        }
        let peer = Peer::new(addr);
        let reset_on_drop = Arc::clone(&peer.reset_on_drop);
        (
            Self {
                stream,
                reset_on_drop,
                _place: place,
            },
            peer,
        )
    }

    fn stream(self: Pin<&mut Self>) -> Pin<&mut TcpStream> {
        Pin::new(&mut self.get_mut().stream)
    }
}

fn tune(stream: &TcpStream, send_buffer_bytes: usize) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream);
    socket.set_send_buffer_size(send_buffer_bytes)?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED_FOR))?;
    Ok(())
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.reset_on_drop.load(Ordering::Relaxed) {
            // Fails only on a socket that is gone already.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.stream().poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.stream().poll_write(cx, buf)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.stream().poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_shutdown(cx)
    }
}

//! The worker's sockets, with strangers on them.

use std::{net::IpAddr, time::Duration};

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::{MediaOptions, MediaWorker, Started};

fn options(bind: &[&str], tcp_port: u16) -> MediaOptions {
    let address = |text: &&str| text.parse::<IpAddr>().expect("an address");
    MediaOptions {
        bind: bind.iter().map(address).collect(),
        advertised: Vec::new(),
        udp_port: 0,
        tcp_port: Some(tcp_port),
        participants_per_room: 4,
    }
}

/// A free port for TCP, most probably.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("there is one");
    listener.local_addr().expect("it is bound").port()
}

/// A frame with a check of that name (RFC 8489).
fn check(name: &str) -> Vec<u8> {
    let padded = name.len().next_multiple_of(4);
    let mut packet = vec![0, 1, 0, 4 + padded as u8, 0x21, 0x12, 0xa4, 0x42];
    packet.extend([9; 12]);
    packet.extend([0, 6, 0, name.len() as u8]);
    packet.extend(name.bytes());
    packet.resize(24 + padded, 0);
    framed(&packet)
}

fn framed(packet: &[u8]) -> Vec<u8> {
    let mut frame = (packet.len() as u16).to_be_bytes().to_vec();
    frame.extend(packet);
    frame
}

#[tokio::test]
async fn both_families_share_the_ports() {
    let port = free_port();
    let started = MediaWorker::start(&options(&["0.0.0.0", "::"], port));
    let Started { worker, .. } = started.expect("both can be bound");
    for address in ["127.0.0.1", "::1"] {
        let stream = TcpStream::connect((address, port)).await;
        stream.expect("somebody listens");
    }
    worker.report().await.expect("it runs");
}

#[tokio::test]
async fn strangers_on_streams_are_closed_at_once() {
    let port = free_port();
    let Started { worker, .. } =
        MediaWorker::start(&options(&["127.0.0.1"], port)).expect("it can be bound");
    let invented = check("0123456789abcdef:me");
    let empty = vec![0; 64 * 1024];
    let huge = framed(&[7; 60_000]);
    let other = framed(b"\x80 media of nobody");
    for said in [invented, empty, huge, other] {
        let mut stream = TcpStream::connect(("127.0.0.1", port))
            .await
            .expect("somebody listens");
        // It may be closed before all is written.
        let _ = stream.write_all(&said).await;
        let mut answer = [0];
        let read = timeout(Duration::from_secs(9), stream.read(&mut answer)).await;
        let read = read.expect("not only after `NAMELESS`");
        assert!(
            matches!(read, Ok(0) | Err(_)),
            "{read:?} to {:?}",
            &said[..2]
        );
    }
    let report = worker.report().await.expect("it runs");
    assert_eq!(
        report.router.received, 0,
        "none of it was a packet of a call"
    );
}

#[tokio::test]
async fn one_address_has_so_many_streams() {
    let port = free_port();
    let Started { worker, .. } =
        MediaWorker::start(&options(&["127.0.0.1"], port)).expect("it can be bound");
    let mut streams = Vec::new();
    for _ in 0..80 {
        let stream = TcpStream::connect(("127.0.0.1", port)).await;
        streams.push(stream.expect("the kernel accepts it"));
    }
    let mut ends: FuturesUnordered<_> = streams
        .iter_mut()
        .map(|stream| async { stream.read(&mut [0]).await })
        .collect();
    for _ in 64..80 {
        let end = timeout(Duration::from_secs(9), ends.next()).await;
        end.expect("not only after `NAMELESS`");
    }
    worker.report().await.expect("it runs");
}

//! What no media server can do without: encrypting a packet, and handing it to the kernel.

use std::{fs, io::IoSlice, net::UdpSocket, os::fd::AsRawFd as _};

use anyhow::Context as _;
use nix::sys::socket::{ControlMessage, MsgFlags, MultiHeaders, SockaddrStorage, sendmmsg};
use rtc::{
    crypto::default_provider,
    rtp,
    shared::marshal::{Marshal as _, MarshalSize as _},
    srtp::{context::Context, protection_profile::ProtectionProfile},
};

use super::PAYLOAD_BYTES;

const PACKETS: usize = 64 * 2_000;
const BATCH: usize = 64;

/// As a line: both, and each.
pub(crate) fn measure() -> anyhow::Result<String> {
    let provider = default_provider()?;
    let profile = ProtectionProfile::AeadAes128Gcm;
    let mut context = Context::new(&[1; 16], &[2; 12], profile, None, None, provider.crypto())?;
    let start = thread_ns()?;
    for number in 0..PACKETS {
        let header = rtp::Header {
            version: 2,
            ssrc: 1 + (number % BATCH) as u32,
            sequence_number: (number / BATCH) as u16,
            ..rtp::Header::default()
        };
        let mut packet = vec![0; header.marshal_size() + PAYLOAD_BYTES];
        header.marshal_to(&mut packet)?;
        std::hint::black_box(context.encrypt_rtp_with_header(&packet, &header)?);
    }
    let encrypting = (thread_ns()? - start) as f64 / PACKETS as f64 / 1e3;
    let sending = send()?;
    Ok(format!(
        "{:.2} µs a packet: {encrypting:.2} to encrypt, {sending:.2} to send",
        encrypting + sending
    ))
}

/// To as many sockets as there are subscribers in the case that counts.
fn send() -> anyhow::Result<f64> {
    let sender = UdpSocket::bind("127.0.0.1:0")?;
    let sinks = (0..BATCH)
        .map(|_| UdpSocket::bind("127.0.0.1:0"))
        .collect::<Result<Vec<_>, _>>()?;
    let peers = sinks
        .iter()
        .map(|sink| Ok(Some(SockaddrStorage::from(sink.local_addr()?))));
    let peers = peers.collect::<anyhow::Result<Vec<_>>>()?;
    let packet = [7; PAYLOAD_BYTES + 28];
    let mut headers = MultiHeaders::<SockaddrStorage>::preallocate(BATCH, None);
    let none: [ControlMessage<'_>; 0] = [];
    let start = thread_ns()?;
    for _ in 0..PACKETS / BATCH {
        let slices = vec![[IoSlice::new(&packet)]; BATCH];
        let flags = MsgFlags::MSG_DONTWAIT;
        sendmmsg(
            sender.as_raw_fd(),
            &mut headers,
            &slices,
            &peers,
            none,
            flags,
        )?;
    }
    Ok((thread_ns()? - start) as f64 / PACKETS as f64 / 1e3)
}

fn thread_ns() -> anyhow::Result<u64> {
    let spent = fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(spent
        .split_whitespace()
        .next()
        .context("schedstat")?
        .parse()?)
}

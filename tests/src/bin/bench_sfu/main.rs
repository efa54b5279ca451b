//! What a forwarded packet costs the media worker, beside the floor: encrypting and sending alone.
//!
//! The worker runs in a process of its own (`media_worker`); its media thread's time is the kernel's own count. Here are the clients: the same
//! library from the other side, all on one thread, so that it is the worker that has the other core.

mod client;
mod floor;
mod load;
mod server;

use std::time::Duration;

use load::{Case, Load};
use server::MediaServer;

/// Bytes of a packet's payload, and packets per second of the paced publisher.
const PAYLOAD_BYTES: usize = 1_100;
const PACKETS_PER_SECOND: u32 = 200;
/// Subscribers that join before their connections come up: who negotiates for longer than a handshake may take is given up.
const AT_ONCE: usize = 10;
/// How long each case is measured.
const MEASURED: Duration = Duration::from_secs(8);

fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    println!("floor: {}", floor::measure()?);
    for (subscribers, burst) in [(10, 1), (50, 1), (100, 1), (50, 4), (50, 20)] {
        let server = MediaServer::start()?;
        let mut load = Load::default();
        let before = server.memory_bytes()?;
        runtime.block_on(load.publish(&server.url))?;
        for _ in 0..subscribers / AT_ONCE {
            runtime.block_on(load.join(&server.url, AT_ONCE))?;
            load.connect()?;
        }
        let case = Case {
            burst,
            packets_per_second: PACKETS_PER_SECOND,
            payload_bytes: PAYLOAD_BYTES,
        };
        load.run(case, Duration::from_secs(2))?;
        load.forget_latencies();
        let (cpu, forwarded) = (server.media_cpu()?, runtime.block_on(load.report())?);
        load.run(case, MEASURED)?;
        let cpu = server.media_cpu()? - cpu;
        let after = runtime.block_on(load.report())?;
        let packets = after.forwarded - forwarded.forwarded;
        let memory = server.memory_bytes()?.saturating_sub(before) / (subscribers as u64 + 1);
        println!(
            "{subscribers:>3} subscribers, bursts of {burst:>2}: {:5.2} µs a packet, {:4.1} % of a core, {packets} packets ({} received), \
             {} unsent, {:.0} KB a participant, latency {}",
            cpu.as_secs_f64() * 1e6 / packets as f64,
            cpu.as_secs_f64() / MEASURED.as_secs_f64() * 100.0,
            load.received(),
            after.unsent,
            memory as f64 / 1e3,
            load.latencies(),
        );
        if (subscribers, burst) == (50, 1) {
            load.forget_latencies();
            runtime.block_on(load.join(&server.url, 20))?;
            load.run(case, Duration::from_secs(3))?;
            println!("    while 20 more join: latency {}", load.latencies());
        }
    }
    Ok(())
}

//! Stops: everybody is told, what was acked stays, the exit code says how it went.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use natter_tests::checks::check_aftermath;
use natter_tests::client::{Client, Drivers, Transport};
use natter_tests::deadline::eventually;
use natter_tests::fields::number;
use natter_tests::load::{Crowd, write_until_cut};
use natter_tests::people::Person;
use natter_tests::seed;
use natter_tests::server::{Server, Settings, Site};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

/// So wide that two sockets hardly draw the same pause.
const RECONNECT_SPREAD_MS: u64 = 600_000;

/// Of each transport.
const SOCKETS: usize = 2;

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_under_load_tells_every_socket_and_loses_nothing() -> Result<()> {
    let settings = Settings::open()
        .unhurried()
        .number("server.reconnect_spread_ms", RECONNECT_SPREAD_MS);
    let site = Site::create(&settings)?;
    let server = site.start().await?;
    let drivers = Drivers::none();
    let sockets = connect_bystanders(&server, &drivers).await?;
    let crowd = Arc::new(Crowd::gather(&server).await?);
    let load = write_until_cut(&crowd, &server, seed::chosen("stop")).await?;
    load.ripen(Duration::from_millis(500)).await?;

    let asked_at = Instant::now();
    let status = server.stop().await?;
    println!("stop: {status} after {} ms", asked_at.elapsed().as_millis());
    ensure!(status.code() == Some(0), "the server ended with {status}");
    check_told(&sockets).await?;
    let finished = load.finish(Some(4005)).await?;
    let server = site.start().await?;
    let crowd = crowd.at(&server).await?;
    let told = check_aftermath(&crowd, &server, finished, &mut Vec::new()).await?;
    println!("stop: {told}");
    Ok(())
}

/// People who only listen, on every transport.
async fn connect_bystanders(
    server: &Server,
    drivers: &Drivers,
) -> Result<Vec<(Transport, Client)>> {
    let mut sockets = Vec::new();
    for transport in Transport::ALL {
        let person = Person::register(server, "bystander").await?;
        for _ in 0..SOCKETS {
            let socket = person.connect(drivers, server, transport).await?;
            socket.carrier(transport.settles_on()).await?;
            sockets.push((transport, socket));
        }
    }
    Ok(sockets)
}

/// Each heard `server_draining` with a pause of its own, and then its end.
async fn check_told(sockets: &[(Transport, Client)]) -> Result<()> {
    let mut pauses_ms = BTreeSet::new();
    for (transport, socket) in sockets {
        let told = socket.inbox().take("server_draining").await;
        let told = told.with_context(|| format!("{transport:?}"))?;
        let pause_ms = number(&told, "reconnect_after_ms")?;
        ensure!(
            (0..=i64::try_from(RECONNECT_SPREAD_MS)?).contains(&pause_ms),
            "{transport:?} was told {told}"
        );
        pauses_ms.insert(pause_ms);
        let closed = socket.inbox().closed().await?;
        transport.check_closed(&closed, 4005, "draining")?;
    }
    // Two may be equal by chance, in one run of some thousands.
    ensure!(
        pauses_ms.len() + 1 >= sockets.len(),
        "the pauses are not distinct: {pauses_ms:?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_stops_at_once() -> Result<()> {
    let settings = Settings::open().number("server.shutdown_timeout_s", 600);
    let site = Site::create(&settings)?;
    let mut server = site.start().await?;
    // A request whose body does not come keeps the stop waiting.
    let mut request = TcpStream::connect(server.address()).await?;
    request
        .write_all(b"POST /api/v1/auth/login HTTP/1.1\r\nhost: natter\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{")
        .await?;
    server.ask_to_stop()?;
    eventually("the first signal's line", async || {
        Ok(server.log()?.contains("SIGTERM: stopping").then_some(()))
    })
    .await?;
    server.ask_to_stop()?;
    let status = server.ended().await?;
    let log = server.log()?;
    ensure!(status.code() == Some(1), "ended with {status}: {log}");
    ensure!(
        log.contains("stopped at once, on the second signal"),
        "{log}"
    );
    Ok(())
}

//! Everybody comes back at once after the server was killed.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use futures_util::future::join_all;
use futures_util::{SinkExt as _, StreamExt as _};
use natter_tests::people::Person;
use natter_tests::server::{Settings, Site};
use rand::RngExt as _;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::guessing::address;
use crate::times::{Times, ms};

const PEOPLE: usize = 100;
const SOCKETS: u32 = 5000;
/// All of them come within this.
const WITHIN: Duration = Duration::from_secs(10);
/// A client that was refused tries again after this, and as much again at random.
const TRY_AGAIN: Duration = Duration::from_millis(500);

type Socket = WebSocketStream<TcpStream>;

pub(crate) async fn reconnect() -> Result<()> {
    let port = std::net::TcpListener::bind("127.0.0.1:0")?
        .local_addr()?
        .port();
    let address = format!("127.0.0.1:{port}");
    let settings = Settings::open()
        .text("server.listen", &address)
        .number("limits.address_requests_per_second", 200)
        .number("limits.address_burst_requests", 4000);
    let site = Site::create(&settings)?;
    let server = site.start().await?;
    let mut tokens = Vec::new();
    for _ in 0..PEOPLE {
        tokens.push(Person::register(&server, "person").await?.token);
    }
    println!(
        "== {SOCKETS} sockets, each from its own address, come within {} s",
        WITHIN.as_secs()
    );
    let sockets = everybody("the first time", &address, &tokens).await?;
    let memory = server.resident_bytes()?;
    server.kill().await?;
    drop(sockets);
    let mut server = site.start().await?;
    let _back = everybody("after kill -9 and a restart", &address, &tokens).await?;
    println!(
        "{} MiB resident then, {} MiB now",
        memory >> 20,
        server.resident_bytes()? >> 20
    );
    server.check_health().await
}

/// All connect, register and sync: their sockets.
async fn everybody(when: &str, address: &str, tokens: &[String]) -> Result<Vec<Socket>> {
    let started = Instant::now();
    let coming = (0..SOCKETS).zip(tokens.iter().cycle()).map(|(at, token)| {
        let (address, token) = (address.to_owned(), token.clone());
        tokio::spawn(async move {
            let delay = WITHIN.mul_f64(rand::rng().random::<f64>());
            tokio::time::sleep(delay).await;
            let begun = Instant::now();
            let mut tries = 1_u32;
            loop {
                match come(&address, at, &token).await {
                    Ok(socket) => return (socket, begun.elapsed(), tries),
                    Err(_) => {
                        let more = TRY_AGAIN.mul_f64(1.0 + rand::rng().random::<f64>());
                        tokio::time::sleep(more).await;
                        tries += 1;
                    }
                }
            }
        })
    });
    let (mut sockets, mut times, mut again) = (Vec::new(), Times::default(), 0);
    for come in join_all(coming).await {
        let (socket, time, tries) = come?;
        sockets.push(socket);
        times.add(time);
        again += tries - 1;
    }
    println!(
        "{when}: all were there and had synced after {:.1} s; each took p50 {:.0} ms, p99 {:.0} ms; {again} tries in vain",
        started.elapsed().as_secs_f64(),
        ms(times.quantile(0.5)),
        ms(times.quantile(0.99))
    );
    Ok(sockets)
}

async fn come(server: &str, at: u32, token: &str) -> Result<Socket> {
    let mut request = format!("ws://{server}/ws").into_client_request()?;
    let headers = request.headers_mut();
    headers.insert("x-forwarded-for", address(at).parse()?);
    let stream = TcpStream::connect(server).await?;
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream).await?;
    ask(&mut socket, 1, "register_user", json!({ "token": token })).await?;
    ask(
        &mut socket,
        2,
        "sync",
        json!({ "user_rev": 0, "rooms": [] }),
    )
    .await?;
    Ok(socket)
}

async fn ask(socket: &mut Socket, id: u64, event: &str, data: Value) -> Result<()> {
    let frame = json!({ "id": id, "event": event, "data": data });
    socket.send(Message::text(frame.to_string())).await?;
    loop {
        let message = socket.next().await.context("the socket ended")??;
        let Ok(answer) = serde_json::from_str::<Value>(message.to_text()?) else {
            continue;
        };
        if answer["reply_to"] == id {
            anyhow::ensure!(answer["ok"] == true, "{answer}");
            return Ok(());
        }
    }
}

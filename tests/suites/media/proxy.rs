//! A network for datagrams that loses some.

use std::{
    collections::HashMap,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use anyhow::Result;
use rand::{RngExt as _, SeedableRng as _, rngs::SmallRng};
use tokio::{net::UdpSocket, task::JoinHandle};

/// Between clients and one server.
pub(super) struct Proxy {
    pub(super) port: u16,
    lost: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

/// One direction's weather.
#[derive(Clone)]
struct Weather {
    lost: Arc<AtomicU64>,
    per_thousand: u32,
}

impl Proxy {
    /// Loses so many of a thousand, each way.
    pub(super) async fn start(server_port: u16, per_thousand: u32) -> Result<Self> {
        let socket = Arc::new(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?);
        let lost = Arc::new(AtomicU64::new(0));
        let weather = Weather {
            lost: Arc::clone(&lost),
            per_thousand,
        };
        let port = socket.local_addr()?.port();
        let server = SocketAddr::from((Ipv4Addr::LOCALHOST, server_port));
        let task = tokio::spawn(async move {
            // It ends with the test.
            let _: Result<()> = pass(socket, server, weather).await;
        });
        Ok(Self { port, lost, task })
    }

    pub(super) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Weather {
    fn loses(&self, random: &mut SmallRng) -> bool {
        let loses = random.random_ratio(self.per_thousand, 1000);
        if loses {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        loses
    }
}

/// Each client gets a socket of its own towards the server, which tells clients apart by their addresses.
async fn pass(socket: Arc<UdpSocket>, server: SocketAddr, weather: Weather) -> Result<()> {
    let mut random = SmallRng::seed_from_u64(1);
    let mut clients = HashMap::<SocketAddr, Arc<UdpSocket>>::new();
    let mut returning = tokio::task::JoinSet::new();
    let mut buffer = [0; 2048];
    loop {
        let (count, client) = socket.recv_from(&mut buffer).await?;
        let forward = match clients.get(&client) {
            Some(forward) => Arc::clone(forward),
            None => {
                let forward = Arc::new(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?);
                forward.connect(server).await?;
                clients.insert(client, Arc::clone(&forward));
                let back = (Arc::clone(&forward), Arc::clone(&socket), weather.clone());
                returning.spawn(async move { give_back(back, client).await });
                forward
            }
        };
        if !weather.loses(&mut random) {
            forward.send(&buffer[..count]).await?;
        }
    }
}

async fn give_back(
    (forward, socket, weather): (Arc<UdpSocket>, Arc<UdpSocket>, Weather),
    client: SocketAddr,
) -> Result<()> {
    let mut random = SmallRng::seed_from_u64(client.port().into());
    let mut buffer = [0; 2048];
    loop {
        let count = forward.recv(&mut buffer).await?;
        if !weather.loses(&mut random) {
            socket.send_to(&buffer[..count], client).await?;
        }
    }
}

//! One publisher and its subscribers.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use futures_util::{SinkExt as _, StreamExt as _};
use mio::{Events, Interest, Poll, Token};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

use super::client::Peer;

/// How packets are sent.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    /// Packets sent at once.
    pub(crate) burst: u32,
    pub(crate) packets_per_second: u32,
    pub(crate) payload_bytes: usize,
}

/// What the worker counted.
#[derive(Clone, Copy)]
pub(crate) struct Report {
    pub(crate) forwarded: u64,
    pub(crate) unsent: u64,
}

pub(crate) struct Load {
    epoch: Instant,
    poll: Option<Poll>,
    /// The first publishes.
    peers: Vec<Peer>,
    registered: usize,
    signalling: Vec<Signalling>,
    latencies: Vec<Duration>,
    received_before: u64,
    next_burst: Instant,
}

impl Default for Load {
    fn default() -> Self {
        Self {
            epoch: Instant::now(),
            poll: None,
            peers: Vec::new(),
            registered: 0,
            signalling: Vec::new(),
            latencies: Vec::new(),
            received_before: 0,
            next_burst: Instant::now(),
        }
    }
}

impl Load {
    /// Negotiates the publisher; its connection comes up once it [runs](Self::run).
    pub(crate) async fn publish(&mut self, url: &str) -> anyhow::Result<()> {
        let now = Instant::now();
        let mut publisher = Peer::new(now)?;
        let mut signalling = Signalling::connect(url, 1).await?;
        let (sdp, mid) = publisher.offer(now)?;
        let sections = json!([{ "mid": mid, "source": "screen" }]);
        let answer = signalling
            .ask(json!({ "what": "publish", "sdp": sdp, "sections": sections }))
            .await?;
        publisher.take_answer(now, text(&answer, "sdp")?)?;
        signalling
            .ask(json!({ "what": "sources", "sources": ["screen"] }))
            .await?;
        self.peers.push(publisher);
        self.signalling.push(signalling);
        Ok(())
    }

    /// Negotiates more subscribers.
    pub(crate) async fn join(&mut self, url: &str, subscribers: usize) -> anyhow::Result<()> {
        for _ in 0..subscribers {
            let mut signalling = Signalling::connect(url, self.peers.len() as u64 + 1).await?;
            let offer = signalling.event("offer").await?;
            let mut peer = Peer::new(Instant::now())?;
            let sdp = peer.answer(Instant::now(), text(&offer, "sdp")?)?;
            signalling
                .ask(json!({ "what": "accept", "sdp": sdp }))
                .await?;
            self.peers.push(peer);
            self.signalling.push(signalling);
        }
        Ok(())
    }

    /// Until every subscriber gets packets.
    pub(crate) fn connect(&mut self) -> anyhow::Result<()> {
        let end = Instant::now() + Duration::from_secs(30);
        let case = Case {
            burst: 1,
            packets_per_second: 100,
            payload_bytes: 200,
        };
        while self.peers[1..].iter().any(|peer| peer.received == 0) {
            self.run(case, Duration::from_millis(100))?;
            if Instant::now() > end {
                bail!("not all subscribers get packets");
            }
        }
        Ok(())
    }

    pub(crate) fn run(&mut self, case: Case, time: Duration) -> anyhow::Result<()> {
        let mut poll = match self.poll.take() {
            Some(poll) => poll,
            None => Poll::new()?,
        };
        for (index, peer) in self.peers.iter_mut().enumerate().skip(self.registered) {
            poll.registry()
                .register(&mut peer.socket, Token(index), Interest::READABLE)?;
        }
        self.registered = self.peers.len();
        let mut events = Events::with_capacity(256);
        let end = Instant::now() + time;
        let pause = Duration::from_secs(1) * case.burst / case.packets_per_second;
        self.next_burst = self.next_burst.max(Instant::now());
        loop {
            let now = Instant::now();
            if now >= end {
                break;
            }
            if now >= self.next_burst {
                self.next_burst += pause;
                for _ in 0..case.burst {
                    self.peers[0].publish(now, self.epoch, case.payload_bytes)?;
                }
                self.peers[0].flush()?;
            }
            for peer in &mut self.peers {
                peer.run(now)?;
            }
            poll.poll(&mut events, Some(Duration::from_millis(1)))?;
            for event in &events {
                let peer = &mut self.peers[event.token().0];
                peer.receive(self.epoch, &mut self.latencies)?;
            }
        }
        self.poll = Some(poll);
        Ok(())
    }

    pub(crate) fn forget_latencies(&mut self) {
        self.latencies.clear();
        self.received_before = self.total_received();
    }

    pub(crate) fn received(&self) -> u64 {
        self.total_received() - self.received_before
    }

    /// From a packet's sending to its arrival, decrypted, as a line.
    pub(crate) fn latencies(&mut self) -> String {
        self.latencies.sort_unstable();
        let at = |share: f64| {
            let index = (self.latencies.len() as f64 * share) as usize;
            let latency = self.latencies.get(index).copied().unwrap_or_default();
            latency.as_secs_f64() * 1e3
        };
        format!(
            "p50 {:.2} ms, p99 {:.2} ms, p99.9 {:.2} ms",
            at(0.5),
            at(0.99),
            at(0.999)
        )
    }

    pub(crate) async fn report(&mut self) -> anyhow::Result<Report> {
        let signalling = self.signalling.first_mut().context("somebody joined")?;
        let report = signalling.ask(json!({ "what": "report" })).await?;
        let number = |name: &str| report[name].as_u64().context("a number");
        Ok(Report {
            forwarded: number("forwarded")?,
            unsent: number("unsent")?,
        })
    }

    fn total_received(&self) -> u64 {
        self.peers.iter().map(|peer| peer.received).sum()
    }
}

/// A client's socket to `media_worker`.
struct Signalling {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    sent: u64,
}

impl Signalling {
    async fn connect(url: &str, who: u64) -> anyhow::Result<Self> {
        let (socket, _) = connect_async(format!("{url}/ws?room=1&who={who}")).await?;
        Ok(Self { socket, sent: 0 })
    }

    async fn ask(&mut self, mut request: Value) -> anyhow::Result<Value> {
        self.sent += 1;
        request["id"] = self.sent.into();
        self.socket
            .send(Message::Text(request.to_string().into()))
            .await?;
        loop {
            let message = self.next().await?;
            if message["reply_to"] == self.sent {
                anyhow::ensure!(message["error"].is_null(), "{message}");
                return Ok(message);
            }
        }
    }

    async fn event(&mut self, name: &str) -> anyhow::Result<Value> {
        loop {
            let message = self.next().await?;
            if message["event"] == name {
                return Ok(message);
            }
        }
    }

    async fn next(&mut self) -> anyhow::Result<Value> {
        loop {
            if let Message::Text(text) = self.socket.next().await.context("the socket ended")?? {
                return Ok(serde_json::from_str(&text)?);
            }
        }
    }
}

fn text(value: &Value, name: &str) -> anyhow::Result<String> {
    Ok(value[name].as_str().context("a text")?.to_owned())
}

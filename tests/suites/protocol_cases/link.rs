//! A server on a port of its own, and raw clients for it.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use natter::gateway::transport::TransportOptions;
use natter_tests::transport_echo::{self, autobahn_options, suite_options};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// Waits, but not for ever.
pub(crate) async fn soon<T>(waited: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(10), waited)
        .await
        .expect("in time")
}

/// A server, by one of its paths.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) addr: SocketAddr,
    path: &'static str,
    http: reqwest::Client,
}

impl Server {
    /// With the heartbeat of the official suites (300 ms, 200 ms).
    pub(crate) async fn hasty(path: &'static str) -> Self {
        Self::start(path, suite_options()).await
    }

    /// With a heartbeat that no case lives to see, so that a busy machine does not end sessions.
    pub(crate) async fn patient(path: &'static str) -> Self {
        let patience = Duration::from_secs(20);
        Self::start(
            path,
            TransportOptions {
                ping_interval: patience,
                ping_timeout: patience,
                ..suite_options()
            },
        )
        .await
    }

    async fn start(path: &'static str, options: TransportOptions) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let addr = listener.local_addr().expect("an address");
        tokio::spawn(transport_echo::serve(listener, options, autobahn_options()));
        Self::at(addr, path)
    }

    /// A server that runs already.
    pub(crate) fn at(addr: SocketAddr, path: &'static str) -> Self {
        Self {
            addr,
            path,
            http: natter_tests::rest::http_client(),
        }
    }

    pub(crate) fn url(&self, query: &str) -> String {
        format!("http://{}{}?{query}", self.addr, self.path)
    }

    /// GETs with this query: status and body.
    pub(crate) async fn get(&self, query: &str) -> (u16, String) {
        answer(self.http.get(self.url(query))).await
    }

    /// Opens a session that polls: its id.
    pub(crate) async fn open(&self) -> Polling {
        let (status, body) = self.get("EIO=4&transport=polling").await;
        assert_eq!(status, 200, "{body}");
        let open: serde_json::Value = serde_json::from_str(&body[1..]).expect("JSON");
        Polling {
            server: self.clone(),
            sid: open["sid"].as_str().expect("a sid").to_owned(),
        }
    }

    /// Connects a WebSocket with this query.
    pub(crate) async fn websocket(&self, query: &str) -> Result<Socket, tungstenite::Error> {
        let url = self.url(query).replacen("http", "ws", 1);
        let (stream, _) = soon(connect_async(url)).await?;
        Ok(Socket { stream })
    }

    /// Opens a session over a WebSocket, and reads its `open` packet.
    pub(crate) async fn open_websocket(&self) -> Socket {
        let mut socket = self
            .websocket("EIO=4&transport=websocket")
            .await
            .expect("a connection");
        assert!(socket.text().await.starts_with('0'));
        socket
    }

    pub(crate) fn request(&self, method: reqwest::Method, query: &str) -> reqwest::RequestBuilder {
        self.http.request(method, self.url(query))
    }
}

pub(crate) async fn answer(request: reqwest::RequestBuilder) -> (u16, String) {
    let response = soon(request.send()).await.expect("an answer");
    let status = response.status().as_u16();
    (status, soon(response.text()).await.expect("a body"))
}

/// A session that polls.
pub(crate) struct Polling {
    server: Server,
    pub(crate) sid: String,
}

impl Polling {
    pub(crate) fn query(&self, transport: &str) -> String {
        format!("EIO=4&transport={transport}&sid={}", self.sid)
    }

    pub(crate) async fn poll(&self) -> (u16, String) {
        self.server.get(&self.query("polling")).await
    }

    pub(crate) async fn post(&self, body: impl Into<reqwest::Body>) -> (u16, String) {
        let request = self
            .server
            .request(reqwest::Method::POST, &self.query("polling"));
        answer(request.body(body)).await
    }

    /// Connects the WebSocket and has it probed.
    pub(crate) async fn probe(&self) -> Socket {
        let mut socket = self
            .server
            .websocket(&self.query("websocket"))
            .await
            .expect("a connection");
        socket.send("2probe").await;
        assert_eq!(socket.text().await, "3probe");
        socket
    }
}

/// A client's WebSocket.
pub(crate) struct Socket {
    pub(crate) stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Socket {
    pub(crate) async fn send(&mut self, text: &str) {
        self.send_message(Message::text(text)).await;
    }

    pub(crate) async fn send_bytes(&mut self, bytes: &'static [u8]) {
        self.send_message(Message::Binary(Bytes::from_static(bytes)))
            .await;
    }

    pub(crate) async fn send_message(&mut self, message: Message) {
        soon(self.stream.send(message))
            .await
            .expect("an open connection");
    }

    /// The next message.
    pub(crate) async fn next(&mut self) -> Option<Result<Message, tungstenite::Error>> {
        soon(self.stream.next()).await
    }

    pub(crate) async fn text(&mut self) -> String {
        match self.next().await {
            Some(Ok(Message::Text(text))) => text.as_str().to_owned(),
            other => panic!("text expected, got {other:?}"),
        }
    }

    pub(crate) async fn bytes(&mut self) -> Bytes {
        match self.next().await {
            Some(Ok(Message::Binary(bytes))) => bytes,
            other => panic!("bytes expected, got {other:?}"),
        }
    }

    /// Reads until the connection ends; the close code, if one came. Pings of Engine.IO may precede it.
    pub(crate) async fn ended(&mut self) -> Option<u16> {
        loop {
            match self.next().await {
                Some(Ok(Message::Text(text))) if text.as_str() == "2" => {}
                Some(Ok(Message::Close(frame))) => return frame.map(|frame| frame.code.into()),
                Some(Ok(other)) => panic!("an end expected, got {other:?}"),
                Some(Err(_)) | None => return None,
            }
        }
    }
}

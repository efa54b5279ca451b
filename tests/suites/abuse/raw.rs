//! Sockets without manners: any bytes go out, and nobody answers for the test.

use anyhow::{Context as _, Result, bail};
use futures_util::{SinkExt as _, StreamExt as _};
use natter_tests::deadline::within;
use natter_tests::server::Server;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{Error, Message};

/// The client's side of the kernel holds little, so that a reader that stops is felt soon.
const RECEIVE_BUFFER_BYTES: u32 = 16 * 1024;

/// How a socket ended: the close frame's code and reason, or neither.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct End {
    pub(super) code: Option<u16>,
    pub(super) reason: String,
}

pub(super) struct RawSocket {
    stream: WebSocketStream<TcpStream>,
}

impl RawSocket {
    /// `/ws`, not registered.
    pub(super) async fn plain(server: &Server) -> Result<Self> {
        Self::open(server, "/ws").await
    }

    /// `/ws`, registered.
    pub(super) async fn registered(server: &Server, token: &str) -> Result<Self> {
        let mut socket = Self::plain(server).await?;
        socket
            .send(
                &json!({ "id": 0, "event": "register_user", "data": { "token": token } })
                    .to_string(),
            )
            .await?;
        let answer = socket.answer_to(0).await?;
        anyhow::ensure!(answer["ok"] == true, "not registered: {answer}");
        Ok(socket)
    }

    /// Socket.IO over WebSocket, connected to the namespace with a token.
    pub(super) async fn socket_io(server: &Server, token: &str) -> Result<Self> {
        let mut socket = Self::engine_io(server).await?;
        socket
            .send(&format!("40{}", json!({ "token": token })))
            .await?;
        socket
            .next_where("the namespace", |text| text.starts_with("40"))
            .await?;
        socket
            .next_where("registered", |text| text.starts_with("42[\"registered\""))
            .await?;
        Ok(socket)
    }

    /// Engine.IO over WebSocket, without a namespace.
    pub(super) async fn engine_io(server: &Server) -> Result<Self> {
        let mut socket = Self::open(server, "/socket.io/?EIO=4&transport=websocket").await?;
        socket
            .next_where("the open packet", |text| text.starts_with('0'))
            .await?;
        Ok(socket)
    }

    async fn open(server: &Server, path: &str) -> Result<Self> {
        let tcp = TcpSocket::new_v4()?;
        tcp.set_recv_buffer_size(RECEIVE_BUFFER_BYTES)?;
        let tcp = tcp.connect(server.address().parse()?).await?;
        let url = format!("ws://{}{path}", server.address());
        let (stream, _) = within(
            "the WebSocket handshake",
            tokio_tungstenite::client_async(url, tcp),
        )
        .await??;
        Ok(Self { stream })
    }

    pub(super) async fn send(&mut self, text: &str) -> Result<()> {
        Ok(self.stream.send(Message::text(text)).await?)
    }

    pub(super) async fn send_binary(&mut self, bytes: Vec<u8>) -> Result<()> {
        Ok(self.stream.send(Message::binary(bytes)).await?)
    }

    /// A text frame whatever the bytes.
    pub(super) async fn send_as_text(&mut self, bytes: Vec<u8>) -> Result<()> {
        let frame = Frame::message(bytes, OpCode::Data(Data::Text), true);
        Ok(self.stream.send(Message::Frame(frame)).await?)
    }

    /// Bytes that need not be a frame.
    pub(super) async fn send_bytes(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.stream.get_mut().write_all(bytes).await?)
    }

    /// The answer to a numbered event; on `/ws`.
    pub(super) async fn answer_to(&mut self, id: u64) -> Result<Value> {
        let is_it = |text: &str| {
            serde_json::from_str::<Value>(text).is_ok_and(|frame| frame["reply_to"] == id)
        };
        let text = self
            .next_where(&format!("the answer to {id}"), is_it)
            .await?;
        Ok(serde_json::from_str(&text)?)
    }

    /// The next text that satisfies the test; others are dropped.
    pub(super) async fn next_where(
        &mut self,
        what: &str,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<String> {
        within(what, async {
            loop {
                match self.next().await {
                    Ok(text) if wanted(&text) => return Ok(text),
                    Ok(_) => {}
                    Err(end) => bail!("the socket ended ({end:?}) before {what}"),
                }
            }
        })
        .await?
    }

    /// The next text, or the end.
    pub(super) async fn next(&mut self) -> Result<String, End> {
        loop {
            let message = self.stream.next().await;
            if let Some(Ok(Message::Text(text))) = &message {
                return Ok(text.as_str().to_owned());
            }
            if let Some(end) = ended(message) {
                return Err(end);
            }
        }
    }

    /// Sends one frame again and again without waiting for answers, which are read on the side: how often it was taken, and
    /// how the socket ended.
    pub(super) async fn pour(
        self,
        frame: impl Into<Message>,
        at_most: usize,
    ) -> Result<(usize, End)> {
        let frame = frame.into();
        let (mut sink, source) = self.stream.split();
        let reading = tokio::spawn(async move {
            let mut source = source;
            loop {
                if let Some(end) = ended(source.next().await) {
                    return end;
                }
            }
        });
        let mut sent = 0;
        while sent < at_most && !reading.is_finished() && sink.send(frame.clone()).await.is_ok() {
            sent += 1;
        }
        Ok((sent, within("the end of the flood", reading).await??))
    }

    /// Reads to the end: how many texts still came, and how it ended.
    pub(super) async fn read_to_the_end(&mut self) -> Result<(usize, End)> {
        within("the socket to be closed", async {
            let mut texts = 0;
            loop {
                match self.next().await {
                    Ok(_) => texts += 1,
                    Err(end) => return (texts, end),
                }
            }
        })
        .await
        .context("a socket that should have been closed is still open")
    }
}

fn ended(message: Option<Result<Message, Error>>) -> Option<End> {
    match message {
        Some(Ok(Message::Close(frame))) => {
            let (code, reason) = frame
                .map(|it| (it.code.into(), it.reason.as_str().to_owned()))
                .unzip();
            let reason = reason.unwrap_or_default();
            Some(End { code, reason })
        }
        Some(Ok(_)) => None,
        Some(Err(error)) => Some(End {
            code: None,
            reason: error.to_string(),
        }),
        None => Some(End {
            code: None,
            reason: "end of stream".to_owned(),
        }),
    }
}

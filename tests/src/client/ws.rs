//! A plain WebSocket on `/ws`.

use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::inbox::{Closed, Inbox, Pending};
use crate::server::Server;

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A socket whose frames a task reads into the inbox.
#[derive(Debug)]
pub struct WsSocket {
    inbox: Inbox,
    sink: Mutex<SplitSink<Stream, Message>>,
    next_id: AtomicU64,
    reader: JoinHandle<()>,
}

impl WsSocket {
    pub(super) async fn connect(server: &Server) -> Result<Self> {
        let (stream, _) =
            tokio_tungstenite::connect_async(format!("ws://{}/ws", server.address())).await?;
        let (sink, source) = stream.split();
        let inbox = Inbox::default();
        let reader = tokio::spawn(read(source, inbox.clone()));
        Ok(Self {
            inbox,
            sink: Mutex::new(sink),
            next_id: AtomicU64::new(1),
            reader,
        })
    }

    pub(super) fn inbox(&self) -> &Inbox {
        &self.inbox
    }

    pub(super) async fn emit(&self, event: &str, data: Value) -> Result<Pending> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let pending = self.inbox.expect_answer(id);
        self.write(json!({ "id": id, "event": event, "data": data }))
            .await?;
        Ok(pending)
    }

    pub(super) async fn tell(&self, event: &str, data: Value) -> Result<()> {
        self.write(json!({ "event": event, "data": data })).await
    }

    pub(super) async fn disconnect(self) -> Result<()> {
        // A peer that closed first has ended the socket just as well.
        let _ = self.sink.lock().await.close().await;
        self.inbox.closed().await?;
        Ok(())
    }

    async fn write(&self, frame: Value) -> Result<()> {
        Ok(self
            .sink
            .lock()
            .await
            .send(Message::text(frame.to_string()))
            .await?)
    }
}

impl Drop for WsSocket {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

async fn read(mut source: SplitStream<Stream>, inbox: Inbox) {
    let closed = loop {
        match source.next().await {
            Some(Ok(Message::Text(text))) => take_frame(text.as_str(), &inbox),
            Some(Ok(Message::Close(Some(frame)))) => {
                break Closed {
                    code: Some(frame.code.into()),
                    reason: frame.reason.as_str().to_owned(),
                };
            }
            Some(Ok(_)) => {}
            Some(Err(error)) => {
                break Closed {
                    code: None,
                    reason: error.to_string(),
                };
            }
            None => {
                break Closed {
                    code: None,
                    reason: "end of stream".to_owned(),
                };
            }
        }
    };
    inbox.close(closed);
}

fn take_frame(text: &str, inbox: &Inbox) {
    let Ok(mut frame) = serde_json::from_str::<Value>(text) else {
        return inbox.push("(not JSON)", Value::String(text.to_owned()));
    };
    match (
        frame["reply_to"].as_u64(),
        frame["event"].as_str().map(str::to_owned),
    ) {
        (Some(id), _) => inbox.answer(id, frame),
        (None, Some(event)) => inbox.push(&event, frame["data"].take()),
        (None, None) => inbox.push("(answer to nothing)", frame),
    }
}

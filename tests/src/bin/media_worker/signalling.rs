//! One socket for each participant: requests with answers, and events.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use anyhow::Context as _;
use axum::{
    extract::{
        Query, State, WebSocketUpgrade,
        ws::{Message, WebSocket},
    },
    response::Response,
};
use natter::calls::worker::MediaWorker;
use natter_sfu::{
    Event, EventKind, Layer, Muter, ParticipantId, Placed, RoomId, Section, Source, Tapped,
    TappedKind, TrackId,
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;

type Socket = mpsc::Sender<Value>;

/// The participants, and the worker that they call through.
pub(crate) struct Signalling {
    worker: MediaWorker,
    sockets: Mutex<HashMap<(RoomId, ParticipantId), Socket>>,
    /// Frames that taps gave.
    frames: AtomicU64,
}

#[derive(Clone, Copy, Deserialize)]
pub(crate) struct Who {
    room: u64,
    who: u64,
}

#[derive(Deserialize)]
struct Request {
    id: u64,
    #[serde(flatten)]
    wish: Wish,
}

#[derive(Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
enum Wish {
    Publish {
        sdp: String,
        sections: Vec<WireSection>,
    },
    Sources {
        sources: Vec<String>,
    },
    Accept {
        sdp: String,
    },
    Show {
        who: u64,
        source: String,
        layer: Option<String>,
    },
    Mute {
        who: u64,
        source: String,
        muted: bool,
    },
    Tap {},
    Report {},
}

#[derive(Deserialize)]
struct WireSection {
    mid: String,
    source: String,
}

const SOURCES: [(&str, Source); 4] = [
    ("microphone", Source::Microphone),
    ("camera", Source::Camera),
    ("screen", Source::Screen),
    ("screen_sound", Source::ScreenSound),
];

fn source(name: &str) -> anyhow::Result<Source> {
    let found = SOURCES.iter().find(|(known, _)| *known == name);
    found.map(|(_, source)| *source).context("no such source")
}

fn track_json(track: TrackId) -> Value {
    let name = SOURCES.iter().find(|(_, source)| *source == track.source);
    json!({ "who": track.participant.0 as u64, "source": name.map(|(name, _)| *name) })
}

/// A participant's socket.
pub(crate) async fn connect(
    State(signalling): State<Arc<Signalling>>,
    Query(who): Query<Who>,
    upgrade: WebSocketUpgrade,
) -> Response {
    upgrade.on_upgrade(move |socket| async move {
        if let Err(error) = signalling.serve(who, socket).await {
            eprintln!("{}: {error:#}", who.who);
        }
    })
}

impl Signalling {
    pub(crate) fn new(worker: MediaWorker) -> Self {
        Self {
            worker,
            sockets: Mutex::default(),
            frames: AtomicU64::new(0),
        }
    }

    async fn serve(&self, who: Who, mut socket: WebSocket) -> anyhow::Result<()> {
        let (room, id) = (RoomId(who.room.into()), ParticipantId(who.who.into()));
        let (outgoing, mut queue) = mpsc::channel(1024);
        self.sockets().insert((room, id), outgoing);
        self.worker.join(room, id).await?;
        loop {
            tokio::select! {
                event = queue.recv() => {
                    let event = event.context("another has this number")?;
                    socket.send(Message::Text(event.to_string().into())).await?;
                }
                message = socket.recv() => {
                    let Some(Ok(Message::Text(text))) = message else {
                        break;
                    };
                    let Request { id: number, wish } = serde_json::from_str(&text)?;
                    let mut answer = match self.carry_out(room, id, wish).await {
                        Ok(answer) => answer,
                        Err(error) => json!({ "error": format!("{error:#}") }),
                    };
                    answer["reply_to"] = number.into();
                    socket.send(Message::Text(answer.to_string().into())).await?;
                }
            }
        }
        self.sockets().remove(&(room, id));
        Ok(self.worker.leave(room, id).await?)
    }

    async fn carry_out(
        &self,
        room: RoomId,
        id: ParticipantId,
        wish: Wish,
    ) -> anyhow::Result<Value> {
        let track = |who: u64, name: &str| -> anyhow::Result<TrackId> {
            let participant = ParticipantId(who.into());
            Ok(TrackId {
                participant,
                source: source(name)?,
            })
        };
        match wish {
            Wish::Publish { sdp, sections } => {
                let sections = sections
                    .into_iter()
                    .map(|WireSection { mid, source: name }| {
                        Ok(Section {
                            mid,
                            source: source(&name)?,
                        })
                    });
                let sections = sections.collect::<anyhow::Result<Vec<_>>>()?;
                let sdp = self.worker.publish(room, id, sdp, sections).await?;
                return Ok(json!({ "sdp": sdp }));
            }
            Wish::Sources { sources } => {
                let sources = sources.iter().map(|name| source(name));
                let sources = sources.collect::<anyhow::Result<Vec<_>>>()?;
                self.worker.set_sources(room, id, sources).await?;
            }
            Wish::Accept { sdp } => self.worker.accept(room, id, sdp).await?,
            Wish::Show { who, source, layer } => {
                let layer = layer.as_deref().and_then(Layer::from_rid);
                self.worker
                    .show(room, id, track(who, &source)?, layer)
                    .await?;
            }
            Wish::Mute { who, source, muted } => {
                let track = track(who, &source)?;
                let by = match track.participant == id {
                    true => Muter::Oneself,
                    false => Muter::Other(id),
                };
                self.worker.mute(room, track, muted, by).await?;
            }
            Wish::Tap {} => self.worker.tap(room, id).await?,
            Wish::Report {} => {
                let report = self.worker.report().await?;
                return Ok(json!({
                    "forwarded": report.router.media_forwarded,
                    "unsent": report.io.unsent,
                    "turns": report.io.turns,
                    "frames_tapped": self.frames.load(Ordering::Relaxed),
                    "report": format!("{report:?}"),
                }));
            }
        }
        Ok(json!({}))
    }

    /// Passes the worker's events on to whom they concern.
    pub(crate) async fn tell(self: Arc<Self>, mut events: mpsc::Receiver<Event>) {
        while let Some(Event { room, kind }) = events.recv().await {
            let (to, told) = wire(kind);
            for ((their_room, id), socket) in &*self.sockets() {
                if *their_room == room && to.is_none_or(|to| to == *id) {
                    // Who does not read misses events.
                    let _ = socket.try_send(told.clone());
                }
            }
        }
    }

    pub(crate) async fn count(self: Arc<Self>, mut tapped: mpsc::Receiver<Tapped>) {
        while let Some(tapped) = tapped.recv().await {
            if matches!(tapped.kind, TappedKind::Frame { .. }) {
                self.frames.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    fn sockets(&self) -> std::sync::MutexGuard<'_, HashMap<(RoomId, ParticipantId), Socket>> {
        self.sockets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn placed_json(tracks: Vec<Placed>) -> Vec<Value> {
    let placed = tracks.into_iter().map(|Placed { track, mid }| {
        let mut placed = track_json(track);
        placed["mid"] = mid.into();
        placed
    });
    placed.collect()
}

/// Whom an event is for (`None`: everybody), and what they hear.
fn wire(kind: EventKind) -> (Option<ParticipantId>, Value) {
    match kind {
        EventKind::Offer { to, sdp, tracks } => {
            let tracks = placed_json(tracks);
            (
                Some(to),
                json!({ "event": "offer", "sdp": sdp, "tracks": tracks }),
            )
        }
        EventKind::Tracks { to, tracks } => (
            Some(to),
            json!({ "event": "tracks", "tracks": placed_json(tracks) }),
        ),
        EventKind::PublishLayers { to, layers } => {
            let layers = Layer::ALL
                .into_iter()
                .filter(|layer| layers.contains(*layer));
            let layers: Vec<&str> = layers.map(Layer::rid).collect();
            (
                Some(to),
                json!({ "event": "publish_layers", "layers": layers }),
            )
        }
        EventKind::ActiveSpeaker(who) => (
            None,
            json!({ "event": "active_speaker", "who": who.map(|who| who.0 as u64) }),
        ),
        EventKind::TrackPublished(track) => (
            None,
            json!({ "event": "track_published", "track": track_json(track) }),
        ),
        EventKind::TrackUnpublished(track) => (
            None,
            json!({ "event": "track_unpublished", "track": track_json(track) }),
        ),
        EventKind::Muted { track, muted, .. } => (
            None,
            json!({ "event": "muted", "track": track_json(track), "muted": muted }),
        ),
        EventKind::Lost { participant, side } => {
            let lost = json!({ "event": "lost", "side": format!("{side:?}") });
            (Some(participant), lost)
        }
        EventKind::Connected { participant, side } => {
            let connected = json!({ "event": "connected", "side": format!("{side:?}") });
            (Some(participant), connected)
        }
        EventKind::Failed => (None, json!({ "event": "failed" })),
        EventKind::Quality {
            participant,
            quality,
        } => {
            let told = json!({
                "event": "quality",
                "round_trip_ms": quality.round_trip.map(|time| time.as_millis() as u64),
                "sent_bits_per_second": quality.sent_bits_per_second,
                "received_bits_per_second": quality.received_bits_per_second,
                "sent_loss": quality.sent_loss,
                "received_loss": quality.received_loss,
            });
            (Some(participant), told)
        }
    }
}

//! The media worker: one thread around the router (`natter-sfu`) that owns its sockets and rooms.
//!
//! Rule: nothing on this thread waits for anybody. Commands come over a bounded channel, events and tapped frames leave over two more, and
//! the router is the thread's alone, without a lock.
//!
//! | what is full | what happens |
//! |---|---|
//! | commands | `MediaError::Overloaded` to who asks |
//! | events | the worker takes no command until they are read; media flows on |
//! | tapped frames | they are left out up to the next keyframe, and counted (`Counters::tap_dropped`) |
//! | the socket's send buffer | packets are dropped and counted (`IoCounters::unsent`); clients ask again for those of video |
//! | a TCP client's queue | whole packets for that client are dropped, and counted |
//! | what one connection may send (`net::guard` of the router) | its packets are dropped, and counted (`Counters::flooded`) |
//!
//! Not here: who may call whom, and what a call is (its state machine asks this worker).

mod command;
mod error;
mod options;
mod tcp;
#[cfg(test)]
mod tests;
mod turn;
mod udp;

use std::{
    sync::{
        Arc,
        mpsc::{SyncSender, TrySendError, sync_channel},
    },
    thread,
};

use mio::Waker;
use natter_sfu::{Event, Layer, Muter, ParticipantId, RoomId, Section, Source, Tapped, TrackId};
use tokio::sync::{mpsc, oneshot};

use command::{Answer, Command};
pub use error::MediaError;
pub use options::MediaOptions;
use turn::Worker;
pub use turn::{IoCounters, Report};

/// Commands that wait for the worker: a call of a hundred joins with some four hundred.
const COMMANDS: usize = 1_024;
/// Events that wait for who reads them.
const EVENTS: usize = 4_096;
/// Tapped frames that wait for the recorder: a second of a call of ten.
const TAPPED: usize = 1_024;

/// Commands for the worker. Cheap to clone.
///
/// Each command is answered in the order of sending. An event that follows from a command may be read before its answer.
#[derive(Clone, Debug)]
pub struct MediaWorker {
    commands: SyncSender<Command>,
    waker: Arc<Waker>,
}

/// A worker that runs.
#[derive(Debug)]
pub struct Started {
    /// To command it. Once all clones are gone, the thread ends, within half a second.
    pub worker: MediaWorker,
    /// What happens. When it ends, the worker is gone, and all its calls are over.
    pub events: mpsc::Receiver<Event>,
    /// What is tapped, for the recorder.
    pub tapped: mpsc::Receiver<Tapped>,
    /// The port for datagrams: the one that was asked for, or a free one.
    pub udp_port: u16,
}

impl MediaWorker {
    /// Binds the sockets and starts the thread.
    ///
    /// # Errors
    /// An address cannot be bound, or the thread cannot be started.
    pub fn start(options: &MediaOptions) -> Result<Started, MediaError> {
        let (commands, command_queue) = sync_channel(COMMANDS);
        let (event_sender, events) = mpsc::channel(EVENTS);
        let (tap_sender, tapped) = mpsc::channel(TAPPED);
        let (bound, is_bound) = sync_channel(1);
        let options = options.clone();
        // Made on the thread: what the system calls need is not to be moved.
        thread::Builder::new()
            .name("media".to_owned())
            .spawn(move || {
                let worker = Worker::new(&options, command_queue, event_sender, tap_sender);
                match worker {
                    Ok(worker) => {
                        // The starter waits for it.
                        let _ = bound.send(Ok((worker.waker(), worker.udp_port())));
                        worker.run();
                    }
                    Err(error) => {
                        let _ = bound.send(Err(error));
                    }
                }
            })?;
        let (waker, udp_port) = is_bound.recv().map_err(|_| MediaError::Gone)??;
        Ok(Started {
            worker: Self { commands, waker },
            events,
            tapped,
            udp_port,
        })
    }

    /// Lets somebody into a room; it opens with its first participant. See `Sfu::join`.
    ///
    /// # Errors
    /// In it already, the room is full, or the worker is busy or gone. So for all commands: see `MediaError`.
    pub async fn join(&self, room: RoomId, participant: ParticipantId) -> Result<(), MediaError> {
        self.ask(|answer| Command::Join(room, participant, answer))
            .await
    }

    /// Ends a participant's part; the room closes with its last. See `Sfu::leave`.
    ///
    /// # Errors
    /// Not in the room.
    pub async fn leave(&self, room: RoomId, participant: ParticipantId) -> Result<(), MediaError> {
        self.ask(|answer| Command::Leave(room, participant, answer))
            .await
    }

    /// Answers the offer of a participant's sending connection (`rtc_publish`). See `Sfu::publish`.
    ///
    /// # Errors
    /// Not in the room, or an offer that cannot be answered.
    pub async fn publish(
        &self,
        room: RoomId,
        participant: ParticipantId,
        offer: String,
        sections: Vec<Section>,
    ) -> Result<String, MediaError> {
        self.ask(|answer| Command::Publish {
            room,
            participant,
            offer,
            sections,
            answer,
        })
        .await
    }

    /// What a participant sends from now on, of what was negotiated. See `Sfu::set_sources`.
    ///
    /// # Errors
    /// Not in the room, or a source that was not negotiated.
    pub async fn set_sources(
        &self,
        room: RoomId,
        participant: ParticipantId,
        sources: Vec<Source>,
    ) -> Result<(), MediaError> {
        self.ask(|answer| Command::SetSources(room, participant, sources, answer))
            .await
    }

    /// Takes a client's answer (`rtc_answer`) to an `Offer`. See `Sfu::accept`.
    ///
    /// # Errors
    /// Not in the room, no offer waits, or an answer that does not fit it.
    pub async fn accept(
        &self,
        room: RoomId,
        participant: ParticipantId,
        sdp: String,
    ) -> Result<(), MediaError> {
        self.ask(|answer| Command::Accept(room, participant, sdp, answer))
            .await
    }

    /// How large a participant's client shows a track (`rtc_layer`); `None`: not at all. See `Sfu::show`.
    ///
    /// # Errors
    /// Not in the room, or no such track.
    pub async fn show(
        &self,
        room: RoomId,
        participant: ParticipantId,
        track: TrackId,
        at_most: Option<Layer>,
    ) -> Result<(), MediaError> {
        self.ask(|answer| Command::Show {
            room,
            participant,
            track,
            at_most,
            answer,
        })
        .await
    }

    /// Mutes or unmutes a source (`rtc_mute`). See `Sfu::mute`.
    ///
    /// # Errors
    /// Not in the room, or somebody would unmute another.
    pub async fn mute(
        &self,
        room: RoomId,
        track: TrackId,
        muted: bool,
        by: Muter,
    ) -> Result<(), MediaError> {
        self.ask(|answer| Command::Mute {
            room,
            track,
            muted,
            by,
            answer,
        })
        .await
    }

    /// Begins to hand a participant's frames to the recorder. See `Sfu::tap`.
    ///
    /// # Errors
    /// Not in the room.
    pub async fn tap(&self, room: RoomId, participant: ParticipantId) -> Result<(), MediaError> {
        self.ask(|answer| Command::Tap(room, participant, answer))
            .await
    }

    /// Ends that.
    ///
    /// # Errors
    /// Not in the room.
    pub async fn untap(&self, room: RoomId, participant: ParticipantId) -> Result<(), MediaError> {
        self.ask(|answer| Command::Untap(room, participant, answer))
            .await
    }

    /// What the worker has counted since its start.
    ///
    /// # Errors
    /// The worker is busy or gone.
    pub async fn report(&self) -> Result<Report, MediaError> {
        self.ask(Command::Report).await
    }

    async fn ask<T>(&self, command: impl FnOnce(Answer<T>) -> Command) -> Result<T, MediaError> {
        let (answer, answered) = oneshot::channel();
        match self.commands.try_send(command(answer)) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => return Err(MediaError::Overloaded),
            Err(TrySendError::Disconnected(_)) => return Err(MediaError::Gone),
        }
        self.waker.wake()?;
        answered.await.map_err(|_| MediaError::Gone)?
    }
}

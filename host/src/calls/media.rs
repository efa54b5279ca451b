//! The way to the media worker, and the words of both sides.
//!
//! Rule: what is asked goes to the worker one after the other, in the order of asking: whoever was let into a call before they were
//! told so is there when they publish. The desk asks without waiting, for the worker may itself wait for the desk to read its events.

use futures_util::future::BoxFuture;
use natter_sfu::{Layer, ParticipantId, RoomId, SfuError, Source, TrackId};
use tokio::sync::{mpsc, oneshot};

use super::{
    CallError,
    output::MediaCommand,
    worker::{MediaError, MediaWorker},
};
use crate::model::{CallId, CallPerson, MediaLayer, MediaSource, UserId};

/// What waits for the worker; beyond it clients are told `overloaded`. Chosen, not standard.
const QUEUE: usize = 4_096;

type Job = BoxFuture<'static, ()>;

/// Asks the worker.
#[derive(Clone, Debug)]
pub(super) struct Media {
    worker: MediaWorker,
    jobs: mpsc::Sender<Job>,
}

impl Media {
    /// Starts the task that asks; it ends with the last clone.
    pub(super) fn start(worker: MediaWorker) -> Self {
        let (jobs, mut queue) = mpsc::channel::<Job>(QUEUE);
        tokio::spawn(async move {
            while let Some(job) = queue.recv().await {
                job.await;
            }
        });
        Self { worker, jobs }
    }

    /// Has it done, without waiting.
    pub(super) fn command(&self, command: MediaCommand) {
        let worker = self.worker.clone();
        let job = async move {
            let done = match command {
                MediaCommand::Join(it) => worker.join(room(it.call_id), participant(it)).await,
                MediaCommand::Leave(it) => worker.leave(room(it.call_id), participant(it)).await,
            };
            if let Err(error) = done {
                tracing::warn!(?command, %error, "the media worker did not do it");
            }
        };
        if self.jobs.try_send(Box::pin(job)).is_err() {
            tracing::error!(?command, "too much waits for the media worker");
        }
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// What the worker refuses; `Overloaded`.
    pub(super) async fn ask<T, F>(
        &self,
        question: impl FnOnce(MediaWorker) -> F,
    ) -> Result<T, CallError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, MediaError>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let asking = question(self.worker.clone());
        let job = async move {
            // Who asked may have gone.
            let _ = reply.send(asking.await);
        };
        let sent = self.jobs.try_send(Box::pin(job));
        sent.map_err(|_| CallError::Overloaded)?;
        let answer = answer.await.map_err(|_| CallError::Overloaded)?;
        answer.map_err(refusal)
    }
}

fn refusal(error: MediaError) -> CallError {
    match error {
        MediaError::Overloaded => CallError::Overloaded,
        MediaError::Gone | MediaError::Io(_) => CallError::NoMedia(error),
        MediaError::Refused(refused) => match refused {
            SfuError::OnlySelfUnmutes => CallError::Forbidden("only the person unmutes"),
            SfuError::RoomFull { limit } => CallError::Full { limit },
            SfuError::NoOfferWaits => CallError::Conflict("no offer waits for an answer"),
            SfuError::UnknownRoom(_) | SfuError::UnknownParticipant(_) => {
                CallError::Conflict("there is no media for you, or no more")
            }
            SfuError::AlreadyJoined(_) | SfuError::Broken => {
                CallError::Conflict("the connection is over: make another")
            }
            unusable => CallError::Unusable(unusable.to_string()),
        },
    }
}

/// A call is a room of the router.
pub(super) fn room(call_id: CallId) -> RoomId {
    RoomId(call_id.0.as_u128())
}

/// Which call a room of the router is.
pub(super) fn call_of(room: RoomId) -> CallId {
    CallId(uuid::Uuid::from_u128(room.0))
}

fn participant(it: CallPerson) -> ParticipantId {
    participant_of(it.user_id)
}

/// A person is a participant.
pub(super) fn participant_of(user_id: UserId) -> ParticipantId {
    ParticipantId(user_id.0.as_u128())
}

/// Who a participant is.
pub(super) fn user_of(participant: ParticipantId) -> UserId {
    UserId(uuid::Uuid::from_u128(participant.0))
}

/// One source of one person.
pub(super) fn track(user_id: UserId, source: MediaSource) -> TrackId {
    TrackId {
        participant: participant_of(user_id),
        source: source.into(),
    }
}

impl From<MediaSource> for Source {
    fn from(source: MediaSource) -> Self {
        match source {
            MediaSource::Microphone => Self::Microphone,
            MediaSource::Camera => Self::Camera,
            MediaSource::Screen => Self::Screen,
            MediaSource::ScreenSound => Self::ScreenSound,
        }
    }
}

impl From<Source> for MediaSource {
    fn from(source: Source) -> Self {
        match source {
            Source::Microphone => Self::Microphone,
            Source::Camera => Self::Camera,
            Source::Screen => Self::Screen,
            Source::ScreenSound => Self::ScreenSound,
        }
    }
}

impl From<MediaLayer> for Layer {
    fn from(layer: MediaLayer) -> Self {
        match layer {
            MediaLayer::Low => Self::Low,
            MediaLayer::Middle => Self::Middle,
            MediaLayer::High => Self::High,
        }
    }
}

impl From<Layer> for MediaLayer {
    fn from(layer: Layer) -> Self {
        match layer {
            Layer::Low => Self::Low,
            Layer::Middle => Self::Middle,
            Layer::High => Self::High,
        }
    }
}

//! Calls: who rings whom, who takes part, and what is kept of it.
//!
//! Rule: who may do something is checked here (`rights`, `starting`); whether the call is in the state for it decides `machine`, of
//! which each live call is one; `desk` is the task that feeds them. What is live is in memory, and the database has it for history.
//!
//! Not here: sockets (`gateway`), messages (`chat`), packets (`natter-sfu`).

mod counting;
mod departures;
mod desk;
mod error;
mod event;
mod history;
mod machine;
mod media;
mod messages;
mod output;
mod person;
mod quality;
mod registry;
mod rights;
mod router_events;
mod rtc;
mod starting;
#[cfg(test)]
mod tests;
mod turn;
pub mod worker;

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use crate::{
    chat::Chat,
    delivery::Delivery,
    metrics::CallMetrics,
    model::{CallAck, CallId, IceServer, Timestamp, UserId, UserRole},
    policy::Policies,
    store::Store,
};
use departures::Departures;
use desk::{Desk, Input, Reply};
pub use error::CallError;
use event::{Event, Patience};
use media::Media;
use messages::Messages;
pub use person::Device;
use registry::{Registry, Rules};
pub use starting::{CallRequest, CallTarget};
pub use turn::TurnOptions;
use worker::MediaWorker;

/// What waits for the desk; beyond it clients are told `overloaded`. Chosen, not standard.
const QUEUE: usize = 4_096;
/// Missed calls that wait for their messages; beyond it they get them at the next start. Chosen, not standard.
const MISSED: usize = 4_096;

/// What calls work with.
#[derive(Debug)]
pub struct CallParts {
    /// Rooms, people, and calls that are over.
    pub store: Store,
    /// Where missed calls are told.
    pub chat: Arc<Chat>,
    /// Who is online.
    pub delivery: Arc<Delivery>,
    /// Who judges calls.
    pub policies: Arc<Policies>,
    /// What is counted.
    pub metrics: CallMetrics,
    /// Who carries sound and pictures.
    pub media: MediaWorker,
    /// What that tells.
    pub media_events: mpsc::Receiver<natter_sfu::Event>,
}

/// How calls are to be.
#[derive(Clone, Debug)]
pub struct CallOptions {
    /// How long a call rings.
    pub ring_seconds: i64,
    /// How long it waits for a participant whose socket is gone.
    pub grace_seconds: i64,
    /// The most in one call.
    pub participants: usize,
    /// What clients are told to reach each other by.
    pub turn: TurnOptions,
}

/// Calls, with their desk running.
#[derive(Debug)]
pub struct Calls {
    store: Store,
    chat: Arc<Chat>,
    policies: Arc<Policies>,
    turn: TurnOptions,
    media: Media,
    desk: mpsc::Sender<Input>,
}

/// Ends what runs for calls.
#[derive(Debug)]
pub struct CallTasks {
    desk: mpsc::Sender<Input>,
    desk_task: JoinHandle<()>,
    messages_task: JoinHandle<()>,
    departures_task: JoinHandle<()>,
    counting_task: JoinHandle<()>,
}

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub struct Caller {
    /// By which socket.
    pub device: Device,
    /// Their role in the server, for the scope of policies.
    pub account_role: UserRole,
}

/// What is done about a call that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallAct {
    /// This device rings.
    Ringing,
    /// Answers it.
    Answer,
    /// Refuses it.
    Reject,
    /// Comes to it, or back.
    Join,
    /// Goes; the caller, while it rings: gives up.
    Leave,
    /// Ends it for all.
    End,
}

impl Calls {
    /// Ends what an earlier process left, and starts the desk.
    ///
    /// # Errors
    /// The database failed.
    pub async fn start(
        parts: CallParts,
        options: CallOptions,
    ) -> Result<(Arc<Self>, CallTasks), CallError> {
        let CallParts {
            store,
            chat,
            delivery,
            policies,
            metrics,
            media,
            media_events,
        } = parts;
        let media = Media::start(media);
        let counting = counting::count(media.clone(), metrics.media.clone());
        let (missed, waiting) = mpsc::channel(MISSED);
        let owing = history::end_leftovers(&store, Timestamp::now()).await?;
        for row in owing {
            // What finds no place waits for the next start.
            let _ = missed.try_send(row);
        }
        let messages = Messages {
            chat: Arc::clone(&chat),
            store: store.clone(),
        };
        let rules = Rules {
            patience: Patience {
                ring_seconds: options.ring_seconds,
                grace_seconds: options.grace_seconds,
            },
            participants: options.participants,
        };
        let (desk, inputs) = mpsc::channel(QUEUE);
        let task = Desk {
            registry: Registry::new(rules),
            store: store.clone(),
            delivery,
            policies: Arc::clone(&policies),
            missed: Some(missed),
            media: media.clone(),
            metrics,
            save_at: None,
        };
        let departures = Departures {
            store: store.clone(),
            desk: desk.clone(),
        };
        let tasks = CallTasks {
            desk: desk.clone(),
            departures_task: tokio::spawn(departures.run(chat.departures())),
            desk_task: tokio::spawn(task.run(inputs, media_events)),
            messages_task: tokio::spawn(messages.run(waiting)),
            counting_task: tokio::spawn(counting),
        };
        let calls = Arc::new(Self {
            store,
            chat,
            policies,
            turn: options.turn,
            media,
            desk,
        });
        Ok((calls, tasks))
    }

    /// Does something about a call that is there.
    ///
    /// # Errors
    /// It is not there for this person, not in the state for it, or somebody refuses.
    pub async fn act(
        &self,
        by: Caller,
        call_id: CallId,
        act: CallAct,
    ) -> Result<CallAck, CallError> {
        let user_id = by.device.user_id;
        let event = match act {
            CallAct::Answer => return self.enter(by, call_id, Event::Answer(by.device)).await,
            CallAct::Join => return self.enter(by, call_id, Event::Join(by.device)).await,
            CallAct::Ringing => Event::Ringing(user_id),
            CallAct::Reject => Event::Reject(by.device),
            CallAct::Leave => Event::Leave(user_id),
            CallAct::End => {
                self.check_may_end(user_id, call_id).await?;
                Event::End(user_id)
            }
        };
        self.ask(|reply| Input::Apply(call_id, event, reply)).await
    }

    /// A socket says who it is: its device goes on where it was, and hears what rings.
    pub async fn device_came(&self, device: Device) {
        // Without a desk there is no call to go on with.
        let _ = self.desk.send(Input::Returned(device)).await;
    }

    /// A socket is gone; its device may come back.
    pub async fn device_went(&self, device: Device) {
        let _ = self.desk.send(Input::Dropped(device)).await;
    }

    /// A socket is gone, because its device was logged out or its account closed.
    pub async fn device_logged_out(&self, device: Device) {
        let _ = self.desk.send(Input::LoggedOut(device)).await;
    }

    /// The servers by which a person's client may reach others.
    #[must_use]
    pub fn ice_servers(&self, user_id: UserId) -> Vec<IceServer> {
        self.turn.servers(user_id, Timestamp::now())
    }

    async fn ask(&self, input: impl FnOnce(Reply) -> Input) -> Result<CallAck, CallError> {
        let (reply, answer) = oneshot::channel();
        self.send(input(reply))?;
        answer.await.unwrap_or(Err(CallError::Overloaded))
    }

    fn send(&self, input: Input) -> Result<(), CallError> {
        self.desk.try_send(input).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => CallError::Overloaded,
            mpsc::error::TrySendError::Closed(_) => CallError::Draining,
        })
    }
}

impl CallTasks {
    /// Ends all calls and writes the messages of those that nobody answered; at most `within`. Chat must still run.
    ///
    /// # Errors
    /// It took longer: the next start writes what is missing.
    pub async fn stop(self, within: Duration) -> Result<(), tokio::time::error::Elapsed> {
        let (reply, drained) = oneshot::channel();
        let drain = async {
            if self.desk.send(Input::Drain(reply)).await.is_ok() && drained.await.is_ok() {
                // It ends once the desk has given up its side.
                let _ = self.messages_task.await;
            }
        };
        let outcome = tokio::time::timeout(within, drain).await;
        self.departures_task.abort();
        self.counting_task.abort();
        self.desk_task.abort();
        outcome
    }
}

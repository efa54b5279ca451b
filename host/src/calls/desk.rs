//! The task through which everything about calls goes.
//!
//! Rule: what waits is decided in its order, then kept in one transaction, and only then answered and told. While the database is
//! away calls go on: what changed is kept once it is back.
//!
//! Not here: the decisions (`registry`, `machine`), who may do what (`rights`).

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt as _;
use natter_sfu::EventKind;
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};

use super::{
    CallError,
    event::{Event, NewCall},
    media::{Media, call_of},
    output::{Audience, Notice, Output},
    person::Device,
    registry::{Outcome, Registry},
};
use crate::{
    delivery::{Delivery, Outbound},
    metrics::CallMetrics,
    model::{
        Call, CallAck, CallId, CallReason, RoomId, ServerEvent, Timestamp, UserId,
        policy::CallNotice,
    },
    policy::Policies,
    store::{CallRow, Store},
};

/// Inputs of one turn, and so of one transaction. Chosen, not standard.
const TURN_INPUTS: usize = 256;
/// How long the database is left alone after it failed. Chosen, not standard.
const SAVE_AGAIN: Duration = Duration::from_secs(1);
/// The longest sleep: the wall clock may have been set meanwhile. Chosen, not standard.
const LONGEST_SLEEP: Duration = Duration::from_secs(10);

/// Where the outcome goes.
pub(super) type Reply = oneshot::Sender<Result<CallAck, CallError>>;

/// What the desk is asked and told.
#[derive(Debug)]
pub(super) enum Input {
    Start(Box<NewCall>, Reply),
    Apply(CallId, Event, Reply),
    /// A call that lives, or was over a moment ago.
    Find(CallId, oneshot::Sender<Option<Call>>),
    Live(oneshot::Sender<Vec<Call>>),
    /// Whether somebody is in a call with this socket.
    TakesPart(CallId, Device, oneshot::Sender<bool>),
    Returned(Device),
    Dropped(Device),
    /// A device's socket is gone, and the device is not to come back.
    LoggedOut(Device),
    /// Somebody does not belong to a group any more.
    Departed(RoomId, UserId),
    /// Ends all calls, and takes no new ones.
    Drain(oneshot::Sender<()>),
}

/// What the desk works with.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) registry: Registry,
    pub(super) store: Store,
    pub(super) delivery: Arc<Delivery>,
    pub(super) policies: Arc<Policies>,
    /// Missed calls, for their messages; given up when the server stops: then no call starts any more.
    pub(super) missed: Option<mpsc::Sender<CallRow>>,
    pub(super) media: Media,
    pub(super) metrics: CallMetrics,
    /// The database failed: not before then.
    pub(super) save_at: Option<Instant>,
}

/// What one turn has to say once it is kept.
#[derive(Default)]
struct Turn {
    outcome: Outcome,
    answers: Vec<(Reply, Result<CallAck, CallError>)>,
    drained: Vec<oneshot::Sender<()>>,
}

impl Desk {
    /// Works until all who could ask are gone.
    pub(super) async fn run(
        mut self,
        mut inputs: mpsc::Receiver<Input>,
        mut media_events: mpsc::Receiver<natter_sfu::Event>,
    ) {
        let mut waiting = Vec::with_capacity(TURN_INPUTS);
        let mut heard = Vec::with_capacity(TURN_INPUTS);
        let mut has_media = true;
        loop {
            let sleep = self.sleep();
            tokio::select! {
                taken = inputs.recv_many(&mut waiting, TURN_INPUTS) => {
                    if taken == 0 {
                        return;
                    }
                }
                events = media_events.recv_many(&mut heard, TURN_INPUTS), if has_media => {
                    has_media = events > 0;
                    if !has_media {
                        tracing::error!("the media worker is gone: calls have no media until a restart");
                    }
                }
                () = tokio::time::sleep(sleep) => {}
            }
            // A panic costs its turn: whoever asked hears `overloaded`.
            let turn = AssertUnwindSafe(self.turn(&mut waiting, &mut heard)).catch_unwind();
            if turn.await.is_err() {
                tracing::error!("a turn of the calls panicked and was given up");
                waiting.clear();
                heard.clear();
            }
        }
    }

    fn sleep(&self) -> Duration {
        let now = Timestamp::now();
        let until = |it: Timestamp| u64::try_from(it.0.saturating_sub(now.0)).unwrap_or(0);
        let due = self
            .registry
            .deadline()
            .map(until)
            .map(Duration::from_millis);
        let save = self
            .save_at
            .map(|it| it.saturating_duration_since(Instant::now()));
        let sleep = due.into_iter().chain(save).min().unwrap_or(LONGEST_SLEEP);
        // A timer may fire within the millisecond before.
        sleep.min(LONGEST_SLEEP) + Duration::from_millis(1)
    }

    async fn turn(&mut self, waiting: &mut Vec<Input>, heard: &mut Vec<natter_sfu::Event>) {
        let now = Timestamp::now();
        let mut turn = Turn {
            outcome: self.registry.pass_time(now),
            ..Turn::default()
        };
        for event in heard.drain(..) {
            let call_id = call_of(event.room);
            if event.kind == EventKind::Failed {
                let failed = Event::Stop(CallReason::Failed);
                let ended = self.registry.apply(call_id, failed, now);
                turn.outcome.extend(ended.unwrap_or_default());
            }
            let output = self.registry.hear(call_id, event.kind);
            turn.outcome.extend(output.map(|it| (call_id, it)));
        }
        for input in waiting.drain(..) {
            self.take(input, now, &mut turn);
        }
        let (live, participants) = self.registry.count();
        self.metrics.live.set(live);
        self.metrics.participants.set(participants);
        self.save().await;
        for (call_id, output) in turn.outcome {
            self.carry_out(call_id, output, now);
        }
        for (reply, answer) in turn.answers {
            // A caller that went away does not need the answer.
            let _ = reply.send(answer);
        }
        for drained in turn.drained {
            self.missed = None;
            let _ = drained.send(());
        }
    }

    /// Decides about one input.
    fn take(&mut self, input: Input, now: Timestamp, turn: &mut Turn) {
        match input {
            Input::Start(_, reply) if self.missed.is_none() || !turn.drained.is_empty() => {
                turn.answers.push((reply, Err(CallError::Draining)));
            }
            Input::Start(new, reply) => {
                let started = self.registry.start(*new, now).map(|(ack, outcome)| {
                    turn.outcome.extend(outcome);
                    ack
                });
                turn.answers.push((reply, started));
            }
            Input::Apply(call_id, event, reply) => {
                let applied = self.registry.apply(call_id, event, now);
                let answer = applied.and_then(|outcome| {
                    turn.outcome.extend(outcome);
                    self.registry.ack(call_id)
                });
                turn.answers.push((reply, answer));
            }
            Input::Find(call_id, reply) => {
                let found = self.registry.get(call_id);
                let _ = reply.send(found.map(|it| it.row().call));
            }
            Input::Live(reply) => {
                let _ = reply.send(self.registry.live());
            }
            Input::TakesPart(call_id, device, reply) => {
                let _ = reply.send(self.registry.is_in(call_id, device));
            }
            Input::Returned(device) => turn.outcome.extend(self.registry.returned(device, now)),
            Input::Dropped(device) => {
                let (user_id, event) = (device.user_id, Event::Dropped(device));
                let outcome = self.registry.apply_to_own(user_id, event, now);
                turn.outcome.extend(outcome);
            }
            Input::LoggedOut(device) => {
                let (user_id, event) = (device.user_id, Event::LoggedOut(device));
                let outcome = self.registry.apply_to_own(user_id, event, now);
                turn.outcome.extend(outcome);
            }
            Input::Departed(room_id, user_id) => {
                turn.outcome
                    .extend(self.registry.departed(room_id, user_id, now));
            }
            Input::Drain(reply) => {
                let event = Event::Stop(CallReason::Drain);
                turn.outcome.extend(self.registry.stop(event, now));
                turn.drained.push(reply);
            }
        }
    }

    /// Keeps what changed.
    async fn save(&mut self) {
        if self.save_at.is_some_and(|it| Instant::now() < it) {
            return;
        }
        let changed = self.registry.take_changed();
        let rows: Vec<CallRow> = changed
            .iter()
            .filter_map(|it| Some(self.registry.get(*it)?.row()))
            .collect();
        self.save_at = None;
        if rows.is_empty() {
            return;
        }
        if let Err(error) = self.store.save_calls(&rows).await {
            tracing::error!(%error, calls = rows.len(), "calls were not kept, and will be tried again");
            self.registry.put_back(changed);
            self.save_at = Some(Instant::now() + SAVE_AGAIN);
        }
    }

    fn carry_out(&self, call_id: CallId, output: Output, now: Timestamp) {
        match output {
            Output::Tell(to, event) => self.tell(to, *event),
            Output::Media(command) => self.media.command(command),
            Output::Notice(notice) => self.notify(call_id, notice, now),
            Output::Missed => self.owe_message(call_id),
        }
    }

    fn tell(&self, to: Vec<Audience>, event: ServerEvent) {
        let (delivery, outbound) = (&self.delivery, Outbound::new(event));
        for audience in to {
            match audience {
                Audience::Person(user_id) => delivery.push(user_id, &outbound),
                Audience::Device(it) => {
                    delivery.push_to_session(it.user_id, it.session_id, &outbound);
                }
                Audience::OthersOf(it) => {
                    delivery.push_to_others(it.user_id, Some(it.session_id), &outbound);
                }
            }
        }
    }

    fn notify(&self, call_id: CallId, notice: Notice, at: Timestamp) {
        let Some(call) = self.registry.get(call_id) else {
            return;
        };
        if let ("ended", Some(reason)) = (notice.kind, call.record().reason) {
            self.metrics.note_end(reason.word());
        }
        self.policies.call_event(&CallNotice {
            kind: notice.kind,
            call_id,
            room_id: call.new_call().room_id,
            room_kind: call.kind(),
            user_id: notice.user_id,
            at,
            attrs: Vec::new(),
        });
    }

    fn owe_message(&self, call_id: CallId) {
        let row = self.registry.get(call_id).map(|it| it.row());
        let (Some(row), Some(missed)) = (row, &self.missed) else {
            return;
        };
        if missed.try_send(row).is_err() {
            tracing::warn!(%call_id, "a missed call gets its message at the next start");
        }
    }
}

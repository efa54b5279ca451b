//! One instance of a plugin, and a call to it.
//!
//! Rule: one call at a time, within its deadline; after a failure the instance is of no use (`CannotEnterComponent`).

use std::time::{Duration, Instant};

use uuid::Uuid;
use wasmtime::{PoolConcurrencyLimitError, Store, StoreContextMut, Trap, UpdateDeadline};

use super::{
    asked::{Asked, Reply},
    bindings::hooks::lifecycle::Description,
    component::{Guests, Linked},
    convert::list,
    state::{HostState, Limits, Surroundings},
};
use crate::{
    model::{DecisionId, Timestamp, policy::Hook},
    store::StoreError,
};

/// What a plugin may move through one call of an import or an export, in bytes.
const HOSTCALL_BYTES: usize = 1024 * 1024;
/// After the deadline the call is cut from outside, if it has not ended by itself: it sleeps in a call of the host.
const GRACE: Duration = Duration::from_millis(20);
/// What a new instance's first calls may take: more than others, for it may have much to set up.
pub(super) const FIRST_CALL: Duration = Duration::from_secs(2);

/// One instance.
pub(super) struct Instance {
    store: Store<HostState>,
    guests: Guests,
    /// Calls so far.
    pub(super) calls: u32,
}

/// What holds for one call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    pub(super) decision_id: DecisionId,
    pub(super) at: Timestamp,
    /// For the plugin's own work.
    pub(super) deadline: Duration,
    /// For other servers besides.
    pub(super) fetching: Duration,
}

impl Terms {
    /// For a new instance, which nobody waits for.
    pub(super) fn first_call() -> Self {
        Self {
            decision_id: DecisionId(Uuid::nil()),
            at: Timestamp::now(),
            deadline: FIRST_CALL,
            fetching: Duration::ZERO,
        }
    }
}

/// Why a call brought no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum CallFailure {
    /// It took too long.
    #[error("cut after {0} ms")]
    Timeout(u128),
    /// It trapped, or used more than it may.
    #[error("{0}")]
    Trap(String),
    /// The server could not do its part.
    #[error("{0}")]
    Host(String),
}

impl CallFailure {
    /// Whether the same may go well a little later: a busy machine, or a database that is away.
    pub(super) fn is_transient(&self) -> bool {
        matches!(self, Self::Timeout(_) | Self::Host(_))
    }
}

/// The callback that the ticker runs found the deadline passed.
#[derive(Debug, thiserror::Error)]
#[error("the deadline has passed")]
struct DeadlinePassed;

impl Instance {
    /// Instantiates.
    ///
    /// # Errors
    /// It trapped, or took too long.
    pub(super) async fn create(
        linked: &Linked,
        around: &Surroundings,
        memory_bytes: usize,
        terms: &Terms,
    ) -> Result<Self, CallFailure> {
        let limits = Limits::new(memory_bytes);
        let engine = linked.engine();
        let mut store = Store::new(engine, HostState::new(around.clone(), limits));
        store.limiter(|state| &mut state.limits);
        store.set_hostcall_fuel(HOSTCALL_BYTES);
        store.epoch_deadline_callback(give_way);
        begin(&mut store, None, terms);
        let made = within(terms, linked.instantiate(&mut store)).await;
        let guests = made.map_err(|error| failure(error, &store, terms))?;
        Ok(Self {
            store,
            guests,
            calls: 0,
        })
    }

    /// Before its first call.
    pub(super) async fn init(&mut self, terms: &Terms) -> Result<(), CallFailure> {
        let Some(lifecycle) = &self.guests.lifecycle else {
            return Ok(());
        };
        begin(&mut self.store, None, terms);
        let called = within(terms, lifecycle.call_init(&mut self.store)).await;
        let answer = called.map_err(|error| failure(error, &self.store, terms))?;
        answer.map_err(|why| CallFailure::Trap(format!("its init refused: {why}")))
    }

    /// Asks the plugin. What it wrote is kept if the answer is `Ok`; answers also whether it wrote.
    pub(super) async fn ask(
        &mut self,
        asked: &Asked,
        terms: &Terms,
    ) -> Result<(Reply, bool), CallFailure> {
        begin(&mut self.store, Some(asked.hook()), terms);
        self.calls += 1;
        let answered = within(terms, dispatch(&mut self.store, &self.guests, asked)).await;
        let reply = answered.map_err(|error| failure(error, &self.store, terms))?;
        let wrote = self.keep_writes()?;
        Ok((reply, wrote))
    }

    /// Asks without keeping anything: the first call of a new version.
    pub(super) async fn try_out(
        &mut self,
        asked: &Asked,
        terms: &Terms,
    ) -> Result<(), CallFailure> {
        begin(&mut self.store, Some(asked.hook()), terms);
        let answered = within(terms, dispatch(&mut self.store, &self.guests, asked)).await;
        answered
            .map_err(|error| failure(error, &self.store, terms))
            .map(drop)
    }

    /// What the plugin says of itself, if it does.
    pub(super) async fn describe(
        &mut self,
        terms: &Terms,
    ) -> Result<Option<Description>, CallFailure> {
        let Some(lifecycle) = &self.guests.lifecycle else {
            return Ok(None);
        };
        begin(&mut self.store, None, terms);
        let called = within(terms, lifecycle.call_describe(&mut self.store)).await;
        called
            .map_err(|error| failure(error, &self.store, terms))
            .map(Some)
    }

    /// Has it bring its keys to its own form, and keeps them.
    pub(super) async fn migrate(&mut self, from: u32, terms: &Terms) -> Result<(), CallFailure> {
        let Some(lifecycle) = &self.guests.lifecycle else {
            return Ok(());
        };
        begin(&mut self.store, None, terms);
        let called = within(terms, lifecycle.call_migrate(&mut self.store, from)).await;
        let answer = called.map_err(|error| failure(error, &self.store, terms))?;
        answer.map_err(|why| CallFailure::Trap(format!("its migrate refused: {why}")))?;
        self.keep_writes().map(drop)
    }

    /// Makes what the call wrote everybody's. Answers whether it wrote something.
    fn keep_writes(&mut self) -> Result<bool, CallFailure> {
        let state = self.store.data_mut();
        let kept = state.around.namespace.apply(&mut state.writes);
        kept.map_err(|closed| CallFailure::Host(closed.to_string()))
    }

    /// The commands that it declares, as name, usage, summary.
    pub(super) async fn commands(
        &mut self,
        terms: &Terms,
    ) -> Result<Vec<(String, String, String)>, CallFailure> {
        let Some(commands) = &self.guests.commands else {
            return Ok(Vec::new());
        };
        begin(&mut self.store, Some(Hook::Commands), terms);
        let called = within(terms, commands.call_declare(&mut self.store)).await;
        let declared = called.map_err(|error| failure(error, &self.store, terms))?;
        Ok(declared
            .into_iter()
            .map(|it| (it.name, it.usage, it.summary))
            .collect())
    }

    /// The seconds between two ticks, if it wants any.
    pub(super) async fn interval_seconds(
        &mut self,
        terms: &Terms,
    ) -> Result<Option<u32>, CallFailure> {
        let Some(schedule) = &self.guests.schedule else {
            return Ok(None);
        };
        begin(&mut self.store, Some(Hook::Schedule), terms);
        let called = within(terms, schedule.call_interval_seconds(&mut self.store)).await;
        called
            .map_err(|error| failure(error, &self.store, terms))
            .map(|seconds| Some(seconds.max(1)))
    }
}

/// What the ticker does to a plugin that computes.
fn give_way(context: StoreContextMut<'_, HostState>) -> wasmtime::Result<UpdateDeadline> {
    if Instant::now() >= context.data().deadline {
        return Err(DeadlinePassed.into());
    }
    Ok(UpdateDeadline::Yield(1))
}

fn begin(store: &mut Store<HostState>, hook: Option<Hook>, terms: &Terms) {
    let deadline = Instant::now() + terms.deadline;
    store
        .data_mut()
        .begin(hook, terms.decision_id, terms.at, deadline);
    store.set_epoch_deadline(1);
}

/// The outcome, unless it has none even some time after the deadline.
async fn within<T>(
    terms: &Terms,
    call: impl Future<Output = wasmtime::Result<T>>,
) -> wasmtime::Result<T> {
    let end = terms.deadline + terms.fetching + GRACE;
    tokio::time::timeout(end, call)
        .await
        .unwrap_or_else(|_| Err(DeadlinePassed.into()))
}

fn failure(error: wasmtime::Error, store: &Store<HostState>, terms: &Terms) -> CallFailure {
    if error.downcast_ref::<DeadlinePassed>().is_some() {
        return CallFailure::Timeout(terms.deadline.as_millis());
    }
    if let Some(error) = error.downcast_ref::<StoreError>() {
        return CallFailure::Host(format!("the server's database failed: {error}"));
    }
    if let Some(error) = error.downcast_ref::<PoolConcurrencyLimitError>() {
        return CallFailure::Host(error.to_string());
    }
    let cause = match error.downcast_ref::<Trap>() {
        Some(trap) => trap.to_string(),
        None => error.root_cause().to_string(),
    };
    // Where it panicked, and not its words: they may be those of a message.
    CallFailure::Trap(match store.data().errors.panic_place() {
        Some(place) => format!("{cause}: panic at {place}"),
        None => cause,
    })
}

async fn dispatch(
    store: &mut Store<HostState>,
    guests: &Guests,
    asked: &Asked,
) -> wasmtime::Result<Reply> {
    fn found<T>(guest: Option<&T>) -> wasmtime::Result<&T> {
        guest.ok_or_else(|| wasmtime::Error::msg("the plugin does not export this hook"))
    }
    Ok(match asked {
        Asked::Registration(newcomer) => {
            let guest = found(guests.registration.as_ref())?;
            let decision = guest.call_register(store, &newcomer.into()).await?;
            Reply::Verdict(decision.verdict.into(), list(decision.effects))
        }
        Asked::Message(message) => {
            let guest = found(guests.messages.as_ref())?;
            let decision = guest.call_before(store, &message.into()).await?;
            Reply::Verdict(decision.verdict.into(), list(decision.effects))
        }
        Asked::MessageEvent(message) => {
            let guest = found(guests.message_events.as_ref())?;
            Reply::Effects(list(guest.call_after(store, &message.into()).await?))
        }
        Asked::Room(room) => {
            let guest = found(guests.rooms.as_ref())?;
            let decision = guest.call_before(store, &room.into()).await?;
            Reply::Verdict(decision.verdict.into(), list(decision.effects))
        }
        Asked::Call(call) => {
            let guest = found(guests.calls.as_ref())?;
            let decision = guest.call_before(store, &call.into()).await?;
            Reply::Verdict(decision.verdict.into(), list(decision.effects))
        }
        Asked::CallEvent(event) => {
            let guest = found(guests.call_events.as_ref())?;
            Reply::Effects(list(guest.call_after(store, &event.into()).await?))
        }
        Asked::Panels => {
            let guest = found(guests.admin.as_ref())?;
            Reply::Panels(list(guest.call_panels(store).await?))
        }
        Asked::Decide(request) => {
            let guest = found(guests.admin.as_ref())?;
            let answer = guest.call_decide(store, &request.into()).await?;
            Reply::Answer(answer.map(|answer| (answer.message, list(answer.effects))))
        }
        Asked::Command(command) => {
            let guest = found(guests.commands.as_ref())?;
            let answer = guest.call_run(store, &command.into()).await?;
            let answer = answer.map(|answer| (answer.reply, list(answer.effects)));
            Reply::Command(answer.map_err(Into::into))
        }
        Asked::Tick => {
            let guest = found(guests.schedule.as_ref())?;
            Reply::Effects(list(guest.call_tick(store).await?))
        }
    })
}

//! A built policy, and one call to it.

use std::{collections::VecDeque, path::Path};

use anyhow::{Context as _, Result, anyhow};
use wasmtime::{
    Config, Engine, Store, StoreLimits, StoreLimitsBuilder,
    component::{HasSelf, Instance, InstancePre, Linker},
};

use crate::{
    bindings::{
        Policy,
        exports::natter::policy::{
            admin, call_events, calls, commands, lifecycle, message_events, messages, registration,
            rooms, schedule,
        },
    },
    event::{Answer, Event},
    host::Host,
    trace::Line,
    world::{Import, World},
};

/// Steps of a call, roughly a second's worth: more is a loop.
const FUEL: u64 = 2_000_000_000;
/// As the server's default.
const MEMORY_BYTES: usize = 64 << 20;

/// A built policy.
pub struct Component {
    pre: InstancePre<Data>,
}

struct Data {
    host: Host,
    limits: StoreLimits,
}

impl wasmtime_wasi::WasiView for Data {
    fn ctx(&mut self) -> wasmtime_wasi::WasiCtxView<'_> {
        self.host.ctx()
    }
}

impl Component {
    /// From its file.
    ///
    /// # Errors
    /// It cannot be read, or is no component that fits the contract.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
        Self::new(&bytes)
    }

    /// From its bytes.
    ///
    /// # Errors
    /// It is no component that fits the contract.
    pub fn new(bytes: &[u8]) -> Result<Self> {
        let mut config = Config::new();
        config.consume_fuel(true);
        let make = || {
            let engine = Engine::new(&config)?;
            let component = wasmtime::component::Component::from_binary(&engine, bytes)?;
            let mut linker = Linker::<Data>::new(&engine);
            wasmtime_wasi::p2::add_to_linker_sync(&mut linker)?;
            Policy::add_to_linker::<_, HasSelf<_>>(&mut linker, |data| &mut data.host)?;
            linker.instantiate_pre(&component)
        };
        let pre = make()
            .map_err(plain)
            .context("no policy that this kit can run")?;
        Ok(Self { pre })
    }

    /// Asks about an event, on a fresh instance, and answers also the line for a trace.
    ///
    /// # Errors
    /// The policy failed or has no such hook. Its keys are as before.
    pub fn ask(&self, world: &mut World, event: &Event) -> Result<(Answer, Line)> {
        let before = world.clone();
        let (asked, host) = self.run(before.clone(), None, event);
        match asked {
            Ok(answer) => {
                let line = Line {
                    event: event.clone(),
                    now: before.now,
                    seed: before.seed,
                    config: before.config,
                    imports: host.notes,
                    answer: answer.clone(),
                };
                *world = host.world;
                Ok((answer, line))
            }
            Err(error) => {
                world.counters = host.world.counters;
                world.log = host.world.log;
                Err(error)
            }
        }
    }

    /// Asks again, with the answers of a trace for imports.
    pub(crate) fn replay(&self, line: &Line) -> Result<Answer> {
        let world = World {
            now: line.now,
            seed: line.seed,
            config: line.config.clone(),
            ..World::default()
        };
        let imports: VecDeque<Import> = line.imports.clone().into();
        let (asked, host) = self.run(world, Some(imports), &line.event);
        let answer = asked?;
        let left = host.replay.map_or(0, |left| left.len());
        anyhow::ensure!(
            left == 0,
            "the policy asked for {left} things less than in the trace"
        );
        Ok(answer)
    }

    fn run(
        &self,
        world: World,
        replay: Option<VecDeque<Import>>,
        event: &Event,
    ) -> (Result<Answer>, Host) {
        let limits = StoreLimitsBuilder::new()
            .memory_size(MEMORY_BYTES)
            .trap_on_grow_failure(true)
            .build();
        let host = Host::new(world, replay);
        let mut store = Store::new(self.pre.engine(), Data { host, limits });
        store.limiter(|data| &mut data.limits);
        let asked = self.instantiate(&mut store).and_then(|instance| {
            Call {
                pre: &self.pre,
                store: &mut store,
                instance,
            }
            .ask(event)
        });
        (asked.map_err(plain), store.into_data().host)
    }

    fn instantiate(&self, store: &mut Store<Data>) -> wasmtime::Result<Instance> {
        store.set_fuel(FUEL)?;
        let instance = self.pre.instantiate(&mut *store)?;
        if let Ok(indices) = lifecycle::GuestIndices::new(&self.pre) {
            let guest = indices.load(&mut *store, &instance)?;
            guest
                .call_init(&mut *store)?
                .map_err(|why| wasmtime::Error::msg(format!("its init refused: {why}")))?;
        }
        Ok(instance)
    }
}

impl std::fmt::Debug for Component {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Component").finish_non_exhaustive()
    }
}

fn plain(error: wasmtime::Error) -> anyhow::Error {
    anyhow!("{error:#}")
}

struct Call<'a> {
    pre: &'a InstancePre<Data>,
    store: &'a mut Store<Data>,
    instance: Instance,
}

/// The guest of one hook.
macro_rules! guest {
    ($call:ident, $hook:ident) => {
        $hook::GuestIndices::new($call.pre)?.load(&mut *$call.store, &$call.instance)?
    };
}

impl Call<'_> {
    fn ask(self, event: &Event) -> wasmtime::Result<Answer> {
        Ok(match event {
            Event::Registration(newcomer) => {
                let guest = guest!(self, registration);
                Answer::Registration(guest.call_register(self.store, newcomer)?)
            }
            Event::Messages(message) => {
                let guest = guest!(self, messages);
                Answer::Message(guest.call_before(self.store, message)?)
            }
            Event::MessageEvents(message) => {
                let guest = guest!(self, message_events);
                Answer::Effects(guest.call_after(self.store, message)?)
            }
            Event::Rooms(change) => {
                let guest = guest!(self, rooms);
                Answer::Gate(guest.call_before(self.store, change)?)
            }
            Event::Calls(attempt) => {
                let guest = guest!(self, calls);
                Answer::Gate(guest.call_before(self.store, attempt)?)
            }
            Event::CallEvents(event) => {
                let guest = guest!(self, call_events);
                Answer::Effects(guest.call_after(self.store, event)?)
            }
            Event::Panels => Answer::Panels(guest!(self, admin).call_panels(self.store)?),
            Event::Decide(request) => {
                let guest = guest!(self, admin);
                Answer::Decided(guest.call_decide(self.store, request)?)
            }
            Event::Commands(invocation) => {
                let guest = guest!(self, commands);
                Answer::Command(guest.call_run(self.store, invocation)?)
            }
            Event::Schedule => Answer::Effects(guest!(self, schedule).call_tick(self.store)?),
        })
    }
}

//! A component that fits: linked, and its hooks found.

use wasmtime::{
    Store,
    component::{Component, Instance, InstancePre, Linker},
};

use super::{
    bindings::hooks::{
        admin, call_events, calls, commands, lifecycle, message_events, messages, registration,
        rooms, schedule,
    },
    capacity::Room,
    state::HostState,
};
use crate::model::policy::Hook;

/// The package whose hooks are looked for, and its version.
const PACKAGE: &str = "natter:policy/";
const VERSION: &str = "0.1.0";

/// Declares where each hook is found, and loads what was found.
macro_rules! hooks {
    ($($name:ident,)*) => {
        #[derive(Clone)]
        struct Indices {
            $($name: Option<$name::GuestIndices>,)*
        }

        /// The exported hooks of one instance.
        pub(super) struct Guests {
            $(pub(super) $name: Option<$name::Guest>,)*
        }

        impl Indices {
            fn probe(pre: &InstancePre<HostState>) -> Self {
                Self { $($name: $name::GuestIndices::new(pre).ok(),)* }
            }

            fn load(&self, store: &mut Store<HostState>, instance: &Instance) -> wasmtime::Result<Guests> {
                Ok(Guests {
                    $($name: match &self.$name {
                        Some(indices) => Some(indices.load(&mut *store, instance)?),
                        None => None,
                    },)*
                })
            }
        }
    };
}
hooks! {
    lifecycle, registration, messages, message_events, rooms, calls, call_events, admin, commands, schedule,
}

/// A component that can be instantiated.
#[derive(Clone)]
pub(super) struct Linked {
    pre: InstancePre<HostState>,
    indices: Indices,
    room: Room,
}

impl Linked {
    /// Links, and looks for hooks.
    ///
    /// # Errors
    /// For the operator: what the component needs and this server has not.
    pub(super) fn new(component: &Component, linker: &Linker<HostState>) -> Result<Self, String> {
        let names = exports(component);
        let of_ours = names.iter().filter(|name| name.starts_with(PACKAGE));
        let other = of_ours
            .filter_map(|name| name.rsplit_once('@'))
            .find(|(_, version)| !version.starts_with("0.1."));
        if let Some((_, version)) = other {
            return Err(format!(
                "built for natter:policy@{version}, this server has {VERSION}"
            ));
        }
        let pre = linker
            .instantiate_pre(component)
            .map_err(|error| import_error(&error))?;
        let needs = component
            .resources_required()
            .ok_or("imports core modules, which no policy may")?;
        let room = Room {
            instances: 1,
            memories: needs.num_memories as usize,
            tables: needs.num_tables as usize,
        };
        let indices = Indices::probe(&pre);
        let linked = Self { pre, indices, room };
        if linked.hooks().next().is_none() {
            let exports = if names.is_empty() {
                "nothing".to_owned()
            } else {
                names.join(", ")
            };
            return Err(format!(
                "exports no hook of natter:policy@{VERSION}; it exports {exports}"
            ));
        }
        Ok(linked)
    }

    /// The hooks that it exports.
    pub(super) fn hooks(&self) -> impl Iterator<Item = Hook> + '_ {
        Hook::ALL.into_iter().filter(|hook| self.has(*hook))
    }

    pub(super) fn has(&self, hook: Hook) -> bool {
        let indices = &self.indices;
        match hook {
            Hook::Registration => indices.registration.is_some(),
            Hook::Messages => indices.messages.is_some(),
            Hook::MessageEvents => indices.message_events.is_some(),
            Hook::Rooms => indices.rooms.is_some(),
            Hook::Calls => indices.calls.is_some(),
            Hook::CallEvents => indices.call_events.is_some(),
            Hook::Admin => indices.admin.is_some(),
            Hook::Commands => indices.commands.is_some(),
            Hook::Schedule => indices.schedule.is_some(),
        }
    }

    /// What one instance takes.
    pub(super) fn room(&self) -> Room {
        self.room
    }

    pub(super) fn engine(&self) -> &wasmtime::Engine {
        self.pre.engine()
    }

    /// A fresh instance with its hooks.
    pub(super) async fn instantiate(
        &self,
        store: &mut Store<HostState>,
    ) -> wasmtime::Result<Guests> {
        let instance = self.pre.instantiate_async(&mut *store).await?;
        self.indices.load(store, &instance)
    }
}

impl std::fmt::Debug for Linked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Linked").finish_non_exhaustive()
    }
}

fn exports(component: &Component) -> Vec<String> {
    let engine = component.engine();
    let exports = component.component_type();
    exports
        .exports(engine)
        .map(|(name, _)| name.to_owned())
        .collect()
}

/// What the linker missed, in the operator's words.
fn import_error(error: &wasmtime::Error) -> String {
    let text = format!("{error:#}");
    let quoted = text.split('`').nth(1).unwrap_or_default();
    match quoted
        .strip_prefix(PACKAGE)
        .and_then(|name| name.rsplit_once('@'))
    {
        Some((_, version)) if !version.starts_with("0.1.") => {
            format!("built for natter:policy@{version}, this server has {VERSION}")
        }
        Some((interface, version)) => format!(
            "needs something of natter:policy/{interface}@{version} that this server (with {VERSION}) has not: {text}"
        ),
        None if quoted.is_empty() => text,
        None => format!("imports {quoted}, which no policy may use: {text}"),
    }
}

//! `export!`: which hooks a component has.

/// Makes a type the component's policy, with the named hooks; it must implement the trait of each ([`Messages`](crate::Messages) for
/// `messages`, and so on). Once per component.
///
/// ```
/// # use natter_plugin::{GateDecision, Rooms, rooms::RoomChange};
/// struct Quiet;
/// natter_plugin::export!(Quiet: rooms);
/// impl Rooms for Quiet {
///     fn before(_: RoomChange) -> GateDecision {
///         GateDecision::allow()
///     }
/// }
/// ```
#[macro_export]
macro_rules! export {
    ($policy:ident: $($hook:ident),+ $(,)?) => {
        $(
            #[cfg(target_family = "wasm")]
            $crate::__export_hook!($hook $policy);
            // The names of a component's exports are none that other linkers take: elsewhere, in tests, the trait is enough.
            #[cfg(not(target_family = "wasm"))]
            const _: () = {
                const fn has_the_hook<T: $crate::$hook::Guest>() {}
                has_the_hook::<$policy>()
            };
        )+
    };
}

/// One hook of [`export!`].
#[doc(hidden)]
#[macro_export]
macro_rules! __export_hook {
    (admin $policy:ident) => { $crate::bindings::admin::export_admin!($policy with_types_in $crate::bindings::admin); };
    (call_events $policy:ident) => { $crate::bindings::call_events::export_call_events!($policy with_types_in $crate::bindings::call_events); };
    (calls $policy:ident) => { $crate::bindings::calls::export_calls!($policy with_types_in $crate::bindings::calls); };
    (commands $policy:ident) => { $crate::bindings::commands::export_commands!($policy with_types_in $crate::bindings::commands); };
    (lifecycle $policy:ident) => { $crate::bindings::lifecycle::export_lifecycle!($policy with_types_in $crate::bindings::lifecycle); };
    (message_events $policy:ident) => { $crate::bindings::message_events::export_message_events!($policy with_types_in $crate::bindings::message_events); };
    (messages $policy:ident) => { $crate::bindings::messages::export_messages!($policy with_types_in $crate::bindings::messages); };
    (registration $policy:ident) => { $crate::bindings::registration::export_registration!($policy with_types_in $crate::bindings::registration); };
    (rooms $policy:ident) => { $crate::bindings::rooms::export_rooms!($policy with_types_in $crate::bindings::rooms); };
    (schedule $policy:ident) => { $crate::bindings::schedule::export_schedule!($policy with_types_in $crate::bindings::schedule); };
    ($other:ident $policy:ident) => {
        compile_error!(concat!(
            "there is no hook ", stringify!($other), "; there are admin, call_events, calls, commands, lifecycle, \
             message_events, messages, registration, rooms, schedule"
        ));
    };
}

//! What wit-bindgen makes of `wit/`: the imports once, and one world per hook, so that a component exports just the hooks it has.

pub mod imports {
    wit_bindgen::generate!({
        path: "wit",
        world: "imports",
        generate_all,
        additional_derives: [PartialEq],
    });
}

/// One module per hook: `world` exports the interface of the same name.
macro_rules! hook {
    ($name:ident, $world:literal, $export:literal, $module:literal) => {
        pub mod $name {
            wit_bindgen::generate!({
                path: "wit",
                world: $world,
                with: {
                    "natter:policy/types@0.1.0": crate::bindings::imports::natter::policy::types,
                    "natter:policy/log@0.1.0": crate::bindings::imports::natter::policy::log,
                    "natter:policy/kv@0.1.0": crate::bindings::imports::natter::policy::kv,
                    "natter:policy/config@0.1.0": crate::bindings::imports::natter::policy::config,
                    "natter:policy/clock@0.1.0": crate::bindings::imports::natter::policy::clock,
                    "natter:policy/random@0.1.0": crate::bindings::imports::natter::policy::random,
                    "natter:policy/directory@0.1.0": crate::bindings::imports::natter::policy::directory,
                    "natter:policy/http@0.1.0": crate::bindings::imports::natter::policy::http,
                },
                additional_derives: [PartialEq],
                generate_all,
                pub_export_macro: true,
                export_macro_name: $export,
                default_bindings_module: $module,
            });
        }
    };
}

hook!(lifecycle, "lifecycle-policy", "export_lifecycle", "natter_plugin::bindings::lifecycle");
hook!(registration, "registration-policy", "export_registration", "natter_plugin::bindings::registration");
hook!(messages, "messages-policy", "export_messages", "natter_plugin::bindings::messages");
hook!(message_events, "message-events-policy", "export_message_events", "natter_plugin::bindings::message_events");
hook!(rooms, "rooms-policy", "export_rooms", "natter_plugin::bindings::rooms");
hook!(calls, "calls-policy", "export_calls", "natter_plugin::bindings::calls");
hook!(call_events, "call-events-policy", "export_call_events", "natter_plugin::bindings::call_events");
hook!(admin, "admin-policy", "export_admin", "natter_plugin::bindings::admin");
hook!(commands, "commands-policy", "export_commands", "natter_plugin::bindings::commands");
hook!(schedule, "schedule-policy", "export_schedule", "natter_plugin::bindings::schedule");

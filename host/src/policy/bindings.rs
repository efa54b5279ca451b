//! What wasmtime makes of `plugin-api/wit`. Each hook is an interface of its own, looked for by its `GuestIndices`.

wasmtime::component::bindgen!({
    path: "../plugin-api/wit",
    world: "policy",
    imports: {
        "natter:policy/directory": async | trappable,
        "natter:policy/http": async | trappable,
        default: trappable,
    },
    exports: { default: async },
});

pub(super) use self::exports::natter::policy as hooks;
pub(super) use self::natter::policy as imports;

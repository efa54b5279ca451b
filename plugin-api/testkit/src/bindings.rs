//! What wasmtime makes of the contract.
#![expect(
    missing_docs,
    reason = "generated; the WIT files hold the documentation"
)]

wasmtime::component::bindgen!({
    path: "wit",
    world: "policy",
    imports: { default: trappable },
    additional_derives: [PartialEq, serde::Serialize, serde::Deserialize],
});

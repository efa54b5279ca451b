//! Shows that each check can fail: small sources that break one rule each.

use super::{
    dependencies, shape,
    sources::{Source, test_only_files},
    usage,
};

fn edges(path: &str, text: &str) -> Vec<String> {
    usage::forbidden_edges(&Source::parse(path, text))
}

fn crates(path: &str, text: &str) -> Vec<String> {
    usage::forbidden_crates(&Source::parse(path, text))
}

#[test]
fn a_forbidden_edge_is_found_in_every_form() {
    let found = |path: &str, text: &str| assert_eq!(edges(path, text).len(), 1, "{path}: {text}");
    found("host/src/store/db.rs", "use crate::chat::Send;");
    found(
        "host/src/store/db.rs",
        "use crate::{model::{UserId}, chat::{self, Send}};",
    );
    found("host/src/store/db.rs", "pub use crate::chat as talk;");
    found("host/src/store/db.rs", "use super::super::chat;");
    found("host/src/store/mod.rs", "use super::chat::Send;");
    found(
        "host/src/store/mod.rs",
        "mod inner { use super::super::chat::Send; }",
    );
    found("host/src/store/db.rs", "fn f() { crate::chat::send(); }");
    found("host/src/store/db.rs", "fn f(_: crate::chat::Send) {}");
    found(
        "host/src/store/db.rs",
        "fn f() { println!(\"{}\", crate::chat::NAME); }",
    );
    found(
        "host/src/store/db.rs",
        "macro_rules! m { () => { $crate::chat::send() }; }",
    );
    found("host/src/gateway/ws.rs", "use crate::store::Store;");
    found("host/src/main.rs", "use natter::{config::Config, chat};");
}

#[test]
fn allowed_edges_are_not() {
    let clean =
        |path: &str, text: &str| assert_eq!(edges(path, text), Vec::<String>::new(), "{text}");
    clean(
        "host/src/store/db.rs",
        "use crate::{model::UserId, store::error}; use super::StoreError;",
    );
    clean(
        "host/src/store/db.rs",
        "mod inner { use super::super::columns; }",
    );
    clean(
        "host/src/store/db.rs",
        "#[cfg(test)] mod tests { use crate::chat; }",
    );
    clean(
        "host/src/main.rs",
        "mod cli; use crate::cli::Command; use natter::server;",
    );
    clean("host/src/server.rs", "use crate::{chat, gateway, store};");
}

#[test]
fn only_what_is_compiled_for_tests_is_left_out() {
    let check = |path: &str, text: &str, expected: &[&str]| {
        assert_eq!(
            test_only_files(&Source::parse(path, text)),
            expected,
            "{text}"
        );
    };
    check(
        "host/src/a.rs",
        "#[cfg(test)] mod tests;",
        &["host/src/a/tests"],
    );
    check(
        "host/src/a/mod.rs",
        "#[cfg(test)] mod tests;",
        &["host/src/a/tests"],
    );
    check(
        "host/src/a/b.rs",
        "#[cfg(test)] #[path = \"c.rs\"] mod tests;",
        &["host/src/a/c"],
    );
    check(
        "host/src/a.rs",
        "mod tests; #[cfg(unix)] mod b; #[cfg(test)] mod c {}",
        &[],
    );
}

#[test]
fn a_setting_that_nobody_reads_is_found() {
    assert_eq!(
        usage::setting_name("# max_sessions = 10"),
        Some("max_sessions")
    );
    assert_eq!(usage::setting_name("# What the server does = a lot"), None);
    assert!(usage::reads_field(
        "f(config.limits.max_sessions)",
        "max_sessions"
    ));
    assert!(!usage::reads_field(
        "f(config.limits.max_sessions_total)",
        "max_sessions"
    ));
    assert!(!usage::reads_field("let max_sessions = 1;", "max_sessions"));
}

#[test]
fn a_forbidden_crate_is_found_in_every_form() {
    let found = |text: &str| assert_eq!(crates("host/src/chat/send.rs", text).len(), 1, "{text}");
    found("use sqlx::Row;");
    found("use {sqlx::Row, std::fmt};");
    found("fn f() { sqlx::query(\"\"); }");
    found("fn f() { ::sqlx::query(\"\"); }");
    found("#[derive(Debug, sqlx::FromRow)] struct A;");
    found("fn f() { tokio::select! { _ = sqlx::query(\"\") => {} } }");
    assert!(crates("host/src/store/db.rs", "use sqlx::Row;").is_empty());
    assert!(crates("host/src/chat/send.rs", "fn f(sqlx: u8) -> u8 { sqlx }").is_empty());
}

#[test]
fn what_is_too_long_is_found() {
    let function = format!("fn long() {{\n{}}}\n", "    f();\n".repeat(99));
    let found = shape::too_long(&Source::parse("a.rs", &function));
    assert_eq!(found, ["a.rs: long has 101 lines, limit 100"]);
    let method = format!("impl A {{ {function} }}");
    assert_eq!(shape::too_long(&Source::parse("a.rs", &method)).len(), 1);
    let file = "// a line\n".repeat(501);
    assert_eq!(
        shape::too_long(&Source::parse("a.rs", &file)),
        ["a.rs has 501 lines, limit 500"]
    );
}

#[test]
fn an_ignored_test_is_found() {
    let found = |text: &str| shape::ignored_tests(&Source::parse("a.rs", text)).len();
    assert_eq!(found("#[test]\n#[ignore]\nfn f() {}"), 1);
    assert_eq!(
        found("mod m { #[test] #[ignore = \"later\"] fn f() {} }"),
        1
    );
    assert_eq!(found("#[test] fn ignore() {}"), 0);
}

#[test]
fn a_new_dependency_is_found() {
    let manifest = "[package]\nname = \"a\"\n[dependencies]\n# why\nanyhow.workspace = true\nserde = \"1\"\n\
                    [dependencies.axum]\nversion = \"1\"\n[dev-dependencies]\nsyn = { version = \"2\" }\n[lints]\nworkspace = true\n";
    let found = dependencies::forbidden("a", manifest, &["anyhow", "rand"]);
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(dependencies::forbidden("a", manifest, &["anyhow", "axum", "serde", "syn"]).is_empty());
}

//! Holds the architecture: who may use whom, who may name which crate, how long a file may get.
//!
//! Rule: the tables in `tables` are the architecture. A change of them is a decision, and stands in
//! `docs/architecture.md`. Each check is shown to fail on a bad source (`bad_sources`).

mod bad_sources;
mod dependencies;
mod guards;
mod shape;
mod sources;
mod tables;
mod usage;

use sources::Source;

/// Fails with all of them.
fn expect_none(violations: &[String]) {
    assert!(violations.is_empty(), "\n  {}\n", violations.join("\n  "));
}

#[test]
fn modules_use_only_what_the_table_allows() {
    let found: Vec<String> = sources::host()
        .iter()
        .flat_map(usage::forbidden_edges)
        .collect();
    expect_none(&found);
}

#[test]
fn crates_are_named_only_where_the_table_allows() {
    let found: Vec<String> = sources::host()
        .iter()
        .flat_map(usage::forbidden_crates)
        .collect();
    expect_none(&found);
}

#[test]
fn files_and_functions_keep_their_length() {
    let all = sources::all();
    for source in all
        .iter()
        .filter(|source| source.lines() > shape::LONG_FILE_LINES)
    {
        println!("info: {} has {} lines", source.path, source.lines());
    }
    for long in all.iter().flat_map(shape::long_functions) {
        println!("info: {long}");
    }
    let found: Vec<String> = all.iter().flat_map(shape::too_long).collect();
    expect_none(&found);
}

#[test]
fn no_test_is_ignored() {
    let found: Vec<String> = sources::all()
        .iter()
        .flat_map(shape::ignored_tests)
        .collect();
    expect_none(&found);
}

#[test]
fn packages_depend_only_on_what_the_table_allows() {
    let found: Vec<String> = tables::DEPENDENCIES
        .iter()
        .flat_map(|(package, allowed)| {
            dependencies::forbidden(package, &sources::manifest(package), allowed)
        })
        .collect();
    expect_none(&found);
}

#[test]
fn every_module_of_the_server_is_in_the_table() {
    let in_table = |source: &&Source| {
        tables::EDGES
            .iter()
            .all(|(module, _)| *module != source.module())
    };
    let found: Vec<String> = sources::host()
        .iter()
        .filter(in_table)
        .map(|source| {
            format!(
                "{}: {} has no row in tables::EDGES",
                source.path,
                source.module()
            )
        })
        .collect();
    expect_none(&found);
}

/// The text of the server without some modules.
fn text_without(modules: &[&str]) -> String {
    let sources = sources::host();
    let others = sources
        .iter()
        .filter(|source| !modules.contains(&source.module()));
    others.map(|source| source.text.as_str()).collect()
}

#[test]
fn every_setting_has_a_reader() {
    let readers = text_without(&["config"]);
    let example = natter::config::example_file();
    let settings = example.lines().filter_map(usage::setting_name);
    let found: Vec<String> = settings
        .filter(|name| !usage::reads_field(&readers, name))
        .map(|name| format!("the setting {name} is declared, and nothing reads it"))
        .collect();
    expect_none(&found);
}

#[test]
fn every_metric_is_counted() {
    let counters = text_without(&["metrics"]);
    let sources = sources::host();
    let metrics = sources
        .iter()
        .find(|source| source.path == "host/src/metrics.rs");
    let fields = usage::public_fields(metrics.expect("metrics are one file"), "Metrics");
    assert!(!fields.is_empty());
    let found: Vec<String> = fields
        .iter()
        .filter(|name| !usage::reads_field(&counters, name))
        .map(|name| format!("the metric {name} is declared, and nothing counts it"))
        .collect();
    expect_none(&found);
}

//! A release has all its guards: what can take one away is compiled into builds for development only.

use super::sources;

const VARIABLE: &str = "NATTER_TEST_WITHOUT_GUARD";

/// Whether the variable stands once, in a module of the file's top that is for development only.
fn is_for_development(text: &str) -> bool {
    let mut parts = text.split(VARIABLE);
    let (Some(before), Some(_), None) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let above = before.rsplit_once("\nmod ").map_or("", |(above, _)| above);
    above.ends_with("#[cfg(debug_assertions)]")
}

#[test]
fn only_a_build_for_development_can_be_without_a_guard() {
    let host = sources::host();
    let mut naming = host.iter().filter(|it| it.text.contains(VARIABLE));
    let guard = naming.next().expect("a file reads the variable");
    assert!(is_for_development(&guard.text), "{}", guard.path);
    assert!(naming.next().is_none(), "one file reads it");
    assert!(
        !sources::manifest("").contains("debug-assertions"),
        "a profile that sets debug-assertions would be neither development nor release"
    );
}

#[test]
fn what_is_compiled_always_is_told_from_what_is_not() {
    let module = format!("\nmod a {{ const X: &str = \"{VARIABLE}\"; }}\n");
    assert!(!is_for_development(&module));
    assert!(!is_for_development(&format!(
        "#[cfg(debug_assertions)]\nfn b() {{}}{module}"
    )));
    let sometimes = format!("#[cfg(debug_assertions)]{module}");
    assert!(is_for_development(&sometimes));
    assert!(!is_for_development(&format!("{sometimes}{VARIABLE}")));
}

//! Who is refused for who they are, is refused by a guard; and a release has all its guards: what can take one away is compiled into builds for
//! development only.

use super::{expect_none, sources};

/// The words of such a refusal.
const REFUSALS: [&str; 4] = [
    "ChatError::Forbidden(",
    "Err(ChatError::Muted(",
    "Err(AccountError::Suspended",
    "ApiError::forbidden(",
];
/// Refusals that no table of rights can show, and why.
const UNGUARDED: [(&str, &str); 2] = [
    // Of a room's kind, not of a person.
    (
        "host/src/chat/writer/group.rs",
        "a direct room has no name, no roles, and nobody joins or leaves",
    ),
    // Of who was suspended between the session's check and the writer's.
    ("host/src/chat/writer/plan.rs", "the account is not active"),
];
/// Lines between a guard and the refusal that it brings about, at most.
const NEAR: usize = 8;

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

/// Refusals of a source without a guard near them.
fn unguarded(path: &str, text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        // With `(_)` it is recognised, not made.
        let refuses = REFUSALS.iter().any(|it| line.contains(it)) && !line.contains("Forbidden(_)");
        let near = &lines[at.saturating_sub(NEAR)..lines.len().min(at + NEAR)];
        let is_guarded = near.iter().any(|it| it.contains("Guard::"));
        let has = |words: &str| near.iter().any(|it| it.contains(words));
        let is_known = UNGUARDED
            .iter()
            .any(|(of, words)| *of == path && has(words));
        if refuses && !is_guarded && !is_known {
            found.push(format!("{path}:{}: refuses without a guard", at + 1));
        }
    }
    found
}

#[test]
fn who_is_refused_is_refused_by_a_guard() {
    let host = sources::host();
    let all = host.iter().flat_map(|it| unguarded(&it.path, &it.text));
    expect_none(&all.collect::<Vec<_>>());
}

#[test]
fn a_refusal_without_a_guard_is_found() {
    let refusal = "return Err(ChatError::Forbidden(\"no\"));";
    assert_eq!(
        unguarded("a.rs", refusal),
        ["a.rs:1: refuses without a guard"]
    );
    let far = format!(
        "if !Guard::One.admits(is_one) {{}}\n{}{refusal}",
        "\n".repeat(NEAR)
    );
    assert_eq!(unguarded("a.rs", &far).len(), 1);
    let guarded = format!("if !Guard::One.admits(is_one) {{\n    {refusal}\n}}");
    assert_eq!(unguarded("a.rs", &guarded), Vec::<String>::new());
}

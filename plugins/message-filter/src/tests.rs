//! The policy without a server and without wasm.

use natter_plugin::{
    Lifecycle as _, Message, MessageChange, Messages as _,
    messages::{Decision, Verdict, Waiting},
    testing::{Fake, message},
};

use crate::MessageFilter;

/// A server with this config, in which an instance has begun.
fn fake(config: &str) -> Fake {
    let mut fake = Fake::new().with_config(config);
    assert_eq!(fake.run(MessageFilter::init), Ok(()), "{config}");
    fake
}

fn judge(fake: &mut Fake, message: Message) -> String {
    let decision: Decision = fake.run(|| MessageFilter::before(message));
    match decision.verdict {
        Verdict::Allow => "allow".to_owned(),
        Verdict::Modify(body) => body,
        Verdict::Hold(Waiting { note, body, .. }) => match body {
            Some(body) => format!("hold: {note}: {body}"),
            None => format!("hold: {note}"),
        },
        Verdict::Reject(rejection) => rejection.code,
    }
}

fn check(config: &str, body: &str, expected: &str) {
    assert_eq!(
        judge(&mut fake(config), message(body)),
        expected,
        "{config} {body}"
    );
}

#[test]
fn words_are_whole_and_in_any_case() {
    let words = r#"{"words": {"list": ["darn", "f**k", "é"], "action": "mask"}}"#;
    check(words, "Darn it, DARN!", "**** it, ****!");
    check(words, "well f**k that", "well **** that");
    check(words, "É", "*");
    check(words, "darning is allowed", "allow");
    check(r#"{"words": {"action": "mask"}}"#, "anything", "allow");
    check("{}", "anything", "allow");
}

#[test]
fn patterns_are_regular_expressions() {
    let patterns = r#"{"patterns": {"list": ["\\b\\d{4}-\\d{4}\\b", "^buy"], "action": "hold"}}"#;
    check(patterns, "my number is 1234-5678", "hold: forbidden_text");
    check(patterns, "Buy now", "hold: forbidden_text");
    check(patterns, "do not buy", "allow");
    let init = |config| Fake::new().with_config(config).run(MessageFilter::init);
    let wrong = init(r#"{"patterns": {"list": ["a(b"], "action": "hold"}}"#);
    assert!(wrong.is_err_and(|why| why.contains("`a(b`")));
    let huge = init(r#"{"patterns": {"list": ["\\w{1000}{1000}"], "action": "hold"}}"#);
    assert!(huge.is_err());
}

#[test]
fn links_go_where_they_may() {
    let links = r#"{"links": {"allowed_hosts": ["example.org"], "action": "refuse"}}"#;
    for body in [
        "https://example.org",
        "HTTP://docs.Example.org:8080/x",
        "see www.example.org.",
        "none",
    ] {
        check(links, body, "allow");
    }
    for body in [
        "https://evil.net",
        "https://example.org.evil.net",
        "https://notexample.org",
        "https://example.org@evil.net/",
        "www.evil.net",
        "http://evil.net\\@example.org",
    ] {
        check(links, body, "forbidden_link");
    }
    let mask = r#"{"links": {"action": "mask"}}"#;
    check(mask, "see https://a.b now", "see *********** now");
}

#[test]
fn the_strictest_rule_counts() {
    let rules = r#"{"words": {"list": ["a"], "action": "mask"}, "patterns": {"list": ["b"], "action": "refuse"},
        "links": {"action": "hold"}}"#;
    check(rules, "a c", "* c");
    check(rules, "a www.c.d", "hold: forbidden_link: * www.c.d");
    check(rules, "c www.c.d", "hold: forbidden_link");
    check(rules, "a b www.c.d", "forbidden_text");
}

#[test]
fn the_same_again_and_too_much_are_refused_until_time_has_passed() {
    let rules = r#"{"repetition": {"messages": 2, "seconds": 60, "action": "refuse"},
        "flooding": {"messages": 5, "seconds": 10, "action": "hold"}}"#;
    let mut fake = fake(rules);
    for (body, expected) in [
        ("Hello", "allow"),
        (" hello ", "allow"),
        ("HELLO", "repetition"),
        ("1", "allow"),
        ("2", "allow"),
        ("3", "hold: flooding"),
    ] {
        assert_eq!(judge(&mut fake, message(body)), expected, "{body}");
    }
    let edit = Message {
        change: MessageChange::Edit,
        ..message("hello")
    };
    assert_eq!(judge(&mut fake, edit), "allow");
    let other = Message {
        sender_id: "somebody else".to_owned(),
        ..message("hello")
    };
    assert_eq!(judge(&mut fake, other), "allow");
    fake.now += 61_000;
    assert_eq!(judge(&mut fake, message("hello")), "allow");
}

#[test]
fn a_room_has_rules_of_its_own() {
    let room_id = message("").room_id.unwrap_or_default();
    let config = format!(
        r#"{{"words": {{"list": ["a"], "action": "refuse"}}, "links": {{"action": "hold"}},
            "rooms": {{"{room_id}": {{"words": {{"action": "allow"}}}}}}}}"#
    );
    check(&config, "a", "allow");
    check(&config, "www.b.c", "hold: forbidden_link");
    let direct = Message {
        room_id: None,
        ..message("a")
    };
    assert_eq!(judge(&mut fake(&config), direct), "forbidden_word");
}

#[test]
fn what_a_room_leaves_open_counts_over_all_rooms() {
    let room_id = message("").room_id.unwrap_or_default();
    let pace = r#"{"messages": 2, "seconds": 60, "action": "refuse"}"#;
    let elsewhere = |body: &str| Message {
        room_id: Some("another".to_owned()),
        ..message(body)
    };
    let mut filter = fake(&format!(
        r#"{{"flooding": {pace}, "rooms": {{"{room_id}": {{"words": {{"action": "allow"}}}}}}}}"#
    ));
    assert_eq!(judge(&mut filter, message("1")), "allow");
    assert_eq!(judge(&mut filter, elsewhere("2")), "allow");
    assert_eq!(judge(&mut filter, message("3")), "flooding");
    let mut filter = fake(&format!(
        r#"{{"flooding": {pace}, "rooms": {{"{room_id}": {{"flooding": {pace}}}}}}}"#
    ));
    for sent in [message("1"), elsewhere("2"), message("3"), elsewhere("4")] {
        assert_eq!(judge(&mut filter, sent), "allow");
    }
    assert_eq!(judge(&mut filter, message("5")), "flooding");
}

#[test]
fn another_config_is_another_filter() {
    check(
        r#"{"words": {"list": ["a"], "action": "refuse", "reason": "Not here."}}"#,
        "a",
        "forbidden_word",
    );
    check(
        r#"{"words": {"list": ["b"], "action": "refuse"}}"#,
        "a",
        "allow",
    );
}

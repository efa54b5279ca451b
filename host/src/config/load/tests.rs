use std::io::Write as _;

use super::*;

fn load_file(text: &str) -> Result<Loaded, ConfigError> {
    let mut file = tempfile();
    file.1.write_all(text.as_bytes()).expect("the file is ours");
    let outcome = load(&Sources {
        file: Some(file.0.clone()),
        ..Sources::default()
    });
    std::fs::remove_file(file.0).expect("the file is ours");
    outcome
}

fn tempfile() -> (std::path::PathBuf, std::fs::File) {
    let path = std::env::temp_dir().join(format!("natter-{}.toml", uuid::Uuid::now_v7()));
    let file = std::fs::File::create(&path).expect("the temporary folder can be written");
    (path, file)
}

fn problems(text: &str) -> Vec<String> {
    let error = load_file(text).expect_err("it must be refused");
    error.problems.iter().map(ToString::to_string).collect()
}

#[test]
fn flags_beat_the_environment_and_it_beats_the_file() {
    let path = tempfile();
    (&path.1)
        .write_all(b"[limits]\ngroup_members = 10\nin_flight_sends = 10\nmailbox_events = 100\n")
        .expect("the file is ours");
    let variable = |name: &str| (name.to_owned(), "20".to_owned());
    let flag = (
        "limits.in_flight_sends".to_owned(),
        "3_0".to_owned(),
        "--set".to_owned(),
    );
    let loaded = load(&Sources {
        file: Some(path.0.clone()),
        environment: vec![
            variable("NATTER_LIMITS__GROUP_MEMBERS"),
            variable("NATTER_LIMITS__IN_FLIGHT_SENDS"),
            variable("NATTER_SOAK"),
            variable("HOME__SWEET"),
        ],
        flags: vec![flag],
    })
    .expect("all of it is right");
    std::fs::remove_file(path.0).expect("the file is ours");
    let limits = loaded.config.limits;
    assert_eq!(
        (
            limits.mailbox_events,
            limits.group_members,
            limits.in_flight_sends
        ),
        (100, 20, 30)
    );
    assert_eq!(loaded.origins["limits.in_flight_sends"], "flag --set");
}

#[test]
fn all_problems_are_told_at_once_with_key_line_and_what_is_allowed() {
    let text = "[server]\nlisten = 'here'\nlistn = 1\n[limits]\ngroup_members = 1\n[socket]\nping_interval_ms = '1'\n";
    let found = problems(text).join("\n");
    for part in [
        "server.listen (",
        "line 2): is \"here\"; allowed is an address and a port",
        "line 3): there is no such setting; did you mean server.listen?",
        "line 5): is 1; allowed is a whole number from 2 to 10000",
        "line 7): is \"1\"; allowed is a whole number from 100 to 600000",
    ] {
        assert!(found.contains(part), "{part:?} is missing in:\n{found}");
    }
    assert_eq!(found.lines().count(), 4);
}

#[test]
fn an_unknown_key_is_refused_in_every_form() {
    let check = |text: &str, expected: &str| {
        let found = problems(text);
        assert!(found[0].contains(expected), "{text:?}: {found:?}");
    };
    check("listen = 1", "did you mean server.listen?");
    check("[sever]\ndata_dir = 'x'", "did you mean server.data_dir?");
    check("[limits.deep]\nx = 1", "`natter config print` lists them");
    check("server = 1", "there is no such setting");
    check("server.listen.x = 1", "there is no such setting");
    check("[[server]]\nlisten = 1", "there is no such setting");
}

#[test]
fn a_variable_with_one_underscore_is_told_of() {
    let name = "NATTER_SERVER_DATA_DIR".to_owned();
    let error = load(&Sources {
        file: Some("/dev/null".into()),
        environment: vec![(name, "x".to_owned())],
        flags: Vec::new(),
    })
    .expect_err("it must be refused");
    assert_eq!(error.problems.len(), 1);
    assert_eq!(
        error.problems[0].what,
        "is read from NATTER_SERVER__DATA_DIR"
    );
}

#[test]
fn what_is_not_toml_is_told_with_its_line() {
    let found = problems("[server]\nlisten = \n");
    assert!(found[0].contains("line 2): is not TOML"), "{found:?}");
}

#[test]
fn relations_between_settings_are_checked() {
    let check = |text: &str, expected: &str| {
        let found = problems(text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains(expected), "{found:?}");
    };
    check("limits.max_frame_bytes = 10_000", "needs at least");
    check(
        "limits.burst_events = 1",
        "at least limits.events_per_second = 200",
    );
    check(
        "limits.max_connections = 9_999",
        "at least limits.max_sessions = 10000",
    );
    check("server.public_url = 'chat.example'", "without a path");
    check(
        "database.url = 'mysql://me:secret@db'",
        "allowed is `sqlite://PATH`",
    );
    check("log.filter = 'a=b=c'", "log.filter");
    let mail = |url: &str| {
        format!(
            "smtp.url = '{url}'\nsmtp.from = 'natter@chat.example'\nserver.public_url = 'https://chat.example'"
        )
    };
    for url in [
        "smtp://me:secret@mail.example",
        "smtp://mail.example:25?tls=opportunistic",
        "smtp://localhost@mail.example",
    ] {
        check(&mail(url), "in clear");
    }
    for url in [
        "smtps://mail.example",
        "smtp://mail.example?tls=required",
        "smtp://127.0.0.1:25",
        "smtp://me:secret@localhost/",
    ] {
        load_file(&mail(url)).expect("nobody reads along");
    }
}

#[test]
fn the_defaults_keep_every_rule() {
    assert_eq!(
        load_file("").expect("the defaults are right").config,
        Config::default()
    );
}

#[test]
fn what_is_printed_can_be_read_again_and_hides_the_password() {
    let text = "[server]\nlisten = '0.0.0.0:1'\nallowed_origins = ['https://a.example']\n[log]\nformat = 'json'\n";
    let first = load_file(text).expect("it is right");
    let second = load_file(&first.to_toml()).expect("it was printed by us");
    assert_eq!(first.config, second.config);
    let text = "database.url = 'postgres://me:wombat@db/natter'\ncalls.turn_secret = 'wombat'";
    let secret = load_file(text).expect("it is right");
    assert!(secret.to_toml().contains("postgres://me:***@db/natter"));
    assert!(!secret.to_toml().contains("wombat"));
}

#[test]
fn the_example_file_is_current_and_says_the_defaults() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/natter.example.toml");
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    let current = kept == crate::config::example_file();
    assert!(
        current,
        "docs/natter.example.toml is stale: run `cargo xtask docs`"
    );
    let is_setting = |line: &&str| {
        let name = line.split(" = ").next().unwrap_or_default();
        line.contains(" = ")
            && name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || b"_0123456789".contains(&byte))
    };
    let lines = kept
        .lines()
        .map(|line| line.strip_prefix("# ").unwrap_or(line));
    let uncommented: Vec<&str> = lines
        .filter(|line| line.starts_with('[') || is_setting(line))
        .collect();
    let loaded = load_file(&uncommented.join("\n")).expect("the example is right");
    assert_eq!(loaded.config, Config::default());
    assert!(loaded.origins.len() > 20, "{uncommented:?}");
}

#[test]
fn the_reference_in_the_docs_is_current() {
    let page = include_str!("../../../../docs/operations.md");
    assert!(
        page.contains(&crate::config::reference_table()),
        "docs/operations.md is stale: run `cargo xtask docs`"
    );
}

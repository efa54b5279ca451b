//! A recorded decision is made again from its record alone, byte for byte, and follows from each part of it.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use natter_plugin_testkit::{
    Component, Event, World,
    imports::{
        directory::{Member, MemberRole, Room, User},
        http::Response,
    },
    trace::{self, Import, Line},
};
use natter_tests::plugins::{fixture, shipped};
use serde_json::{Value, json};

/// Messages that make `everything` call each import.
const MESSAGES: [&str; 13] = [
    "plain",
    "set a 1",
    "get a",
    "count n",
    "count n",
    "config",
    "when",
    "look",
    "system",
    "fetch http://a.example/",
    "shout it",
    "hold it",
    "suspend someone",
];

/// The ids of [`Event::message`].
fn id(last: u8) -> String {
    format!("00000000-0000-7000-8000-0000000000{last:02}")
}

/// An event of each hook but that of messages.
fn other_events() -> Result<Vec<Event>> {
    let event = |hook: &str, event: Value| json!({ "hook": hook, "event": event });
    let newcomer = json!({ "user_id": id(3), "username": "ann", "display_name": "Ann", "email": null,
        "email_verified": false, "invite_id": null, "invite_label": null, "answers": [], "attrs": [] });
    let room = json!({ "change": "rename", "room_id": id(2), "actor_id": id(3), "subject_ids": [], "name": "forbidden", "attrs": [] });
    let call = json!({ "change": "start", "call_id": id(4), "room_id": id(2), "room_kind": "group", "actor_id": id(3),
        "callee_id": null, "media": "video", "attrs": [] });
    let notice = json!({ "kind": "started", "call_id": id(4), "room_id": id(2), "user_id": id(3), "at": 1, "attrs": [] });
    let click = json!({ "panel_id": "queue", "action_id": "reject", "row_id": "1", "admin_id": id(5), "form": "{}", "attrs": [] });
    let command = json!({ "name": "greet", "arguments": "Bob", "actor_id": id(3), "actor_role": "Member", "room_id": id(2),
        "room_kind": "group", "attrs": [] });
    let Event::Messages(message) = Event::message("after all") else {
        anyhow::bail!("it is a message");
    };
    let events = [
        event("registration", newcomer),
        event("rooms", room),
        event("calls", call),
        event("call_events", notice),
        event("decide", click),
        event("commands", command),
    ];
    let mut events = events
        .map(serde_json::from_value::<Event>)
        .into_iter()
        .collect::<Result<Vec<_>, _>>()?;
    events.extend([
        Event::MessageEvents(message),
        Event::Panels,
        Event::Schedule,
    ]);
    Ok(events)
}

/// A server with something for each import to find.
fn world() -> World {
    let mut world = World {
        config: r#"{"greeting":"Ahoy"}"#.to_owned(),
        ..World::default()
    };
    for (user, name) in [(id(3), "ann"), (id(5), "admin")] {
        world.users.push(User {
            id: user.clone(),
            username: name.to_owned(),
            display_name: name.to_owned(),
            status: "active".to_owned(),
            role: "member".to_owned(),
            created_at: 1,
            attrs: Vec::new(),
        });
        let member = Member {
            user_id: user,
            role: MemberRole::Member,
            joined_at: 7,
            attrs: Vec::new(),
        };
        world.members.entry(id(2)).or_default().push(member);
    }
    world.rooms.push(Room {
        id: id(2),
        kind: "group".to_owned(),
        name: Some("Tea".to_owned()),
        created_at: 1,
        attrs: Vec::new(),
    });
    world
}

/// `everything` asked about everything, one after the other in one world.
pub(super) fn recorded(component: &Component) -> Result<Vec<Line>> {
    let mut world = world();
    let messages = MESSAGES.iter().map(|body| Event::message(body));
    let mut lines = Vec::new();
    for event in messages.chain(other_events()?) {
        world.now += 1_000;
        world.seed += 1;
        lines.push(component.ask(&mut world, &event)?.1);
    }
    Ok(lines)
}

/// As a file.
pub(super) fn file_of(lines: &[Line]) -> Result<Vec<u8>> {
    let mut file = Vec::new();
    for line in lines {
        trace::write(&mut file, line)?;
    }
    Ok(file)
}

/// Another answer of the same import.
fn other(import: &Import) -> Import {
    let refused = || Err("quota".to_owned());
    match import.clone() {
        Import::Get(_) => Import::Get(Some(b"other".to_vec())),
        Import::Set(_) => Import::Set(refused()),
        Import::Keys(_) => Import::Keys(vec!["other".to_owned()]),
        Import::Add(count) => Import::Add(count.map(|count| count + 1)),
        Import::User(_) => Import::User(None),
        Import::Users(_) => Import::Users(Vec::new()),
        Import::Room(_) => Import::Room(None),
        Import::Member(_) => Import::Member(None),
        Import::Members(_) => Import::Members(Vec::new()),
        Import::Newcomers(_) => Import::Newcomers(Vec::new()),
        Import::Sent(_) => Import::Sent(Ok(Response {
            status: 200,
            headers: Vec::new(),
            body: Vec::new(),
            attrs: Vec::new(),
        })),
    }
}

#[test]
fn a_trace_gives_the_same_decisions_again() -> Result<()> {
    let component = Component::new(&fixture("everything")?)?;
    let lines = recorded(&component)?;
    let file = file_of(&lines)?;
    // Another process, another component of the same file: nothing but the trace is left of the first time.
    let again = Component::new(&fixture("everything")?)?;
    ensure!(trace::check(&again, file.as_slice())? == lines.len());
    let hooks = lines.iter().map(|line| serde_json::to_value(&line.event));
    let hooks: BTreeSet<String> = hooks
        .map(|it| Ok(it?["hook"].to_string()))
        .collect::<Result<_>>()?;
    ensure!(hooks.len() == 10, "{hooks:?}");
    Ok(())
}

#[test]
fn a_decision_follows_from_each_part_of_its_record() -> Result<()> {
    let component = Component::new(&fixture("everything")?)?;
    let lines = recorded(&component)?;
    let of = |body: &str| {
        let mut found = lines.iter().zip(MESSAGES);
        let found = found
            .find(|(_, it)| *it == body)
            .map(|(line, _)| line.clone());
        found.with_context(|| format!("{body} was asked"))
    };
    let differs = |line: &Line| -> Result<()> {
        // No decision at all is another one too.
        let same = trace::replay(&component, line).is_ok_and(|it| it == line.answer);
        ensure!(!same, "the same in spite of {line:?}");
        Ok(())
    };
    for body in ["when", "system"] {
        let mut line = of(body)?;
        line.now += 1;
        differs(&line)?;
    }
    let mut line = of("when")?;
    line.seed += 1;
    differs(&line)?;
    let mut line = of("config")?;
    line.config = "{}".to_owned();
    differs(&line)?;
    let mut imports = BTreeSet::new();
    for line in &lines {
        for (place, import) in line.imports.iter().enumerate() {
            let mut line = line.clone();
            line.imports[place] = other(import);
            differs(&line)?;
            let kind = serde_json::to_value(import)?;
            imports.extend(
                kind.as_object()
                    .into_iter()
                    .flat_map(|it| it.keys().cloned()),
            );
        }
    }
    ensure!(imports.len() == 10, "{imports:?}");
    Ok(())
}

#[test]
fn another_decision_or_another_plugin_is_found() -> Result<()> {
    let component = Component::new(&fixture("everything")?)?;
    let lines = recorded(&component)?;
    let text = String::from_utf8(file_of(&lines)?)?;
    let other = text.replace("\"IT\"", "\"it\"");
    let found = trace::check(&component, other.as_bytes());
    let error = found.err().context("it is another")?;
    ensure!(error.to_string().contains("line 11: decided"), "{error:#}");
    // Another plugin asks for other things, or for less.
    let filter = Component::new(&fixture("word_filter")?)?;
    ensure!(trace::replay(&filter, &lines[2]).is_err());
    Ok(())
}

#[test]
fn the_shipped_filter_is_replayed_too() -> Result<()> {
    let component = Component::new(&shipped("message-filter")?)?;
    let mut world = World {
        config: r#"{"words": {"list": ["darn"], "action": "mask"}, "flooding": {"messages": 2, "seconds": 9, "action": "refuse"}}"#
            .to_owned(),
        ..World::default()
    };
    let mut lines = Vec::new();
    for body in ["darn it", "hello", "one too many"] {
        lines.push(component.ask(&mut world, &Event::message(body))?.1);
    }
    ensure!(trace::check(&component, file_of(&lines)?.as_slice())? == 3);
    Ok(())
}

#[test]
fn a_failed_call_changes_no_keys_and_has_counted() -> Result<()> {
    let component = Component::new(&fixture("everything")?)?;
    let mut world = World::default();
    ensure!(
        component
            .ask(&mut world, &Event::message("set-and-trap a"))
            .is_err()
    );
    ensure!(world.keys.is_empty() && world.counters["trapped"].0 == 1);
    Ok(())
}

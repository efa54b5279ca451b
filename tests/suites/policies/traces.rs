//! A recorded decision is made again from its record alone, byte for byte.

use anyhow::{Result, ensure};
use natter_plugin_testkit::{Answer, Component, Event, World, hooks::messages::Verdict, trace};
use natter_tests::plugins::fixture;

fn reason(answer: &Answer) -> &str {
    match answer {
        Answer::Message(decision) => match &decision.verdict {
            Verdict::Reject(rejection) => &rejection.reason,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_trace_gives_the_same_decisions_again() -> Result<()> {
    let component = Component::new(&fixture("everything")?)?;
    let mut world = World {
        config: r#"{"greeting":"Ahoy"}"#.to_owned(),
        ..World::default()
    };
    let (mut file, mut answers) = (Vec::new(), Vec::new());
    for body in [
        "set a 1", "get a", "count n", "count n", "config", "when", "who", "system", "shout it",
        "hold it",
    ] {
        world.now += 1_000;
        world.seed += 1;
        let (answer, line) = component.ask(&mut world, &Event::message(body))?;
        trace::write(&mut file, &line)?;
        answers.push(answer);
    }
    let (_, line) = component.ask(&mut world, &Event::Panels)?;
    trace::write(&mut file, &line)?;
    ensure!(reason(&answers[1]) == "1" && reason(&answers[3]) == "2");
    ensure!(trace::check(&component, file.as_slice())? == 11);
    Ok(())
}

#[test]
fn another_decision_than_in_the_trace_is_found() -> Result<()> {
    let component = Component::new(&fixture("everything")?)?;
    let mut world = World::default();
    world.keys.insert("a".to_owned(), (b"1".to_vec(), None));
    let (_, line) = component.ask(&mut world, &Event::message("get a"))?;
    let other = line
        .to_json()
        .replace("\"reason\":\"1\"", "\"reason\":\"2\"");
    let Err(error) = trace::check(&component, other.as_bytes()) else {
        anyhow::bail!("it is another");
    };
    ensure!(error.to_string().contains("line 1: decided"), "{error:#}");
    // Another version asks for other things.
    let filter = Component::new(&fixture("word_filter")?)?;
    ensure!(trace::replay(&filter, &line).is_err());
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

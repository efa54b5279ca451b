//! The same hook in other languages: what the contract says does not depend on Rust.

use anyhow::{Result, ensure};
use natter_plugin_testkit::{Component, Event, World, trace};
use natter_tests::fields::expect;
use natter_tests::people::Person;
use natter_tests::plugins::{fixture, install};
use natter_tests::rest::Outcome as _;
use natter_tests::server::{Settings, Site};

/// What a component says to some messages.
fn answers(plugin: &str) -> Result<Vec<String>> {
    let component = Component::new(&fixture(plugin)?)?;
    let mut world = World {
        config: r#"{"words": ["darn"]}"#.to_owned(),
        ..World::default()
    };
    let bodies = ["Good day", "Darn!", "zażółć gęślą jaźń 🙂", "ŻÓŁĆ DARN", ""];
    let answers = bodies.iter().map(|body| {
        let (answer, line) = component.ask(&mut world, &Event::message(body))?;
        ensure!(trace::replay(&component, &line)? == answer, "{line:?}");
        Ok(format!("{answer:?}"))
    });
    answers.collect()
}

fn decides_as_rust_does(plugin: &str) -> Result<()> {
    let expected = answers("word_filter")?;
    let reason = "Please do not say darn.";
    ensure!(expected[1].contains(reason), "{expected:?}");
    let found = answers(plugin)?;
    ensure!(found == expected, "{found:?}");
    Ok(())
}

#[test]
fn python_decides_as_rust_does() -> Result<()> {
    decides_as_rust_does("python_word_filter")
}

#[test]
fn javascript_decides_as_rust_does() -> Result<()> {
    decides_as_rust_does("javascript_word_filter")
}

#[tokio::test]
async fn javascript_judges_messages_of_a_server() -> Result<()> {
    let site = Site::create(&Settings::open())?;
    let server = site.start().await?;
    let [ann, bob] = Person::register_all(&server, ["ann", "bob"]).await?;
    let component = fixture("javascript_word_filter")?;
    let settings = "[config]\nwords = [\"darn\"]\n";
    install(&site, &server, "filter", (&component, settings)).await?;
    let anns = ann.connect_ws(&server).await?;
    anns.send_private(&bob.user_id, "Good day")
        .await?
        .granted()?;
    let refusal = anns.send_private(&bob.user_id, "Darn!").await?;
    let refusal = refusal.refused_as("policy_rejected")?;
    expect(
        &refusal.error["details"],
        "reason",
        "Please do not say darn.",
    )
}
